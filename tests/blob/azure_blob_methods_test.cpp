// The methods that users of the Python tool know: their names, what they ask for, and what they do
// when nothing is said. One row each; and what was wrong there is right here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "blob/azure_blob.h"
#include "blob/transfer.h"
#include "blob/xml.h"
#include "blob/zip_upload.h"
#include "core/file.h"
#include "tests/support/fake_blobs.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scripted_transport.h"
#include "tests/support/temp_directory.h"

namespace dms::blob {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// What a signature says, in words: "sr sp, for N seconds".
std::string said(std::string_view url_or_token, Timestamp now) {
  std::map<std::string, std::string> fields;
  const auto mark = url_or_token.find('?');
  for (const auto& [name, value] :
       parse_query(mark == url_or_token.npos ? url_or_token : url_or_token.substr(mark + 1)))
    fields[name] = value;
  const auto expiry = Timestamp::parse(fields["se"]).value();
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(expiry.at - now.at).count();
  return fields["sr"] + " " + fields["sp"] + ", for " + std::to_string(seconds) + " s";
}

struct Place {
  const char* what;
  const char* endpoint;
  std::string account = "acct";
};

// Azure, its sovereign clouds, an emulator, the local service.
const std::vector<Place> places = {
    {"Azure", "https://acct.blob.core.windows.net"},
    {"US government", "https://acct.blob.core.usgovcloudapi.net"},
    {"China", "https://acct.blob.core.chinacloudapi.cn"},
    {"an emulator", "http://127.0.0.1:10000/acct"},
    {"the local service", "http://127.0.0.1:18080/acct/"},
};

class Methods : public testing::Test {
 protected:
  static BlobAccount account(std::string_view endpoint) {
    return {.endpoint = Url::parse(endpoint).value(),
            .key = SharedKey::parse("acct", "c2VjcmV0LWtleQ==").value()};
  }
  FakeClock clock;
  TempDirectory dir;
};

TEST_F(Methods, sign_with_the_letters_and_for_the_time_that_their_users_expect) {
  ScriptedTransport transport;
  AzureBlob blob(account("http://127.0.0.1:10000/acct"), transport, clock);
  const Response made{
      .status = 201,
      .headers = {{"ETag", "\"1\""}, {"Last-Modified", "Wed, 01 May 2024 11:00:00 GMT"}}};
  std::ofstream(dir / "file") << "content";
  struct Row {
    const char* method;
    std::function<Result<std::string>(const SasRequest&)> call;
    const char* usual;
    const char* asked;
  };
  const std::vector<Row> rows = {
      {"get_container_sas_token",
       [&](const auto& request) { return blob.get_container_sas_token("cont1", request); }, "c w",
       "c rl"},
      {"get_container_sas_url",
       [&](const auto& request) { return blob.get_container_sas_url("cont1", request); }, "c w",
       "c rl"},
      {"create_container_and_create_sas",
       [&](const auto& request) {
         transport.expect("PUT", "http://127.0.0.1:10000/acct/cont1", made);
         return blob.create_container_and_create_sas("cont1", request);
       },
       "c w", "c rl"},
      {"get_blob_sas_token",
       [&](const auto& request) { return blob.get_blob_sas_token("cont1", "a b", request); },
       "b rawd", "b rl"},
      {"get_blob_sas_url",
       [&](const auto& request) { return blob.get_blob_sas_url("cont1", "a b", request); },
       "b rawdx", "b rl"},
      {"upload_blob_and_create_sas",
       [&](const auto& request) {
         transport.expect("PUT", "http://127.0.0.1:10000/acct/cont1/a%20b", made);
         return blob.upload_blob_and_create_sas("cont1", "a b", dir / "file", request);
       },
       "b rawdx", "b rl"},
  };
  const Timestamp day{std::chrono::floor<std::chrono::seconds>(clock.now().at) +
                      std::chrono::hours(1000)};
  for (const auto& row : rows) {
    SCOPED_TRACE(row.method);
    EXPECT_EQ(said(row.call({}).value(), clock.now()), std::string(row.usual) + ", for 86400 s");
    EXPECT_EQ(said(row.call({.permissions = "lr", .lifetime = std::chrono::minutes(5)}).value(),
                   clock.now()),
              std::string(row.asked) + ", for 300 s");
    // An expiry wins over a lifetime, and each stands in its own field.
    const auto until = parse_query(
        row.call({.permissions = "lr", .lifetime = std::chrono::hours(30), .expiry = day}).value());
    EXPECT_THAT(until, testing::Contains(testing::Pair("se", day.iso8601())));
  }
}

TEST_F(Methods, give_urls_at_the_accounts_own_host_with_the_name_encoded) {
  for (const auto& place : places) {
    SCOPED_TRACE(place.what);
    ScriptedTransport transport;
    AzureBlob blob(account(place.endpoint), transport, clock);
    std::string root = place.endpoint;
    if (root.ends_with('/')) root.pop_back();
    EXPECT_THAT(blob.get_container_sas_url("cont1").value(), StartsWith(root + "/cont1?sv="));
    const auto url = blob.get_blob_sas_url("cont1", "dir/a b+ü?#%.txt").value();
    EXPECT_THAT(url, StartsWith(root + "/cont1/dir/a%20b%2B%C3%BC%3F%23%25.txt?sv="));
    // What is signed is the name, not its encoding, and the account, wherever it stands in the URL.
    SasFields fields = parse_sas(parse_query(Url::parse(url).value().query)).value().value();
    EXPECT_TRUE(verify_sas(fields, *account(place.endpoint).key,
                           {.container = "cont1", .blob = "dir/a b+ü?#%.txt", .now = clock.now()}));
  }
}

TEST_F(Methods, sign_all_that_a_request_can_hold) {
  ScriptedTransport transport;
  AzureBlob blob(account("http://127.0.0.1:10000/acct"), transport, clock);
  const auto query = parse_query(
      blob.get_blob_sas_token(
              "cont1", "a",
              {.permissions = "r",
               .start = Timestamp::parse("2026-11-20T00:00:00Z").value(),
               .addresses = "10.0.0.1-10.0.0.9",
               .protocols = "https",
               .answer = {.content_type = "text/csv", .content_disposition = "attachment"}})
          .value());
  for (const auto& [name, value] : Query{{"st", "2026-11-20T00:00:00Z"},
                                         {"sip", "10.0.0.1-10.0.0.9"},
                                         {"spr", "https"},
                                         {"rsct", "text/csv"},
                                         {"rscd", "attachment"}})
    EXPECT_THAT(query, testing::Contains(testing::Pair(name, value)));
  const auto by_policy =
      parse_query(blob.get_container_sas_token("cont1", {.policy = "readers"}).value());
  EXPECT_THAT(by_policy, testing::Contains(testing::Pair("si", "readers")));
  for (const auto& [name, value] : by_policy) EXPECT_TRUE(name != "sp" && name != "se") << name;
}

// ---- containers and blobs ----

class MethodsOnBlobs : public Methods {
 protected:
  FakeBlobs blobs;
  AzureBlob blob{account(FakeBlobs::endpoint), blobs, clock};
  std::string content(const std::string& name) { return blobs.blobs.at(name).content; }
  std::string text(const std::string& file) { return read_file(dir / file).value_or("missing"); }
};

TEST_F(MethodsOnBlobs, upload_makes_the_container_and_replaces_the_blob) {
  blobs.has_container = false;
  std::ofstream(dir / "file") << "first";
  ASSERT_TRUE(blob.upload_file_to_container("cont1", "a", dir / "file"));
  EXPECT_EQ(content("a"), "first");
  std::ofstream(dir / "file") << "second";
  ASSERT_TRUE(blob.upload_blob_and_create_sas("cont1", "a", dir / "file", {}, {.parallel = 2}));
  EXPECT_EQ(content("a"), "second");
}

TEST_F(MethodsOnBlobs, zip_and_upload_leaves_nothing_here_and_names_the_blob_after_the_directory) {
  blobs.has_container = false;
  std::filesystem::create_directories(dir / "study/sub");
  std::ofstream(dir / "study/sub/in.txt") << "input";
  std::ofstream(dir / "study.zip") << "mine";  // of that name beside it: stays
  const auto zipped = blob.zip_and_upload("cont1", "", dir / "study");
  ASSERT_TRUE(zipped) << zipped.error().message;
  EXPECT_EQ(zipped->name, "study.zip");
  EXPECT_EQ(zipped->url, std::string(FakeBlobs::endpoint) + "/cont1/study.zip");
  EXPECT_EQ(text("study.zip"), "mine");
  std::ofstream(dir / "came.zip", std::ios::binary) << content("study.zip");
  EXPECT_EQ(read_entry(dir / "came.zip", "sub/in.txt").value(), "input");
  ASSERT_TRUE(
      blob.zip_and_upload("cont1", "other/name.zip", dir / "study", {.exclude = {"*.txt"}}));
  std::ofstream(dir / "other.zip", std::ios::binary) << content("other/name.zip");
  EXPECT_EQ(read_entry(dir / "other.zip", "sub/in.txt").error().code, Code::not_found);
  EXPECT_EQ(blob.zip_and_upload("cont1", "x", dir / "nowhere").error().code, Code::not_found);
}

TEST_F(MethodsOnBlobs, download_makes_the_folders_of_the_name) {
  blobs.put("runs/7/out.txt", "result");
  const auto file = blob.download_blob_from_container("cont1", "runs/7/out.txt", dir / "new/place");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(*file, dir / "new/place/runs/7/out.txt");
  EXPECT_EQ(text("new/place/runs/7/out.txt"), "result");
}

TEST_F(MethodsOnBlobs, download_takes_all_below_a_prefix_with_its_folders) {
  for (const auto* name : {"runs/7/out.txt", "runs/7/sub/log", "runs/70/out.txt", "other"})
    blobs.put(name, name);
  const auto done = blob.download_blobs_from_container("cont1", "runs/7", dir / "seven");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->files, 2u);
  EXPECT_EQ(text("seven/out.txt"), "runs/7/out.txt");
  EXPECT_EQ(text("seven/sub/log"), "runs/7/sub/log");
  const auto some = blob.download_blobs_from_container("cont1", "", dir / "all",
                                                       {.names = {.include = {"out.txt"}}});
  ASSERT_TRUE(some);
  EXPECT_EQ(some->files, 2u);
  EXPECT_EQ(text("all/runs/70/out.txt"), "runs/70/out.txt");
}

TEST_F(MethodsOnBlobs, list_by_prefix_delete_and_tell_what_is_there) {
  for (const auto* name : {"a/1", "a/2", "b"}) blobs.put(name, "x");
  EXPECT_EQ(blob.list_blobs_from_container("cont1").value().blobs.size(), 3u);
  EXPECT_EQ(blob.list_blobs_from_container("cont1", {.prefix = "a/"}).value().blobs.size(), 2u);
  EXPECT_TRUE(blob.exists_blob("cont1", "b").value());
  ASSERT_TRUE(blob.delete_blob("cont1", "b"));
  EXPECT_FALSE(blob.exists_blob("cont1", "b").value());
}

TEST_F(Methods, exists_container_and_delete_container_ask_for_the_container_itself) {
  ScriptedTransport transport;
  const std::string root = "https://acct.blob.core.windows.net";
  AzureBlob blob(account(root), transport, clock);
  transport.expect("HEAD", root + "/cont1?restype=container", {.status = 200});
  EXPECT_TRUE(blob.exists_container("cont1").value());
  transport.expect("HEAD", root + "/cont1?restype=container",
                   {.status = 404, .headers = {{"x-ms-error-code", "ContainerNotFound"}}});
  EXPECT_FALSE(blob.exists_container("cont1").value());
  transport.expect("DELETE", root + "/cont1?restype=container", {.status = 202});
  EXPECT_TRUE(blob.delete_container("cont1"));
}

TEST_F(Methods, create_container_and_create_sas_takes_a_container_that_is_there) {
  ScriptedTransport transport;
  AzureBlob blob(account("http://127.0.0.1:10000/acct"), transport, clock);
  transport.expect("PUT", "http://127.0.0.1:10000/acct/cont1?restype=container",
                   {.status = 409, .headers = {{"x-ms-error-code", "ContainerAlreadyExists"}}});
  EXPECT_EQ(said(blob.create_container_and_create_sas("cont1").value(), clock.now()),
            "c w, for 86400 s");
}

}  // namespace
}  // namespace dms::blob
