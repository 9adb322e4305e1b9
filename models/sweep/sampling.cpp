#include "models/sweep/sampling.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "models/sweep/sobol.h"

namespace dms::models {
namespace {

std::uint64_t mix(std::uint64_t z) {
  z += 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

// The upper 53 bits as a number in [0, 1).
double unit(std::uint64_t bits) { return std::ldexp(static_cast<double>(bits >> 11), -53); }

}  // namespace

std::uint64_t noise(std::uint64_t seed, std::uint64_t dimension, std::uint64_t index) {
  return mix(mix(mix(seed) + dimension) + index);
}

std::uint64_t permuted(std::uint64_t index, std::uint64_t size, std::uint64_t key) {
  if (size < 2) return 0;
  const int half = (std::bit_width(size - 1) + 1) / 2;
  const std::uint64_t mask = (1ULL << half) - 1;
  do {
    std::uint64_t left = index >> half, right = index & mask;
    for (std::uint64_t round = 0; round < 4; ++round) {
      const std::uint64_t next = left ^ (noise(key, round, right) & mask);
      left = right;
      right = next;
    }
    index = (left << half) | right;
  } while (index >= size);
  return index;
}

double share_of(const Sample& sample, std::uint64_t index, std::uint64_t dimension) {
  switch (sample.method) {
    case Sample::Method::random: return unit(noise(sample.seed, dimension, index));
    case Sample::Method::latin_hypercube: {
      // The key is of another kind than the noise within a part.
      const std::uint64_t key = noise(sample.seed, dimension, ~0ULL);
      const auto part = static_cast<double>(permuted(index, sample.count, key));
      const double share =
          (part + unit(noise(sample.seed, dimension, index))) / static_cast<double>(sample.count);
      return std::min(share, std::nextafter(1.0, 0.0));
    }
    case Sample::Method::sobol: {
      std::uint32_t bits = sobol(index, static_cast<std::size_t>(dimension));
      if (sample.seed != 0)
        bits ^= static_cast<std::uint32_t>(noise(sample.seed, dimension, 0) >> 32);
      return std::ldexp(static_cast<double>(bits), -32);
    }
  }
  return 0;
}

}  // namespace dms::models
