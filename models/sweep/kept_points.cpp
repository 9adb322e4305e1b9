#include "models/sweep/kept_points.h"

#include <algorithm>
#include <bit>

namespace dms::models {

void KeptPoints::add(bool kept) {
  const std::uint64_t bit = points_ % 64;
  if (bit == 0) {
    if (words_.size() % words_per_block == 0)
      kept_before_.push_back(static_cast<std::uint32_t>(kept_));
    words_.push_back(0);
  }
  if (kept) words_.back() |= 1ULL << bit;
  kept_ += kept ? 1 : 0;
  ++points_;
}

std::uint64_t KeptPoints::at(std::uint64_t n) const {
  const auto block = std::upper_bound(kept_before_.begin(), kept_before_.end(), n) - 1;
  std::uint64_t left = n - *block;
  std::size_t word = static_cast<std::size_t>(block - kept_before_.begin()) * words_per_block;
  while (left >= static_cast<std::uint64_t>(std::popcount(words_[word])))
    left -= static_cast<std::uint64_t>(std::popcount(words_[word++]));
  std::uint64_t bits = words_[word];
  for (; left > 0; --left) bits &= bits - 1;
  return word * 64 + static_cast<std::uint64_t>(std::countr_zero(bits));
}

}  // namespace dms::models
