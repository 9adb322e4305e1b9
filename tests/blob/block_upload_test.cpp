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
    return [this](const std::string& id, std::string_view content, std::stop_token) {
      const std::lock_guard lock(mutex);
      blocks.emplace(id, content);
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
  const auto sent = BlockUpload(source, 1000, sink.put()).run(4, {});
  ASSERT_TRUE(sent) << sent.error().message;
  std::string joined;
  for (const auto& block : sent->blocks) joined += sink.blocks[block.id];
  EXPECT_EQ(joined, content);
  EXPECT_EQ(sent->blocks.size(), sink.blocks.size());
  EXPECT_EQ(sent->md5, md5_raw(content));
}

TEST(BlockUploadTest, gives_all_blocks_ids_of_one_length_that_no_other_upload_uses) {
  std::set<std::string> ids;
  std::set<std::size_t> lengths;
  for (int upload = 0; upload < 2; ++upload) {
    StringSource source("0123456789");
    Sink sink;
    ASSERT_TRUE(BlockUpload(source, 3, sink.put()).run(1, {}));
    for (const auto& [id, content] : sink.blocks) {
      ids.insert(id);
      lengths.insert(base64_decode(id).value().size());
    }
  }
  EXPECT_EQ(ids.size(), 8u);
  EXPECT_EQ(lengths.size(), 1u);
  EXPECT_LE(*lengths.begin(), 64u);
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
  const auto sent = BlockUpload(source, 5, sink.put()).run(2, {});
  EXPECT_EQ(sent.error().code, Code::corrupt);
}

TEST(BlockUploadTest, ends_when_it_is_stopped_from_outside) {
  std::stop_source stop;
  const std::string content(1000, 'x');
  StringSource source(content);
  std::atomic<int> puts = 0;
  const auto put = [&](const std::string&, std::string_view, std::stop_token token) {
    if (++puts == 3) stop.request_stop();
    return token.stop_requested() ? Status(fail(Code::cancelled, "stopped")) : ok();
  };
  const auto sent = BlockUpload(source, 1, put).run(1, stop.get_token());
  EXPECT_EQ(sent.error().code, Code::cancelled);
  EXPECT_EQ(puts, 3);
}

}  // namespace
}  // namespace dms::blob
