// MD5, for Content-MD5 only, which the Blob service defines so.
//
// A digest is one chain of dependent steps, which leaves a processor half idle: so two digests of
// the same bytes cost hardly more than one, and four of bytes of their own not twice as much.
// Objects belong to one thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace dms {

class Md5 {
 public:
  static constexpr std::size_t digest_bytes = 16;

  // A string literal would bring its final NUL along: pass a std::string_view of it.
  void update(std::span<const char> bytes);
  // The raw digest of everything since the beginning; starts again.
  std::string finish();

  // What the message's blocks change.
  struct State {
    std::uint32_t a = 0x67452301, b = 0xefcdab89, c = 0x98badcfe, d = 0x10325476;
  };

 private:
  friend void update_both(Md5& first, Md5& second, std::span<const char> bytes);
  friend void update_four(const std::array<Md5*, 4>& digests,
                          const std::array<const char*, 4>& bytes, std::size_t count);
  bool is_between_blocks() const { return size_bytes_ % block_bytes == 0; }

  static constexpr std::size_t block_bytes = 64;
  State state_;
  std::uint64_t size_bytes_ = 0;
  std::array<char, block_bytes> rest_{};  // what came after the last whole block
};

// The same as an update of each, in one pass when both have had whole blocks of 64 bytes so far.
void update_both(Md5& first, Md5& second, std::span<const char> bytes);

// The same as an update of each with its own `count` bytes, side by side when all have had whole
// blocks so far. Requires: four different digests.
void update_four(const std::array<Md5*, 4>& digests, const std::array<const char*, 4>& bytes,
                 std::size_t count);

// The raw digest.
std::string md5_raw(std::string_view text);

}  // namespace dms
