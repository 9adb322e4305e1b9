// Downloads in ranges: parallel, resumed, and right or not at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>

#include "blob/azure_blob.h"
#include "blob/block_digest.h"
#include "blob/part_file.h"
#include "core/file.h"
#include "core/retry.h"
#include "tests/support/fake_blobs.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_directory.h"

namespace dms::blob {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Of blobs that have only the MD5 of the whole, and of those whose metadata has the digest by
// blocks.
enum class HeldTo { whole, blocks };

class DownloadTest : public testing::TestWithParam<HeldTo> {
 protected:
  static constexpr std::uint64_t range_bytes = 1000;

  DownloadTest() {
    for (int i = 0; content.size() < 10'500; ++i) content += std::to_string(i) + ",";
    content.resize(10'500);
    put();
  }

  void put() {
    service.put("big", content);
    if (GetParam() == HeldTo::blocks) give_digest(range_bytes);
  }
  void give_digest(std::uint64_t block_bytes) {
    std::string md5s;
    for (std::size_t at = 0; at < content.size(); at += block_bytes)
      md5s += md5_raw(std::string_view(content).substr(at, block_bytes));
    Metadata metadata;
    set_block_digest(metadata, block_bytes, md5s, service.blobs["big"].md5);
    service.blobs["big"].metadata.set("x-ms-meta-dmsbatchblocks", metadata[block_digest_name]);
  }
  Status download(const DownloadOptions& options = {.range_bytes = range_bytes,
                                                    .request_bytes = range_bytes}) {
    return blob.download_blob("cont1", "big", target, options);
  }
  bool part_is_there() const {
    return std::filesystem::exists(PartFile::path_for(std::filesystem::path(target)));
  }
  // Fails every request after the first `count`, as a service does that is gone.
  void break_after(int count) {
    service.trouble = [count](const Request&, int number) -> std::optional<Result<Response>> {
      if (number <= count) return std::nullopt;
      return Result<Response>(fail(Code::unavailable, "gone"));
    };
  }
  void expect_whole() {
    EXPECT_EQ(read_file(target).value(), content);
    EXPECT_FALSE(part_is_there());
  }

  FakeBlobs service;
  FakeClock clock;
  Retrying retrying{service, clock, {.max_tries = 6}};
  AzureBlob blob{{.endpoint = Url::parse(FakeBlobs::endpoint).value()}, retrying, clock};
  AzureBlob unretried{{.endpoint = Url::parse(FakeBlobs::endpoint).value()}, service, clock};
  TempDirectory dir;
  const std::string target = dir / "down/big";
  std::string content;
};

TEST_P(DownloadTest, brings_a_small_blob_with_one_request) {
  service.put("big", "small");
  content = "small";
  ASSERT_TRUE(download());
  expect_whole();
  EXPECT_EQ(service.log.size(), 1u);
}

TEST_P(DownloadTest, has_the_name_of_a_partial_download_until_a_small_blob_is_whole) {
  int partial = 0;
  service.trouble = [&](const Request& request, int) -> std::optional<Result<Response>> {
    const Headers headers{{"ETag", "\"e1\""}, {"Content-Range", "bytes 0-4/5"}};
    if (auto begun = request.sink->begin(206, headers); !begun) return begun.error();
    for (const auto& file : std::filesystem::directory_iterator(dir / "down"))
      partial += file.path().filename().string().ends_with(".dmsbatch-part");
    return Result<Response>(fail(Code::cancelled, "killed"));
  };
  EXPECT_FALSE(download());
  EXPECT_EQ(partial, 1);
  EXPECT_TRUE(std::filesystem::is_empty(dir / "down"));
}

TEST_P(DownloadTest, brings_an_empty_blob) {
  service.put("big", "");
  content = "";
  ASSERT_TRUE(download());
  expect_whole();
}

TEST_P(DownloadTest, brings_a_large_blob_in_ranges_each_once) {
  const auto done = download();
  ASSERT_TRUE(done) << done.error().message;
  expect_whole();
  EXPECT_EQ(service.received_bytes, content.size());
  EXPECT_EQ(service.log.size(), 11u);
}

TEST_P(DownloadTest, tells_a_meter_what_came) {
  TransferMeter meter;
  ASSERT_TRUE(
      download({.range_bytes = range_bytes, .request_bytes = range_bytes, .meter = &meter}));
  EXPECT_EQ(meter.moved_bytes, content.size());
  EXPECT_EQ(meter.reused_bytes, 0u);
}

TEST_P(DownloadTest, fetches_only_what_an_earlier_attempt_has_not_finished) {
  break_after(5);
  ASSERT_EQ(unretried
                .download_blob("cont1", "big", target,
                               {.range_bytes = range_bytes, .request_bytes = range_bytes})
                .error()
                .code,
            Code::unavailable);
  EXPECT_TRUE(part_is_there());
  EXPECT_FALSE(std::filesystem::exists(target));
  EXPECT_EQ(service.received_bytes, 5 * range_bytes);
  service.trouble = nullptr;
  service.received_bytes = 0;
  TransferMeter meter;
  ASSERT_TRUE(
      download({.range_bytes = range_bytes, .request_bytes = range_bytes, .meter = &meter}));
  expect_whole();
  EXPECT_EQ(service.received_bytes, content.size() - 5 * range_bytes);
  EXPECT_EQ(meter.reused_bytes, 5 * range_bytes);
}

// What a kill leaves is what the disk has at this moment.
TEST_P(DownloadTest, has_all_ranges_but_those_under_way_after_a_kill_when_they_take_their_time) {
  const auto part = PartFile::path_for(std::filesystem::path(target));
  service.done = [&, count = 0](const Request&) mutable {
    clock.sleep_for(std::chrono::seconds(2), {});
    if (++count == 5) std::filesystem::copy_file(part, dir / "killed");
  };
  ASSERT_TRUE(download({.range_bytes = range_bytes, .request_bytes = range_bytes, .parallel = 1}));
  std::filesystem::remove(target);
  std::filesystem::rename(dir / "killed", part);
  service.received_bytes = 0;
  service.done = nullptr;
  ASSERT_TRUE(download());
  expect_whole();
  EXPECT_EQ(service.received_bytes, content.size() - 4 * range_bytes);
}

TEST_P(DownloadTest, fetches_again_what_was_damaged_in_the_partial_file) {
  break_after(5);
  ASSERT_FALSE(unretried.download_blob(
      "cont1", "big", target,
      {.range_bytes = range_bytes, .request_bytes = range_bytes, .parallel = 1}));
  service.trouble = nullptr;
  {
    std::fstream part(PartFile::path_for(std::filesystem::path(target)),
                      std::ios::in | std::ios::out | std::ios::binary);
    part.seekp(2500);
    part << "?";
  }
  service.received_bytes = 0;
  ASSERT_TRUE(download());
  expect_whole();
  EXPECT_EQ(service.received_bytes, content.size() - 4 * range_bytes);
}

TEST_P(DownloadTest, begins_anew_when_the_blob_is_another_than_that_of_the_partial_file) {
  break_after(5);
  ASSERT_FALSE(unretried.download_blob("cont1", "big", target,
                                       {.range_bytes = range_bytes, .request_bytes = range_bytes}));
  service.trouble = nullptr;
  std::reverse(content.begin(), content.end());
  put();
  ASSERT_TRUE(download());
  expect_whole();
}

TEST_P(DownloadTest, takes_a_small_blob_over_the_partial_file_of_a_large_one) {
  break_after(5);
  ASSERT_FALSE(unretried.download_blob("cont1", "big", target,
                                       {.range_bytes = range_bytes, .request_bytes = range_bytes}));
  service.trouble = nullptr;
  content = "now it is small";
  service.put("big", content);
  ASSERT_TRUE(download());
  expect_whole();
}

TEST_P(DownloadTest, says_conflict_when_the_blob_changes_meanwhile) {
  service.done = [&, count = 0](const Request&) mutable {
    if (++count == 4) service.put("big", std::string(10'500, 'n'));
  };
  const auto done = download();
  EXPECT_EQ(done.error().code, Code::conflict);
  EXPECT_THAT(done.error().message, HasSubstr("changed meanwhile"));
  EXPECT_FALSE(std::filesystem::exists(target));
  EXPECT_FALSE(part_is_there());
}

TEST_P(DownloadTest, says_corrupt_when_the_service_names_another_md5) {
  service.blobs["big"].md5 = base64_encode(md5_raw("other"));
  const auto done = download();
  EXPECT_EQ(done.error().code, Code::corrupt);
  EXPECT_THAT(done.error().message, HasSubstr("'cont1/big'"));
  EXPECT_FALSE(std::filesystem::exists(target));
  EXPECT_FALSE(part_is_there());
}

TEST_P(DownloadTest, says_corrupt_when_one_byte_of_a_range_is_another) {
  service.blobs["big"].content[5500] ^= 1;
  const auto done = download();
  EXPECT_EQ(done.error().code, Code::corrupt);
  EXPECT_THAT(done.error().message, HasSubstr("'cont1/big'"));
  EXPECT_EQ(done.error().message.find("by blocks") != std::string::npos,
            GetParam() == HeldTo::blocks);
  EXPECT_FALSE(std::filesystem::exists(target));
  EXPECT_FALSE(part_is_there());
}

TEST_P(DownloadTest, takes_what_came_when_it_is_told_to_check_nothing) {
  service.blobs["big"].content[5500] ^= 1;
  content = service.blobs["big"].content;
  ASSERT_TRUE(download({.range_bytes = range_bytes,
                        .request_bytes = range_bytes,
                        .content_md5 = ContentMd5::ignored}));
  expect_whole();
}

TEST_P(DownloadTest, believes_no_digest_of_what_the_blob_was_before) {
  const Headers before = service.blobs["big"].metadata;
  content[5500] ^= 1;
  service.put("big", content);
  service.blobs["big"].metadata = before;
  ASSERT_TRUE(download());
  expect_whole();
  std::filesystem::remove(target);
  service.blobs["big"].content[5500] ^= 1;
  EXPECT_EQ(download().error().code, Code::corrupt);
}

TEST_P(DownloadTest, fetches_blocks_of_the_size_that_the_digest_names) {
  give_digest(1500);
  const auto done = download();
  ASSERT_TRUE(done) << done.error().message;
  expect_whole();
  EXPECT_EQ(service.log.size(), 1u + 7u);  // the first of 1000 bytes told the size
  service.blobs["big"].content[0] ^= 1;
  EXPECT_EQ(download().error().code, Code::corrupt);
}

TEST_P(DownloadTest, takes_a_blob_without_md5) {
  service.blobs["big"].md5 = "";
  ASSERT_TRUE(download());
  expect_whole();
}

TEST_P(DownloadTest, lives_with_every_third_request_failing) {
  service.trouble = [](const Request&, int number) -> std::optional<Result<Response>> {
    if (number % 3 != 0) return std::nullopt;
    return Result<Response>(Response{.status = number % 2 ? 500 : 503});
  };
  ASSERT_TRUE(download());
  expect_whole();
}

// A connection that breaks in the middle of the first body of every range.
class Breaking final : public Transport {
 public:
  explicit Breaking(Transport& next) : next_(next) {}
  Result<Response> send(const Request& request, std::stop_token stop) override {
    if (!request.sink || !is_first(request)) return next_.send(request, stop);
    struct Half final : BodySink {
      explicit Half(BodySink& sink) : inner(sink) {}
      Status begin(int status, const Headers& headers) override {
        return inner.begin(status, headers);
      }
      Status write(std::span<const char> bytes) override {
        DMS_CHECK(inner.write(bytes.first(bytes.size() / 2)));
        return fail(Code::timeout, "the connection broke");
      }
      BodySink& inner;
    } half(*request.sink);
    Request broken = request;
    broken.sink = &half;
    return next_.send(broken, stop);
  }
  std::size_t broken_ranges() {
    const std::lock_guard lock(mutex_);
    return seen_.size();
  }

 private:
  bool is_first(const Request& request) {
    const std::lock_guard lock(mutex_);
    return seen_.emplace(request.headers.get("x-ms-range")).second;
  }

  Transport& next_;
  std::mutex mutex_;
  std::set<std::string> seen_;  // ranges
};

TEST_P(DownloadTest, lives_with_connections_that_break_in_the_middle_of_a_range) {
  Breaking breaking(service);
  Retrying again(breaking, clock);
  AzureBlob client({.endpoint = Url::parse(FakeBlobs::endpoint).value()}, again, clock);
  ASSERT_TRUE(client.download_blob("cont1", "big", target,
                                   {.range_bytes = range_bytes, .request_bytes = range_bytes}));
  expect_whole();
  EXPECT_EQ(breaking.broken_ranges(), 11u);
}

TEST_P(DownloadTest, starts_a_small_blob_again_when_its_connection_breaks) {
  content = "small and whole";
  put();
  Breaking breaking(service);
  Retrying again(breaking, clock);
  AzureBlob client({.endpoint = Url::parse(FakeBlobs::endpoint).value()}, again, clock);
  ASSERT_TRUE(client.download_blob("cont1", "big", target,
                                   {.range_bytes = range_bytes, .request_bytes = range_bytes}));
  expect_whole();
  EXPECT_EQ(breaking.broken_ranges(), 1u);
}

TEST_P(DownloadTest, refuses_a_range_that_is_shorter_than_asked_for) {
  service.trouble = [&](const Request& request, int number) -> std::optional<Result<Response>> {
    if (number != 3) return std::nullopt;
    const Headers headers{{"ETag", "\"e1\""}, {"Content-Range", "bytes 0-1/10500"}};
    if (auto begun = request.sink->begin(206, headers); !begun) return begun.error();
    return Result<Response>(Response{.status = 206, .headers = headers});
  };
  EXPECT_EQ(download().error().code, Code::corrupt);
  EXPECT_FALSE(std::filesystem::exists(target));
}

TEST_P(DownloadTest, lets_only_one_download_write_to_a_target) {
  std::filesystem::create_directories(dir / "down");
  const auto other = PartFile::open(target, {"e1", content.size(), range_bytes});
  ASSERT_TRUE(other);
  EXPECT_EQ(download().error().code, Code::conflict);
}

TEST_P(DownloadTest, keeps_the_bytes_in_flight_within_a_budget) {
  std::atomic<int> in_flight = 0, most = 0;
  class Watching final : public Transport {
   public:
    Watching(Transport& next, std::atomic<int>& now, std::atomic<int>& top)
        : next_(next), now_(now), top_(top) {}
    Result<Response> send(const Request& request, std::stop_token stop) override {
      const int here = ++now_;
      for (int old = top_; old < here && !top_.compare_exchange_weak(old, here);) continue;
      std::this_thread::yield();
      auto answer = next_.send(request, stop);
      --now_;
      return answer;
    }
    Transport& next_;
    std::atomic<int>&now_, &top_;
  } watching(service, in_flight, most);
  AzureBlob client({.endpoint = Url::parse(FakeBlobs::endpoint).value()}, watching, clock);
  ByteBudget budget(2 * range_bytes);
  ASSERT_TRUE(client.download_blob("cont1", "big", target,
                                   {.range_bytes = range_bytes,
                                    .request_bytes = range_bytes,
                                    .parallel = 8,
                                    .budget = &budget}));
  expect_whole();
  EXPECT_LE(most, 2);
}

TEST_P(DownloadTest, makes_the_ranges_of_a_huge_blob_larger_so_that_they_stay_few) {
  EXPECT_EQ(PartLayout::of("e", 100 * mebibyte, 8 * mebibyte).range_bytes, 8 * mebibyte);
  EXPECT_EQ(PartLayout::of("e", std::uint64_t{1} << 40, 8 * mebibyte).range_bytes, 21 * mebibyte);
}

TEST_P(DownloadTest, finds_a_name_for_the_partial_file_of_the_longest_name) {
  const std::string longest = dir / std::string(255, 'n');
  ASSERT_TRUE(blob.download_blob("cont1", "big", longest,
                                 {.range_bytes = range_bytes, .request_bytes = range_bytes}));
  EXPECT_EQ(read_file(longest).value(), content);
}

TEST_P(DownloadTest, writes_through_no_link_that_stands_in_the_place_of_the_partial_file) {
  std::filesystem::create_directories(dir / "down");
  std::filesystem::create_symlink(dir / "elsewhere", PartFile::path_for(target));
  EXPECT_FALSE(download());
  EXPECT_FALSE(std::filesystem::exists(dir / "elsewhere"));
}

// As the sink tells a full disk; a real one is in the end-to-end story.
TEST_P(DownloadTest, keeps_what_came_when_the_disk_is_full) {
  service.trouble = [](const Request&, int number) -> std::optional<Result<Response>> {
    if (number < 6) return std::nullopt;
    return Result<Response>(fail_errno("writing", ENOSPC));
  };
  const auto done =
      download({.range_bytes = range_bytes, .request_bytes = range_bytes, .parallel = 1});
  EXPECT_EQ(done.error().code, Code::exhausted);
  EXPECT_THAT(done.error().message, HasSubstr("make room"));
  service.trouble = nullptr;
  service.received_bytes = 0;
  ASSERT_TRUE(download());
  expect_whole();
  EXPECT_EQ(service.received_bytes, content.size() - 5 * range_bytes);
}

// --- several ranges by one request ---

class RangesDownloadTest : public DownloadTest {
 protected:
  static constexpr DownloadOptions four_at_once{
      .range_bytes = range_bytes, .request_bytes = 4 * range_bytes, .parallel = 1};
};

TEST_P(RangesDownloadTest, brings_more_ranges_by_a_request_where_they_come_quickly) {
  ASSERT_TRUE(download(four_at_once));
  expect_whole();
  EXPECT_THAT(service.log, ElementsAre("GET big bytes=0-999", "GET big bytes=1000-1999",
                                       "GET big bytes=2000-3999", "GET big bytes=4000-7999",
                                       "GET big bytes=8000-10499"));
  EXPECT_EQ(service.received_bytes, content.size());
}

TEST_P(RangesDownloadTest, brings_them_one_by_one_where_they_take_their_time) {
  service.done = [&](const Request&) { clock.sleep_for(std::chrono::seconds(2), {}); };
  ASSERT_TRUE(download(four_at_once));
  expect_whole();
  EXPECT_EQ(service.log.size(), 11u);
}

TEST_P(RangesDownloadTest, leaves_out_those_that_are_here) {
  break_after(5);
  ASSERT_FALSE(unretried.download_blob(
      "cont1", "big", target,
      {.range_bytes = range_bytes, .request_bytes = range_bytes, .parallel = 1}));
  service.trouble = nullptr;
  service.log.clear();
  service.received_bytes = 0;
  ASSERT_TRUE(download(four_at_once));
  expect_whole();
  EXPECT_EQ(service.received_bytes, content.size() - 5 * range_bytes);
}

TEST_P(RangesDownloadTest, asks_for_the_rest_when_the_connection_breaks_between_them) {
  Breaking breaking(service);
  Retrying again(breaking, clock, {.first_delay = {}});
  AzureBlob client({.endpoint = Url::parse(FakeBlobs::endpoint).value()}, again, clock);
  service.piece_bytes = 100'000;
  TransferMeter meter;
  auto options = four_at_once;
  options.meter = &meter;
  ASSERT_TRUE(client.download_blob("cont1", "big", target, options));
  expect_whole();
  // Half of each answer comes at first: of several ranges those that were whole are kept, and the
  // second answer from their start is not taken.
  EXPECT_EQ(service.count("GET big bytes=2000-3999"), 2);
  EXPECT_EQ(service.count("GET big bytes=3000-3999"), 2);
  EXPECT_EQ(meter.moved_bytes, content.size());
}

TEST_P(RangesDownloadTest, says_corrupt_of_an_answer_that_ends_early_and_keeps_what_came) {
  service.trouble = [&](const Request& request, int number) -> std::optional<Result<Response>> {
    if (number != 4) return std::nullopt;
    const Headers headers{{"ETag", "\"e1\""}, {"Content-Range", "bytes 4000-7999/10500"}};
    if (auto begun = request.sink->begin(206, headers); !begun) return begun.error();
    if (auto written = request.sink->write(content.substr(4000, 1500)); !written)
      return written.error();
    return Result<Response>(Response{.status = 206, .headers = headers});
  };
  const auto done = download(four_at_once);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::corrupt);
  EXPECT_THAT(done.error().message, HasSubstr("1500 bytes came where 4000 were asked for"));
  service.trouble = nullptr;
  service.received_bytes = 0;
  ASSERT_TRUE(download(four_at_once));
  expect_whole();
  EXPECT_EQ(service.received_bytes, content.size() - 5 * range_bytes);
}

TEST_P(RangesDownloadTest, takes_no_more_than_it_asked_for) {
  service.trouble = [&](const Request& request, int number) -> std::optional<Result<Response>> {
    if (number != 4) return std::nullopt;
    const Headers headers{{"ETag", "\"e1\""}, {"Content-Range", "bytes 4000-7999/10500"}};
    if (auto begun = request.sink->begin(206, headers); !begun) return begun.error();
    if (auto written = request.sink->write(content.substr(4000, 4001)); !written)
      return written.error();
    return Result<Response>(Response{.status = 206, .headers = headers});
  };
  const auto done = download(four_at_once);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::corrupt);
  EXPECT_FALSE(std::filesystem::exists(target));
}

// What a kill leaves is what the disk has at this moment.
TEST_P(RangesDownloadTest, has_those_that_took_their_time_after_a_kill_in_the_middle_of_a_request) {
  const auto part = PartFile::path_for(std::filesystem::path(target));
  service.trouble = [&](const Request& request, int number) -> std::optional<Result<Response>> {
    if (number != 4) return std::nullopt;
    clock.sleep_for(std::chrono::seconds(2), {});
    const Headers headers{{"ETag", "\"e1\""}, {"Content-Range", "bytes 4000-7999/10500"}};
    if (auto begun = request.sink->begin(206, headers); !begun) return begun.error();
    if (auto written = request.sink->write(content.substr(4000, 2500)); !written)
      return written.error();
    std::filesystem::copy_file(part, dir / "killed");
    return Result<Response>(fail(Code::cancelled, "killed"));
  };
  ASSERT_FALSE(download(four_at_once));
  std::filesystem::rename(dir / "killed", part);
  service.trouble = nullptr;
  service.received_bytes = 0;
  ASSERT_TRUE(download());
  expect_whole();
  EXPECT_EQ(service.received_bytes, content.size() - 6 * range_bytes);
}

std::string name_of(const testing::TestParamInfo<HeldTo>& of) {
  return of.param == HeldTo::whole ? "to_the_whole" : "to_blocks";
}
const auto held = testing::Values(HeldTo::whole, HeldTo::blocks);
INSTANTIATE_TEST_SUITE_P(Held, DownloadTest, held, name_of);
INSTANTIATE_TEST_SUITE_P(Held, RangesDownloadTest, held, name_of);

}  // namespace
}  // namespace dms::blob
