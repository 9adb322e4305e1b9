// AzureBlob against a script: what it asks, and what it makes of the answers. That real services
// agree is for the conformance suite.
#include "blob/azure_blob.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <optional>

#include "blob/sas.h"
#include "blob/xml.h"
#include "core/crypto.h"
#include "core/file.h"
#include "core/retry.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scripted_transport.h"
#include "tests/support/temp_directory.h"

namespace dms::blob {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string host = "http://127.0.0.1:10000/acct";
constexpr std::string_view key_text = "c2VjcmV0LWtleQ==";

BlobAccount account_with_key() {
  return {.endpoint = Url::parse(host).value(), .key = SharedKey::parse("acct", key_text).value()};
}

Headers written_headers() {
  return {{"ETag", "\"0x8DC\""}, {"Last-Modified", "Wed, 01 May 2024 11:00:00 GMT"}};
}

Response created() { return {.status = 201, .headers = written_headers()}; }

Response refused(int status, std::string code) {
  return {.status = status,
          .headers = {{"x-ms-error-code", code}, {"x-ms-request-id", "req-1"}},
          .body = write_error_body({code, "Not so.\nRequestId:req-1\nTime:now", {}})};
}

class AzureBlobTest : public testing::Test {
 protected:
  ScriptedTransport transport;
  FakeClock clock;
  AzureBlob blob{account_with_key(), transport, clock};

  ScriptedTransport::Seen last() { return transport.requests().back(); }
};

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

// ---- uploads ----

TEST_F(AzureBlobTest, puts_a_small_blob_at_once_with_its_md5) {
  transport.expect("PUT", host + "/cont1/a.txt", created());
  const auto stamp = blob.upload_blob("cont1", "a.txt", "hello world",
                                      {.content_type = "text/plain", .metadata = {{"run", "7"}}});
  ASSERT_TRUE(stamp) << stamp.error().message;
  EXPECT_EQ(stamp->etag, "0x8DC");
  EXPECT_EQ(last().body, "hello world");
  EXPECT_EQ(last().headers.get("x-ms-blob-type"), "BlockBlob");
  EXPECT_EQ(last().headers.get("x-ms-blob-content-type"), "text/plain");
  EXPECT_EQ(last().headers.get("x-ms-meta-run"), "7");
  EXPECT_EQ(last().headers.get("Content-MD5"), "XrY7u+Ae7tCTyyK7j1rNww==");
  EXPECT_FALSE(last().headers.contains("If-None-Match"));
}

TEST_F(AzureBlobTest, does_not_repeat_a_write_that_must_be_the_first) {
  transport.expect("PUT", host + "/cont1/a", refused(409, "BlobAlreadyExists"));
  const auto stamp = blob.upload_blob("cont1", "a", "x", {.overwrite = Overwrite::no});
  EXPECT_EQ(stamp.error().code, Code::already_exists);
  EXPECT_EQ(last().headers.get("If-None-Match"), "*");
  EXPECT_EQ(last().idempotency, Idempotency::not_idempotent);
}

TEST_F(AzureBlobTest, sends_a_large_blob_as_blocks_and_commits_them_in_order) {
  const std::string content = "0123456789abcdefghijXY";
  const std::string url = host + "/cont1/big";
  transport.expect("GET", url + "?comp=blocklist&blocklisttype=all", refused(404, "BlobNotFound"));
  for (int i = 0; i < 3; ++i) transport.expect("PUT", url, created());
  transport.expect("PUT", url + "?comp=blocklist", created());
  const auto stamp = blob.upload_blob("cont1", "big", content,
                                      {.single_put_bytes = 10, .block_bytes = 10, .parallel = 1});
  ASSERT_TRUE(stamp) << stamp.error().message;
  const auto requests = transport.requests();
  BlockRefs sent;
  for (int i = 0; i < 3; ++i) {
    const auto& request = requests[static_cast<std::size_t>(i) + 1];
    EXPECT_EQ(request.body, content.substr(static_cast<std::size_t>(i) * 10, 10));
    EXPECT_EQ(request.headers.get("Content-MD5"), base64_encode(md5_raw(request.body)));
    for (const auto& [name, value] : parse_query(Url::parse(request.url).value().query))
      if (name == "blockid") sent.push_back({BlockSource::latest, value});
  }
  EXPECT_EQ(read_block_refs(requests[4].body).value(), sent);
  EXPECT_EQ(requests[4].headers.get("x-ms-blob-content-md5"), base64_encode(md5_raw(content)));
}

// Takes every block, from any thread, and answers the fourth with an error.
class FailingTransport final : public Transport {
 public:
  Result<Response> send(const Request& request, std::stop_token stop) override {
    if (request.method == "GET") return refused(404, "BlobNotFound");
    if (request.url.query.find("comp=block&") == std::string::npos) ++others;
    if (++count == 4) return refused(403, "AuthorizationFailure");
    if (stop.stop_requested()) return fail(Code::cancelled, "stopped");
    return created();
  }
  std::atomic<int> count = 0;
  std::atomic<int> others = 0;
};

TEST_F(AzureBlobTest, stops_an_upload_at_its_first_error_and_commits_nothing) {
  FailingTransport failing;
  AzureBlob client(account_with_key(), failing, clock);
  const auto stamp = client.upload_blob("cont1", "big", std::string(100'000, 'x'),
                                        {.single_put_bytes = 0, .block_bytes = 10, .parallel = 4});
  ASSERT_FALSE(stamp);
  EXPECT_EQ(stamp.error().service_code, "AuthorizationFailure");
  EXPECT_EQ(failing.others, 0);
  EXPECT_LT(failing.count, 10'000);
}

TEST_F(AzureBlobTest, does_not_send_what_is_there_already) {
  transport.expect("HEAD", host + "/cont1/a", {.status = 200});
  StringSource source("content");
  EXPECT_EQ(blob.upload_if_absent("cont1", "a", source).value(), Creation::already_there);
}

TEST_F(AzureBlobTest, takes_a_blob_that_turned_up_meanwhile_for_there_already) {
  transport.expect("HEAD", host + "/cont1/a", {.status = 404});
  transport.expect("PUT", host + "/cont1/a", refused(409, "BlobAlreadyExists"));
  StringSource source("content");
  EXPECT_EQ(blob.upload_if_absent("cont1", "a", source).value(), Creation::already_there);
  EXPECT_EQ(last().headers.get("If-None-Match"), "*");
  EXPECT_EQ(last().idempotency, Idempotency::idempotent);
}

TEST_F(AzureBlobTest, uploads_if_absent_with_a_signature_that_may_not_read) {
  transport.expect("HEAD", host + "/cont1/a", {.status = 403});
  transport.expect("PUT", host + "/cont1/a", created());
  StringSource source("content");
  EXPECT_EQ(blob.upload_if_absent("cont1", "a", source).value(), Creation::created);
}

TEST_F(AzureBlobTest, creates_the_container_that_an_upload_misses) {
  TempDirectory dir;
  std::ofstream(dir / "f") << "text";
  transport.expect("PUT", host + "/cont1/f", refused(404, "ContainerNotFound"));
  transport.expect("PUT", host + "/cont1?restype=container", created());
  transport.expect("PUT", host + "/cont1/f", created());
  ASSERT_TRUE(blob.upload_file_to_container("cont1", "f", dir / "f"));
  EXPECT_EQ(last().body, "text");
}

TEST_F(AzureBlobTest, names_the_file_that_cannot_be_uploaded) {
  const auto stamp = blob.upload_file_to_container("cont1", "f", "/nonexistent/f");
  EXPECT_EQ(stamp.error().code, Code::not_found);
  EXPECT_THAT(stamp.error().message, HasSubstr("/nonexistent/f"));
}

// ---- retry ----

class RetriedBlobTest : public AzureBlobTest {
 protected:
  Retrying retrying{transport, clock, {.max_tries = 3}};
  AzureBlob retried{account_with_key(), retrying, clock};
};

TEST_F(RetriedBlobTest, sends_the_whole_content_again) {
  TempDirectory dir;
  std::ofstream(dir / "f") << "whole text";
  transport.expect("PUT", host + "/cont1/f", refused(503, "ServerBusy"));
  transport.expect("PUT", host + "/cont1/f", fail(Code::timeout, "no answer"));
  transport.expect("PUT", host + "/cont1/f", created());
  ASSERT_TRUE(retried.upload_file_to_container("cont1", "f", dir / "f"));
  for (const auto& request : transport.requests()) EXPECT_EQ(request.body, "whole text");
}

// The first try was carried out and its answer lost.
TEST_F(RetriedBlobTest, takes_its_own_earlier_write_for_there_already) {
  transport.expect("HEAD", host + "/cont1/a", {.status = 404});
  transport.expect("PUT", host + "/cont1/a", fail(Code::timeout, "no answer"));
  transport.expect("PUT", host + "/cont1/a", refused(409, "BlobAlreadyExists"));
  StringSource source("content");
  EXPECT_EQ(retried.upload_if_absent("cont1", "a", source).value(), Creation::already_there);
}

TEST_F(RetriedBlobTest, says_timeout_when_it_cannot_know_whether_its_write_was_the_first) {
  transport.expect("PUT", host + "/cont1/a", fail(Code::timeout, "no answer"));
  const auto stamp = retried.upload_blob("cont1", "a", "x", {.overwrite = Overwrite::no});
  EXPECT_EQ(stamp.error().code, Code::timeout);
}

TEST_F(RetriedBlobTest, a_download_that_starts_again_keeps_nothing_of_the_first_try) {
  // Gives half of the body, then fails; the second time all of it.
  class Half final : public Transport {
   public:
    Result<Response> send(const Request& request, std::stop_token) override {
      const Headers headers{{"Content-Length", "8"},
                            {"Content-MD5", base64_encode(md5_raw("12345678"))}};
      DMS_CHECK(request.sink->begin(200, headers));
      const bool first = tries++ == 0;
      DMS_CHECK(request.sink->write(std::string_view(first ? "1234" : "12345678")));
      if (first) return fail(Code::timeout, "the connection broke");
      return Response{.status = 200, .headers = headers};
    }
    int tries = 0;
  };
  Half half;
  Retrying again(half, clock);
  AzureBlob client(account_with_key(), again, clock);
  TempDirectory dir;
  ASSERT_TRUE(client.download_blob("cont1", "a", dir / "a"));
  EXPECT_EQ(read_file(dir / "a").value(), "12345678");
  EXPECT_EQ(half.tries, 2);
}

// ---- downloads ----

std::size_t files_in(const std::filesystem::path& dir) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(dir), {}));
}

TEST_F(AzureBlobTest, downloads_below_a_directory_at_the_blobs_name) {
  TempDirectory dir;
  transport.expect("GET", host + "/cont1/runs/7/out.txt", {.status = 200, .body = "result"});
  const auto file = blob.download_blob_from_container("cont1", "runs/7/out.txt", dir.path());
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(*file, dir.path() / "runs/7/out.txt");
  EXPECT_EQ(read_file(file->string()).value(), "result");
}

TEST_F(AzureBlobTest, downloads_nothing_outside_of_the_directory) {
  TempDirectory dir;
  for (const std::string& name :
       std::vector<std::string>{"/etc/x", "a/../../x", "..", "dir/", {"a\0b", 3}})
    EXPECT_EQ(blob.download_blob_from_container("cont1", name, dir.path()).error().code,
              Code::invalid_argument)
        << name;
  EXPECT_EQ(files_in(dir.path()), 0u);
}

TEST_F(AzureBlobTest, leaves_the_old_file_when_a_download_fails) {
  TempDirectory dir;
  std::ofstream(dir / "a") << "old";
  transport.expect("GET", host + "/cont1/a", refused(404, "BlobNotFound"));
  EXPECT_EQ(blob.download_blob("cont1", "a", dir / "a").error().code, Code::not_found);
  EXPECT_EQ(read_file(dir / "a").value(), "old");
  EXPECT_EQ(files_in(dir.path()), 1u);
}

TEST_F(AzureBlobTest, refuses_content_whose_md5_is_another) {
  TempDirectory dir;
  transport.expect("GET", host + "/cont1/a",
                   {.status = 200,
                    .headers = {{"Content-MD5", base64_encode(md5_raw("right"))}},
                    .body = "wrong"});
  const auto status = blob.download_blob("cont1", "a", dir / "a");
  EXPECT_EQ(status.error().code, Code::corrupt);
  EXPECT_EQ(files_in(dir.path()), 0u);
}

TEST_F(AzureBlobTest, refuses_content_that_ends_early) {
  transport.expect("GET", host + "/cont1/a",
                   {.status = 200, .headers = {{"Content-Length", "100"}}, .body = "short"});
  const auto text = blob.read_blob("cont1", "a");
  EXPECT_EQ(text.error().code, Code::corrupt);
  EXPECT_THAT(text.error().message, HasSubstr("5 bytes came where 100"));
}

TEST_F(AzureBlobTest, reads_no_more_into_memory_than_was_allowed) {
  transport.expect("GET", host + "/cont1/a",
                   {.status = 200, .headers = {{"Content-Length", "11"}}, .body = "hello world"});
  EXPECT_EQ(blob.read_blob("cont1", "a", {.limit_bytes = 10}).error().code, Code::exhausted);
}

TEST_F(AzureBlobTest, reads_a_range_and_nothing_past_the_end) {
  transport.expect("GET", host + "/cont1/a",
                   {.status = 206, .headers = {{"Content-Length", "3"}}, .body = "lo "});
  EXPECT_EQ(blob.read_blob("cont1", "a", {.offset = 3, .length = 3}).value(), "lo ");
  EXPECT_EQ(last().headers.get("x-ms-range"), "bytes=3-5");
  transport.expect("GET", host + "/cont1/a", refused(416, "InvalidRange"));
  EXPECT_EQ(blob.read_blob("cont1", "a", {.offset = 11}).value(), "");
  EXPECT_EQ(last().headers.get("x-ms-range"), "bytes=11-");
}

TEST_F(AzureBlobTest, reads_properties_and_metadata_from_the_head) {
  Headers headers = written_headers();
  headers.set("Content-Length", "42");
  headers.set("Content-Type", "text/plain");
  headers.set("x-ms-blob-type", "BlockBlob");
  headers.set("x-ms-meta-Run", "7");
  transport.expect("HEAD", host + "/cont1/a", {.status = 200, .headers = headers});
  const auto item = blob.get_blob_properties("cont1", "a");
  ASSERT_TRUE(item) << item.error().message;
  EXPECT_EQ(item->properties.content_length, 42u);
  EXPECT_EQ(item->properties.etag, "0x8DC");
  EXPECT_EQ(item->properties.http.content_type, "text/plain");
  EXPECT_EQ(item->metadata, (Metadata{{"run", "7"}}));
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
