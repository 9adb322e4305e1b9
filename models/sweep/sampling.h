// Samples: which shares of each parameter's values a point takes, as a function of its index.
//
// Every number is computed from (seed, dimension, index) alone, by integers and exact arithmetic,
// so that a sample is the same on every machine:
//   noise(seed, dimension, index) = m(m(m(seed) + dimension) + index), where m is the finalizer of
//   SplitMix64 (Steele, Lea, Flood 2014) after adding 0x9E3779B97F4A7C15; its upper 53 bits are a
//   number in [0, 1).
//
// Values and pure functions.
#pragma once

#include <cstdint>

namespace dms::models {

struct Sample {
  enum class Method {
    random,           // independent points; of listed values only: different ones
    latin_hypercube,  // `count` equal parts of each parameter's range, each used once
    sobol,            // the Sobol sequence; a seed other than 0 shifts it by random bits
  };
  Method method = Method::random;
  std::uint64_t count = 1;
  std::uint64_t seed = 0;
};

inline constexpr std::uint64_t max_sample = 10'000'000;

std::uint64_t noise(std::uint64_t seed, std::uint64_t dimension, std::uint64_t index);

// Where in [0, 1) the point is in this dimension. Of random and Sobol samples the first points stay
// the same when `count` grows. Requires: index < sample.count; dimension < sobol_dimensions for
// Sobol.
double share_of(const Sample& sample, std::uint64_t index, std::uint64_t dimension);

// A permutation of 0 to size - 1 that the key chooses: the place of `index`. A Feistel network of
// four rounds over the next power of four, repeated until the result is below `size`.
// Requires: index < size <= 2^62.
std::uint64_t permuted(std::uint64_t index, std::uint64_t size, std::uint64_t key);

}  // namespace dms::models
