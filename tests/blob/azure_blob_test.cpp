// AzureBlob against a script: what it asks, and what it makes of the answers. That real services
// agree is for the conformance suite.
#include "blob/sas.h"
#include "tests/blob/azure_blob_fixture.h"

namespace dms::blob {
namespace {

using testing::HasSubstr;
using testing::Not;

// ---- requests ----

TEST_F(AzureBlobTest, names_the_version_of_the_wire) {
  transport.expect("PUT", host + "/cont1?restype=container", created());
  ASSERT_TRUE(blob.create_container("cont1"));
  EXPECT_EQ(last().headers.get("x-ms-version"), "2021-12-02");
}

TEST_F(AzureBlobTest, percent_encodes_a_blob_name_and_keeps_its_slashes) {
  transport.expect("DELETE", host + "/cont1/dir/a%20b%2B%25%3F%23%C3%BC.txt", {.status = 202});
  EXPECT_TRUE(blob.delete_blob("cont1", "dir/a b+%?#ü.txt"));
}

TEST_F(AzureBlobTest, takes_an_endpoint_with_the_account_in_its_host) {
  auto account = account_with_key();
  account.endpoint = Url::parse("https://acct.blob.core.windows.net/").value();
  AzureBlob hosted(account, transport, clock);
  transport.expect("DELETE", "https://acct.blob.core.windows.net/cont1/a", {.status = 202});
  EXPECT_TRUE(hosted.delete_blob("cont1", "a"));
  EXPECT_EQ(hosted.blob_url("cont1", "a b"), "https://acct.blob.core.windows.net/cont1/a%20b");
}

TEST_F(AzureBlobTest, sends_nothing_for_a_bad_name) {
  for (const auto* name : {"", "ab", "Upper", "a--b", "-abc", "abc-", "a/b", "$other"})
    EXPECT_EQ(blob.delete_container(name).error().code, Code::invalid_argument) << name;
  for (const std::string name : {"", "..", "a/../b", "./a", "a/."})
    EXPECT_EQ(blob.delete_blob("cont1", name).error().code, Code::invalid_argument) << name;
  EXPECT_EQ(blob.delete_blob("cont1", std::string(1025, 'x')).error().code, Code::invalid_argument);
}

TEST_F(AzureBlobTest, counts_characters_of_a_blob_name_and_not_bytes) {
  std::string name;
  for (int i = 0; i < 1024; ++i) name += "ü";
  transport.expect("DELETE", host + "/cont1/" + percent_encode(name), {.status = 202});
  EXPECT_TRUE(blob.delete_blob("cont1", name));
}

// ---- errors ----

TEST_F(AzureBlobTest, tells_whether_a_container_was_created) {
  transport.expect("PUT", host + "/cont1", created());
  transport.expect("PUT", host + "/cont1", refused(409, "ContainerAlreadyExists"));
  transport.expect("PUT", host + "/cont1", refused(409, "ContainerBeingDeleted"));
  EXPECT_EQ(blob.create_container("cont1").value(), Creation::created);
  EXPECT_EQ(blob.create_container("cont1").value(), Creation::already_there);
  EXPECT_EQ(blob.create_container("cont1").error().code, Code::conflict);
}

TEST_F(AzureBlobTest, tells_what_a_failed_answer_means) {
  const std::vector<std::tuple<int, std::string, Code>> answers{
      {404, "BlobNotFound", Code::not_found},
      {404, "SomethingNewNotFound", Code::not_found},
      {409, "BlobAlreadyExists", Code::already_exists},
      {409, "SomethingNew", Code::conflict},
      {412, "ConditionNotMet", Code::conflict},
      {403, "AuthenticationFailed", Code::permission},
      {403, "AuthorizationFailure", Code::permission},
      {400, "Md5Mismatch", Code::corrupt},
      {400, "InvalidHeaderValue", Code::invalid_argument},
      {500, "InternalError", Code::unavailable},
      {503, "ServerBusy", Code::unavailable},
  };
  for (const auto& [status, word, code] : answers) {
    transport.expect("DELETE", host + "/cont1/a", refused(status, word));
    const auto error = blob.delete_blob("cont1", "a").error();
    EXPECT_EQ(error.code, code) << word;
    EXPECT_EQ(error.http_status, status);
    EXPECT_EQ(error.service_code, word);
    EXPECT_EQ(error.request_id, "req-1");
    EXPECT_EQ(error.message, "DeleteBlob 'cont1/a': Not so. (" + word + ")");
  }
}

TEST_F(AzureBlobTest, reads_the_error_of_an_answer_without_body_from_its_head) {
  transport.expect("HEAD", host + "/cont1/a",
                   {.status = 404, .headers = {{"x-ms-error-code", "BlobNotFound"}}});
  const auto error = blob.get_blob_properties("cont1", "a").error();
  EXPECT_EQ(error.code, Code::not_found);
  EXPECT_THAT(error.message, HasSubstr("The specified blob does not exist."));
}

TEST_F(AzureBlobTest, takes_an_answer_that_is_not_the_services_for_what_it_is) {
  transport.expect("HEAD", host + "/cont1/a", {.status = 502, .body = "<html>bad gateway</html>"});
  EXPECT_EQ(blob.get_blob_properties("cont1", "a").error().code, Code::unavailable);
  transport.expect("DELETE", host + "/cont1/a", {.status = 200});
  const auto error = blob.delete_blob("cont1", "a").error();
  EXPECT_EQ(error.code, Code::internal);
  EXPECT_THAT(error.message, HasSubstr("200"));
}

TEST_F(AzureBlobTest, never_shows_a_signature) {
  const std::string sas = make_container_sas(*account_with_key().key, "cont1",
                                             {.permissions = "r", .expiry = clock.now()});
  std::string signature;
  for (const auto& [name, value] : parse_query(sas))
    if (name == "sig") signature = value;
  AzureBlob with_sas({.endpoint = Url::parse(host).value(), .sas = sas}, transport, clock);
  transport.expect("DELETE", host + "/cont1/a?" + sas,
                   fail(Code::unavailable, "cannot reach " + host + "/cont1/a?" + sas));
  const auto unreached = with_sas.delete_blob("cont1", "a").error().message;
  EXPECT_THAT(unreached, HasSubstr("REDACTED"));
  EXPECT_THAT(unreached, Not(HasSubstr(percent_encode(signature))));
  auto answer = refused(403, "AuthenticationFailed");
  answer.body =
      write_error_body({"AuthenticationFailed", "The signature " + signature + " is bad", {}});
  transport.expect("DELETE", host + "/cont1/a?" + sas, answer);
  EXPECT_THAT(with_sas.delete_blob("cont1", "a").error().message, Not(HasSubstr(signature)));
}

TEST_F(AzureBlobTest, stops_with_the_token_it_was_given) {
  std::stop_source stop;
  AzureBlob stopped(account_with_key(), transport, clock, stop.get_token());
  stop.request_stop();
  EXPECT_EQ(stopped.delete_blob("cont1", "a").error().code, Code::cancelled);
}

// ---- existence ----

TEST_F(AzureBlobTest, tells_existence_apart_from_failure) {
  transport.expect("HEAD", host + "/cont1?restype=container", {.status = 200});
  transport.expect("HEAD", host + "/cont1?restype=container",
                   {.status = 404, .headers = {{"x-ms-error-code", "ContainerNotFound"}}});
  transport.expect("HEAD", host + "/cont1?restype=container", {.status = 403});
  EXPECT_TRUE(blob.exists_container("cont1").value());
  EXPECT_FALSE(blob.exists_container("cont1").value());
  EXPECT_EQ(blob.exists_container("cont1").error().code, Code::permission);
}

// A SAS opens no container's properties.
TEST_F(AzureBlobTest, lists_a_container_to_see_whether_it_exists_when_all_it_has_is_a_sas) {
  AzureBlob with_sas({.endpoint = Url::parse(host).value(), .sas = "sv=1&sig=x"}, transport, clock);
  transport.expect("GET", host + "/cont1?restype=container&comp=list&maxresults=1&sv=1&sig=x",
                   {.status = 200});
  EXPECT_TRUE(with_sas.exists_container("cont1").value());
}

// ---- lists ----

TEST_F(AzureBlobTest, follows_the_pages_of_a_list_even_an_empty_one) {
  BlobList first{.blobs = {{.name = "a"}}, .next_marker = "2!x/y"};
  BlobList empty{.next_marker = "3"};
  BlobList last_page{.blobs = {{.name = "b"}}, .prefixes = {"dir/"}};
  const std::string list = host + "/cont1?restype=container&comp=list&prefix=p%2F&delimiter=%2F";
  transport.expect("GET", list + "&maxresults=5000",
                   {.status = 200, .body = write_blob_list(first)});
  transport.expect("GET", list + "&marker=2%21x%2Fy&maxresults=5000",
                   {.status = 200, .body = write_blob_list(empty)});
  transport.expect("GET", list + "&marker=3&maxresults=5000",
                   {.status = 200, .body = write_blob_list(last_page)});
  const auto all = blob.list_blobs_from_container("cont1", {.prefix = "p/", .delimiter = "/"});
  ASSERT_TRUE(all) << all.error().message;
  ASSERT_EQ(all->blobs.size(), 2u);
  EXPECT_EQ(all->blobs[1].name, "b");
  EXPECT_THAT(all->prefixes, testing::ElementsAre("dir/"));
}

TEST_F(AzureBlobTest, ends_a_list_that_goes_in_a_circle) {
  const BlobList page{.next_marker = "again"};
  for (int i = 0; i < 2; ++i)
    transport.expect("GET", host + "/cont1", {.status = 200, .body = write_blob_list(page)});
  EXPECT_EQ(blob.list_blobs_from_container("cont1").error().code, Code::internal);
}

TEST_F(AzureBlobTest, ends_a_list_with_the_first_error_of_its_taker) {
  const BlobList page{.blobs = {{.name = "a"}}, .next_marker = "more"};
  transport.expect("GET", host + "/cont1", {.status = 200, .body = write_blob_list(page)});
  const auto status = blob.list_blobs_from_container(
      "cont1", {}, [](BlobList&&) { return Status(fail(Code::exhausted, "enough")); });
  EXPECT_EQ(status.error().message, "enough");
}

// ---- signatures ----

TEST_F(AzureBlobTest, signs_for_a_day_unless_told_otherwise) {
  const auto query = parse_query(blob.get_container_sas_token("cont1").value());
  EXPECT_THAT(query, testing::Contains(testing::Pair("se", "2026-11-21T19:53:16Z")));
  EXPECT_THAT(query, testing::Contains(testing::Pair("sp", "w")));
  const auto until = Timestamp::parse("2030-01-01T00:00:00Z").value();
  const auto other = parse_query(
      blob.get_container_sas_token("cont1", {.permissions = "rwl", .expiry = until}).value());
  EXPECT_THAT(other, testing::Contains(testing::Pair("se", "2030-01-01T00:00:00Z")));
}

TEST_F(AzureBlobTest, gives_urls_at_its_own_endpoint) {
  const auto url = blob.get_blob_sas_url("cont1", "dir/a b").value();
  EXPECT_THAT(url, testing::StartsWith(host + "/cont1/dir/a%20b?sv="));
  EXPECT_THAT(blob.get_container_sas_url("cont1").value(),
              testing::StartsWith(host + "/cont1?sv="));
}

TEST_F(AzureBlobTest, cannot_sign_without_a_key) {
  AzureBlob with_sas({.endpoint = Url::parse(host).value(), .sas = "sv=1&sig=x"}, transport, clock);
  EXPECT_EQ(with_sas.get_container_sas_token("cont1").error().code, Code::invalid_argument);
}

TEST(ContainerUrlTest, is_taken_apart_for_a_client) {
  const auto path_style = parse_container_url(host + "/cont1/?sv=1&sig=a%2Bb").value();
  EXPECT_EQ(path_style.container, "cont1");
  EXPECT_EQ(path_style.account.endpoint.to_string(), host);
  EXPECT_EQ(path_style.account.sas, "sv=1&sig=a%2Bb");
  const auto host_style =
      parse_container_url("https://a.blob.core.windows.net/cont1?sig=x").value();
  EXPECT_EQ(host_style.container, "cont1");
  EXPECT_EQ(host_style.account.endpoint.origin(), "https://a.blob.core.windows.net");
}

TEST(ContainerUrlTest, is_refused_without_showing_its_signature) {
  for (const auto* text :
       {"cont1?sig=secret", "http://h?sig=secret", "http://h/UPPER?sig=secret"}) {
    const auto parsed = parse_container_url(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().message, Not(HasSubstr("secret")));
  }
}

}  // namespace
}  // namespace dms::blob
