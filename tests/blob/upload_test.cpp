// Uploads in blocks: resumed, repeated, and whole or not at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>

#include "blob/azure_blob.h"
#include "core/file.h"
#include "core/retry.h"
#include "tests/support/fake_blobs.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_directory.h"

namespace dms::blob {
namespace {

using testing::HasSubstr;

bool is_block(const Request& request) {
  return request.url.query.find("comp=block&") != std::string::npos;
}
bool is_commit(const Request& request) {
  return request.method == "PUT" && request.url.query.find("comp=blocklist") != std::string::npos;
}
std::optional<Result<Response>> answer(Result<Response> result) { return result; }

class UploadTest : public testing::Test {
 protected:
  static constexpr std::uint64_t block_bytes = 1000;

  UploadTest() {
    for (int i = 0; content.size() < 10'500; ++i) content += std::to_string(i) + ",";
    content.resize(10'500);
    write(content);
  }
  void write(const std::string& text) { std::ofstream(file) << text; }
  Result<BlobStamp> upload(AzureBlob& client, UploadOptions options = {}) {
    options.single_put_bytes = block_bytes;
    options.block_bytes = block_bytes;
    return client.upload_file_to_container("cont1", "big", file, options);
  }
  void expect_whole() {
    EXPECT_EQ(service.blobs["big"].content, content);
    EXPECT_EQ(service.blobs["big"].md5, base64_encode(md5_raw(content)));
  }

  const BlobAccount account{.endpoint = Url::parse(FakeBlobs::endpoint).value()};
  FakeBlobs service;
  FakeClock clock;
  Retrying retrying{service, clock, {.max_tries = 6}};
  AzureBlob blob{account, retrying, clock};
  AzureBlob unretried{account, service, clock};
  TempDirectory dir;
  const std::string file = dir / "big";
  std::string content;
};

TEST_F(UploadTest, sends_only_what_an_earlier_attempt_has_not) {
  service.trouble = [](const Request& request, int number) {
    return is_block(request) && number > 6 ? answer(fail(Code::unavailable, "gone")) : std::nullopt;
  };
  ASSERT_EQ(upload(unretried).error().code, Code::unavailable);
  EXPECT_FALSE(service.blobs.contains("big"));
  const std::uint64_t held = service.sent_bytes;
  EXPECT_EQ(held, 5 * block_bytes);
  service.trouble = nullptr;
  service.sent_bytes = 0;
  TransferMeter meter;
  ASSERT_TRUE(upload(blob, {.meter = &meter}));
  expect_whole();
  EXPECT_EQ(meter.moved_bytes, content.size() - held);
  EXPECT_EQ(meter.reused_bytes, held);
  EXPECT_EQ(service.count("PUT big block"), 11 + 1);
}

TEST_F(UploadTest, reuses_no_block_of_other_content) {
  service.trouble = [](const Request& request, int) {
    return is_commit(request) ? answer(fail(Code::unavailable, "gone")) : std::nullopt;
  };
  ASSERT_FALSE(upload(unretried));
  service.trouble = nullptr;
  content.replace(3500, 10, "CHANGED!!!");
  write(content);
  TransferMeter meter;
  ASSERT_TRUE(upload(blob, {.meter = &meter}));
  expect_whole();
  EXPECT_EQ(meter.moved_bytes, block_bytes);
}

TEST_F(UploadTest, sends_of_a_blob_that_is_there_only_the_blocks_that_changed) {
  ASSERT_TRUE(upload(blob));
  content.replace(0, 4, "ABCD");
  write(content);
  TransferMeter meter;
  ASSERT_TRUE(upload(blob, {.meter = &meter}));
  expect_whole();
  EXPECT_EQ(meter.moved_bytes, block_bytes);
}

TEST_F(UploadTest, uploads_with_a_signature_that_may_not_read) {
  service.trouble = [](const Request& request, int) {
    return request.method == "GET" ? answer(Response{.status = 403}) : std::nullopt;
  };
  ASSERT_TRUE(upload(blob));
  expect_whole();
}

TEST_F(UploadTest, commits_again_when_the_answer_of_the_first_commit_is_lost) {
  bool lost = false;
  class Losing final : public Transport {
   public:
    Losing(Transport& next, bool& lost) : next_(next), lost_(lost) {}
    Result<Response> send(const Request& request, std::stop_token stop) override {
      auto response = next_.send(request, stop);
      if (!is_commit(request) || std::exchange(lost_, true)) return response;
      return fail(Code::timeout, "no whole answer");
    }
    Transport& next_;
    bool& lost_;
  } losing(service, lost);
  Retrying again(losing, clock);
  AzureBlob client(account, again, clock);
  const auto stamp = upload(client);
  ASSERT_TRUE(stamp) << stamp.error().message;
  EXPECT_TRUE(lost);
  EXPECT_EQ(service.log.size(), 14u) << "the list, 11 blocks, and two commits";
  expect_whole();
}

TEST_F(UploadTest, sends_again_what_another_upload_took_away_by_its_commit) {
  service.done = [&, once = false](const Request& request) mutable {
    if (!is_block(request) || once || service.staged["big"].size() < 11) return;
    once = true;
    service.staged["big"].clear();
  };
  const auto stamp = upload(blob);
  ASSERT_TRUE(stamp) << stamp.error().message;
  expect_whole();
}

TEST_F(UploadTest, lives_with_every_third_request_failing) {
  service.trouble = [](const Request&, int number) {
    return number % 3 == 0 ? answer(Response{.status = number % 2 ? 500 : 503}) : std::nullopt;
  };
  ASSERT_TRUE(upload(blob));
  expect_whole();
}

// Takes a part of a block and then loses the connection, every third time.
class Cutting final : public Transport {
 public:
  explicit Cutting(Transport& next) : next_(next) {}
  Result<Response> send(const Request& request, std::stop_token stop = {}) override {
    if (!is_block(request) || ++blocks_ % 3 != 0) return next_.send(request, stop);
    if (request.source) {
      std::array<char, 3> some;
      DMS_CHECK(request.source->read(some));
    }
    ++cuts;
    // As CurlTransport tells it: what the service made of it nobody knows.
    return fail(Code::timeout, "no whole answer: the connection was cut");
  }
  std::atomic<int> cuts = 0;

 private:
  Transport& next_;
  std::atomic<int> blocks_ = 0;
};

TEST_F(UploadTest, lives_with_connections_that_break_in_the_middle_of_a_block) {
  Cutting cutting(service);
  Retrying again(cutting, clock, {.max_tries = 6});
  AzureBlob client(account, again, clock);
  ASSERT_TRUE(upload(client));
  expect_whole();
  EXPECT_GT(cutting.cuts, 0);
}

TEST_F(UploadTest, refuses_a_file_that_changes_while_it_is_read) {
  service.done = [&, once = false](const Request& request) mutable {
    if (!is_block(request) || std::exchange(once, true)) return;
    std::ofstream(file, std::ios::app) << "more";
  };
  const auto stamp = upload(blob, {.parallel = 1});
  EXPECT_EQ(stamp.error().code, Code::conflict);
  EXPECT_THAT(stamp.error().message, HasSubstr(file));
  EXPECT_FALSE(service.blobs.contains("big"));
}

TEST_F(UploadTest, refuses_a_file_of_the_same_size_that_was_written_again) {
  service.done = [&, once = false](const Request& request) mutable {
    if (!is_block(request) || std::exchange(once, true)) return;
    std::ofstream(file) << std::string(content.size(), 'n');
    std::filesystem::last_write_time(
        file, std::filesystem::last_write_time(file) + std::chrono::seconds(1));
  };
  EXPECT_EQ(upload(blob, {.parallel = 1}).error().code, Code::conflict);
  EXPECT_FALSE(service.blobs.contains("big"));
}

TEST_F(UploadTest, refuses_a_small_file_that_changes_before_its_last_byte_left) {
  class Changing final : public Transport {
   public:
    Changing(Transport& next, std::string file) : next_(next), file_(std::move(file)) {}
    Result<Response> send(const Request& request, std::stop_token stop) override {
      std::ofstream(file_, std::ios::app) << "more";
      return next_.send(request, stop);
    }
    Transport& next_;
    const std::string file_;
  } changing(service, file);
  AzureBlob client(account, changing, clock);
  EXPECT_EQ(client.upload_file_to_container("cont1", "big", file).error().code, Code::conflict);
  EXPECT_FALSE(service.blobs.contains("big"));
}

TEST_F(UploadTest, says_corrupt_when_the_service_got_other_bytes) {
  class Flipping final : public Transport {
   public:
    explicit Flipping(Transport& next) : next_(next) {}
    Result<Response> send(const Request& request, std::stop_token stop) override {
      if (!is_block(request)) return next_.send(request, stop);
      Request other = request;
      other.source = nullptr;
      other.body = "noise";
      return next_.send(other, stop);
    }
    Transport& next_;
  } flipping(service);
  AzureBlob client(account, flipping, clock);
  EXPECT_EQ(upload(client).error().code, Code::corrupt);
  EXPECT_FALSE(service.blobs.contains("big"));
}

TEST_F(UploadTest, keeps_the_digest_by_blocks_beside_the_metadata) {
  content = "abcdefx";
  write(content);
  ASSERT_TRUE(blob.upload_file_to_container(
      "cont1", "big", file,
      {.metadata = {{"permissions", "33188"}}, .single_put_bytes = 3, .block_bytes = 3}));
  expect_whole();
  const Headers& kept = service.blobs["big"].metadata;
  EXPECT_EQ(kept.get("x-ms-meta-permissions"), "33188");
  EXPECT_EQ(kept.get("x-ms-meta-dmsbatchblocks"),
            "1;3;VYbuXkjdhDTyOQL2OmPNiA==;h0BIH6NJHUQkupdnY84qgQ==");
}

TEST_F(UploadTest, refuses_what_is_no_file) {
  EXPECT_EQ(blob.upload_file_to_container("cont1", "big", dir.path()).error().code,
            Code::invalid_argument);
}

}  // namespace
}  // namespace dms::blob
