// What AzureBlob sends up and brings down, against a script.
#include <fstream>
#include <optional>

#include "core/crypto.h"
#include "core/file.h"
#include "core/retry.h"
#include "tests/blob/azure_blob_fixture.h"
#include "tests/support/temp_directory.h"

namespace dms::blob {
namespace {

using testing::HasSubstr;

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

}  // namespace
}  // namespace dms::blob
