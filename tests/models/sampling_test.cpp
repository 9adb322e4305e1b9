#include "models/sweep/sampling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "models/sweep/kept_points.h"
#include "models/sweep/numbers.h"
#include "models/sweep/sobol.h"

namespace dms::models {
namespace {

double fraction(std::uint64_t index, std::size_t dimension) {
  return std::ldexp(static_cast<double>(sobol(index, dimension)), -32);
}

// Numbers of scipy.stats.qmc.Sobol(d=128, scramble=False), another implementation.
TEST(Sobol, is_the_sequence_that_others_give) {
  const std::vector<std::vector<double>> first{{0, 0, 0, 0, 0},
                                               {0.5, 0.5, 0.5, 0.5, 0.5},
                                               {0.75, 0.25, 0.25, 0.25, 0.75},
                                               {0.25, 0.75, 0.75, 0.75, 0.25},
                                               {0.375, 0.375, 0.625, 0.875, 0.375},
                                               {0.875, 0.875, 0.125, 0.375, 0.875}};
  for (std::size_t index = 0; index < first.size(); ++index)
    for (std::size_t dimension = 0; dimension < 5; ++dimension)
      EXPECT_EQ(fraction(index, dimension), first[index][dimension]);
  const std::vector<std::size_t> dimensions{0, 1, 2, 31, 64, 100, 126, 127};
  const std::vector<double> at_1000{0.2197265625, 0.0966796875, 0.5185546875, 0.1455078125,
                                    0.1298828125, 0.7685546875, 0.1689453125, 0.5439453125};
  const std::vector<double> at_2047{0.00048828125, 0.62744140625, 0.93115234375, 0.41455078125,
                                    0.26025390625, 0.56298828125, 0.62744140625, 0.02197265625};
  for (std::size_t at = 0; at < dimensions.size(); ++at) {
    EXPECT_EQ(fraction(1000, dimensions[at]), at_1000[at]) << dimensions[at];
    EXPECT_EQ(fraction(2047, dimensions[at]), at_2047[at]) << dimensions[at];
  }
}

TEST(Sobol, fills_every_dimension_evenly) {
  for (std::size_t dimension = 0; dimension < sobol_dimensions; ++dimension) {
    std::set<std::uint32_t> parts;
    for (std::uint64_t index = 0; index < 256; ++index) parts.insert(sobol(index, dimension) >> 24);
    EXPECT_EQ(parts.size(), 256U) << dimension;
  }
}

// Known answers: a study must have the same points on every machine and in every version.
TEST(Noise, is_the_same_everywhere) {
  EXPECT_EQ(noise(0, 0, 0), 0x238275BC38FCBE91U);
  EXPECT_EQ(noise(7, 3, 1000), 0x73BDFB87722E5765U);
}

TEST(Permuted, is_a_permutation_that_the_key_chooses) {
  for (const std::uint64_t size : {1U, 2U, 3U, 7U, 64U, 1000U}) {
    std::set<std::uint64_t> places;
    for (std::uint64_t index = 0; index < size; ++index) places.insert(permuted(index, size, 5));
    EXPECT_EQ(places.size(), size);
    EXPECT_LT(*places.rbegin(), size);
  }
  int same = 0;
  for (std::uint64_t index = 0; index < 1000; ++index)
    same += permuted(index, 1000, 1) == permuted(index, 1000, 2) ? 1 : 0;
  EXPECT_LT(same, 10);
}

TEST(LatinHypercube, uses_each_part_of_each_dimension_once) {
  const Sample sample{.method = Sample::Method::latin_hypercube, .count = 50, .seed = 9};
  for (std::uint64_t dimension = 0; dimension < 6; ++dimension) {
    std::set<int> parts;
    for (std::uint64_t index = 0; index < sample.count; ++index)
      parts.insert(static_cast<int>(share_of(sample, index, dimension) * 50));
    EXPECT_EQ(parts.size(), 50U);
  }
}

TEST(Random, is_even_and_independent) {
  const Sample sample{.count = 20'000, .seed = 1};
  double sum = 0, product = 0;
  for (std::uint64_t index = 0; index < sample.count; ++index) {
    const double a = share_of(sample, index, 0), b = share_of(sample, index, 1);
    ASSERT_TRUE(a >= 0 && a < 1);
    sum += a;
    product += (a - 0.5) * (b - 0.5);
  }
  EXPECT_NEAR(sum / 20'000, 0.5, 0.01);
  EXPECT_NEAR(product / 20'000, 0, 0.003);
}

TEST(KeptPoints, finds_the_nth_of_them) {
  KeptPoints kept;
  std::vector<std::uint64_t> expected;
  for (std::uint64_t index = 0; index < 5000; ++index) {
    const bool keep = index % 7 == 3 || (index > 1000 && index < 1200) || index == 4999;
    kept.add(keep);
    if (keep) expected.push_back(index);
  }
  ASSERT_EQ(kept.size(), expected.size());
  for (std::uint64_t n = 0; n < kept.size(); ++n) EXPECT_EQ(kept.at(n), expected[n]);
}

TEST(Numbers, lie_between_exactly_as_mathematics_has_it) {
  EXPECT_EQ(number_text(logarithmic_between(1e-6, 1e6, 0.5)), "1");
  EXPECT_EQ(number_text(logarithmic_between(2, 32, 0.25)), "4");
  EXPECT_EQ(number_text(logarithmic_between(1e-300, 1e300, 0.75)), "1e+150");
  for (double share = 0; share <= 1; share += 0.01)
    EXPECT_NEAR(logarithmic_between(0.3, 700, share) / (0.3 * std::pow(700 / 0.3, share)), 1,
                1e-14);
}

}  // namespace
}  // namespace dms::models
