// Which of many points are kept: a bit each, and the n-th kept one found at once.
//
// Const functions are safe from any thread.
#pragma once

#include <cstdint>
#include <vector>

namespace dms::models {

class KeptPoints {
 public:
  // The next point, in order. At most 2^32 of them.
  void add(bool kept);

  std::uint64_t size() const { return kept_; }
  // The index among all points of the n-th kept one, from 0. Requires: n < size().
  std::uint64_t at(std::uint64_t n) const;

 private:
  static constexpr std::uint64_t words_per_block = 8;

  std::vector<std::uint64_t> words_;
  std::vector<std::uint32_t> kept_before_;  // each block of words
  std::uint64_t points_ = 0;
  std::uint64_t kept_ = 0;
};

}  // namespace dms::models
