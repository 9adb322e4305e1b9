#include "blob/block_upload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <thread>

#include "core/file.h"

namespace dms::blob {
namespace {

constexpr std::uint64_t gibibyte = 1024 * mebibyte;

TEST(BlockBytes, stay_as_wanted_while_the_blob_fits) {
  EXPECT_EQ(fitting_block_bytes(100 * mebibyte, 8 * mebibyte), 8 * mebibyte);
  EXPECT_EQ(fitting_block_bytes(max_blocks * 8 * mebibyte, 8 * mebibyte), 8 * mebibyte);
}

TEST(BlockBytes, grow_so_that_no_blob_has_too_many_blocks) {
  EXPECT_EQ(fitting_block_bytes(max_blocks * 8 * mebibyte + 1, 8 * mebibyte), 9 * mebibyte);
  EXPECT_EQ(fitting_block_bytes(190'000 * gibibyte, 8 * mebibyte), 3892 * mebibyte);
  EXPECT_EQ(fitting_block_bytes(0, 0), 1u);
}

// Keeps what was sent, from any thread.
struct Sink {
  std::mutex mutex;
  std::map<std::string, std::string> blocks;
  std::set<std::thread::id> threads;
  BlockUpload::Put put() {
    return [this](const UploadBlock& block, const std::stop_token&) {
      const std::lock_guard lock(mutex);
      blocks.emplace(block.id, block.content);
      threads.insert(std::this_thread::get_id());
      return ok();
    };
  }
};

TEST(BlockUploadTest, loses_and_doubles_nothing_over_several_threads) {
  std::string content;
  for (int i = 0; i < 30'000; ++i) content += std::to_string(i);
  StringSource source(content);
  Sink sink;
  const auto sent = BlockUpload(source, sink.put(), {.block_bytes = 1000}).run({});
  ASSERT_TRUE(sent) << sent.error().message;
  std::string joined;
  for (const auto& block : sent->blocks) joined += sink.blocks[block.id];
  EXPECT_EQ(joined, content);
  EXPECT_EQ(sent->blocks.size(), sink.blocks.size());
  EXPECT_EQ(sent->md5, md5_raw(content));
}

TEST(BlockUploadTest, names_a_block_by_its_place_and_content) {
  StringSource source("abcabcxyz");
  Sink sink;
  ASSERT_TRUE(BlockUpload(source, sink.put(), {.block_bytes = 3}).run({}));
  std::set<std::string> ids;
  for (const auto& [id, content] : sink.blocks) ids.insert(base64_decode(id).value());
  EXPECT_EQ(ids,
            (std::set<std::string>{"00000-" + hex(md5_raw("abc")), "00001-" + hex(md5_raw("abc")),
                                   "00002-" + hex(md5_raw("xyz"))}));
}

TEST(BlockUploadTest, sends_only_what_is_not_held_in_this_size) {
  const auto id = [](const char* index, const char* content) {
    return base64_encode(index + ("-" + hex(md5_raw(content))));
  };
  StringSource source("abcdefxyz");
  Sink sink;
  TransferMeter meter;
  const auto sent = BlockUpload(source, sink.put(),
                                {.block_bytes = 3,
                                 .held = {{id("00000", "abc"), 3}, {id("00001", "def"), 2}},
                                 .meter = &meter})
                        .run({});
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->blocks.size(), 3u);
  EXPECT_EQ(sent->md5, md5_raw("abcdefxyz"));
  EXPECT_EQ(sent->block_md5s, md5_raw("abc") + md5_raw("def") + md5_raw("xyz"));
  EXPECT_EQ(sink.blocks.size(), 2u);
  EXPECT_EQ(meter.reused_bytes, 3u);
  EXPECT_EQ(meter.moved_bytes, 6u);
}

// A source that has less to give than it said.
class ShrinkingSource final : public BodySource {
 public:
  std::uint64_t size() const override { return 10; }
  Status rewind() override { return ok(); }
  Result<std::size_t> read(std::span<char> buffer) override {
    if (given_) return std::size_t{0};
    given_ = true;
    buffer[0] = 'x';
    return std::size_t{1};
  }

 private:
  bool given_ = false;
};

TEST(BlockUploadTest, notices_content_that_became_shorter) {
  ShrinkingSource source;
  Sink sink;
  const auto sent = BlockUpload(source, sink.put(), {.block_bytes = 5, .parallel = 2}).run({});
  EXPECT_EQ(sent.error().code, Code::corrupt);
}

TEST(BlockUploadTest, ends_when_it_is_stopped_from_outside) {
  std::stop_source stop;
  const std::string content(1000, 'x');
  StringSource source(content);
  std::atomic<int> puts = 0;
  const auto put = [&](const UploadBlock&, const std::stop_token& token) {
    if (++puts == 3) stop.request_stop();
    return token.stop_requested() ? Status(fail(Code::cancelled, "stopped")) : ok();
  };
  const auto sent =
      BlockUpload(source, put, {.block_bytes = 1, .parallel = 1}).run(stop.get_token());
  EXPECT_EQ(sent.error().code, Code::cancelled);
  EXPECT_EQ(puts, 3);
}

}  // namespace
}  // namespace dms::blob
