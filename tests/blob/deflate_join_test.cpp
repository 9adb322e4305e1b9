// Streams that were joined, unpacked by libdeflate as one.
#include "blob/zip/deflate_join.h"

#include <gtest/gtest.h>
#include <libdeflate.h>

#include <memory>
#include <random>

#include "blob/zip/deflate.h"

namespace dms::blob {
namespace {

std::string unpacked(const std::string& stream, std::size_t bytes) {
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> unpacker(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  std::string text(bytes, '\0');
  std::size_t used = 0, got = 0;
  const auto result = libdeflate_deflate_decompress_ex(unpacker.get(), stream.data(), stream.size(),
                                                       text.data(), text.size(), &used, &got);
  if (result != LIBDEFLATE_SUCCESS || used != stream.size() || got != bytes) return "damaged";
  return text;
}

// Content of each kind that makes other blocks: nothing, noise, runs, words, numbers.
std::string content_of(unsigned kind, std::size_t bytes, std::mt19937& random) {
  std::string text(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) {
    const unsigned value = static_cast<unsigned>(random());
    switch (kind % 5) {
      case 0: break;
      case 1: text[i] = static_cast<char>(value); break;
      case 2: text[i] = static_cast<char>(i / 5000); break;
      case 3: text[i] = "etaoin shrdlu\n"[value % 14]; break;
      case 4: text[i] = i % 8 < 5 || i < 8 ? static_cast<char>(value % 7) : text[i - 8]; break;
    }
  }
  return text;
}

TEST(DeflateJoin, parts_and_a_whole_make_one_stream) {
  Deflater deflater = Deflater::create().value();
  std::mt19937 random(42);
  for (unsigned round = 0; round < 60; ++round) {
    std::string content, stream;
    for (unsigned part = 0; part < 4; ++part) {
      const auto more = content_of(round + part, random() % 3 ? random() % 90'000 : part, random);
      stream += part < 3 ? deflater.part(more).value() : deflater.whole(more).value();
      content += more;
    }
    ASSERT_TRUE(unpacked(stream, content.size()) == content) << "round " << round;
  }
}

TEST(DeflateJoin, finds_the_end_behind_which_something_stands) {
  Deflater deflater = Deflater::create().value();
  std::mt19937 random(7);
  for (unsigned kind = 0; kind < 5; ++kind) {
    const auto content = content_of(kind, 50'000, random);
    const auto stream = deflater.whole(content).value();
    const auto end = find_deflate_end(stream + "behind it").value();
    EXPECT_EQ((end.end_bit + 7) / 8, stream.size());
    EXPECT_EQ(end.content_bytes, content.size());
  }
}

TEST(DeflateJoin, refuses_what_is_no_stream) {
  Deflater deflater = Deflater::create().value();
  std::mt19937 random(7);
  const auto stream = deflater.whole(content_of(3, 20'000, random)).value();
  for (std::size_t size = 0; size < stream.size(); size += 101)
    EXPECT_EQ(find_deflate_end(std::string_view(stream).substr(0, size)).error().code,
              Code::corrupt);
  for (unsigned round = 0; round < 300; ++round) {
    std::string damaged = stream;
    damaged[random() % damaged.size()] ^= static_cast<char>(1 + random() % 255);
    (void)find_deflate_end(damaged);  // whatever it says, it ends
  }
  std::string whole = stream;
  EXPECT_EQ(open_deflate_end(whole, 19'999).error().code, Code::corrupt);
}

}  // namespace
}  // namespace dms::blob
