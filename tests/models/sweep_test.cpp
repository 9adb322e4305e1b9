#include "models/sweep/sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dms::models {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Axis list(std::string name, std::vector<std::string> values) {
  return {std::move(name), ValueList{std::move(values)}};
}

std::vector<std::string> all_values(const Axis& axis) {
  std::vector<std::string> values;
  for (std::uint64_t at = 0; at < axis.size(); ++at) values.push_back(axis.value(at));
  return values;
}

TEST(Range, holds_both_ends) {
  EXPECT_THAT(all_values({"A", *make_range(1, 5, 1)}), ElementsAre("1", "2", "3", "4", "5"));
  EXPECT_THAT(all_values({"A", *make_range(0, 1, 0.25)}),
              ElementsAre("0", "0.25", "0.5", "0.75", "1"));
  EXPECT_THAT(all_values({"A", *make_range(3, 1, -1)}), ElementsAre("3", "2", "1"));
  EXPECT_THAT(all_values({"A", *make_range(7, 7, 1)}), ElementsAre("7"));
}

TEST(Range, adds_up_no_errors) {
  const Axis axis{"A", *make_range(0, 1, 0.1)};
  EXPECT_THAT(all_values(axis),
              ElementsAre("0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1"));
  EXPECT_EQ((Axis{"A", *make_range(0, 1000, 0.001)}).value(999'999), "999.999");
}

TEST(Range, writes_large_integers_whole) {
  EXPECT_EQ((Axis{"A", *make_range(0, 4e15, 1e15)}).value(3), "3000000000000000");
}

TEST(Range, refuses_a_step_that_misses_the_end) {
  const auto range = make_range(0, 1, 0.3);
  ASSERT_FALSE(range);
  EXPECT_THAT(range.error().message, HasSubstr("0.9 and 1.2"));
}

TEST(Linspace, holds_both_ends_at_equal_distances) {
  EXPECT_THAT(all_values({"T", *make_linspace(0.5, 3.0, 6)}),
              ElementsAre("0.5", "1", "1.5", "2", "2.5", "3"));
  EXPECT_THAT(all_values({"T", *make_linspace(0, 1, 4)}),
              ElementsAre("0", "0.333333333333", "0.666666666667", "1"));
  EXPECT_THAT(all_values({"T", *make_linspace(1, -1, 3)}), ElementsAre("1", "0", "-1"));
}

TEST(Linspace, refuses_one_value_for_two_ends) {
  EXPECT_FALSE(make_linspace(0, 1, 1));
  EXPECT_TRUE(make_linspace(1, 1, 1));
}

TEST(ParameterSpace, takes_the_first_axis_slowest) {
  const auto space =
      ParameterSpace::make({list("A", {"1", "2"}), list("B", {"x", "y", "z"})}, Combine::product);
  ASSERT_TRUE(space);
  ASSERT_EQ(space->size(), 6);
  EXPECT_THAT(space->point(0), ElementsAre("1", "x"));
  EXPECT_THAT(space->point(1), ElementsAre("1", "y"));
  EXPECT_THAT(space->point(3), ElementsAre("2", "x"));
  EXPECT_THAT(space->point(5), ElementsAre("2", "z"));
  EXPECT_EQ(space->describe(), "A 2 × B 3");
}

TEST(ParameterSpace, zips_the_nth_values) {
  const auto space =
      ParameterSpace::make({list("A", {"1", "2"}), list("B", {"x", "y"})}, Combine::zip);
  ASSERT_TRUE(space);
  ASSERT_EQ(space->size(), 2);
  EXPECT_THAT(space->point(1), ElementsAre("2", "y"));
}

TEST(ParameterSpace, is_one_point_without_axes) {
  const auto space = ParameterSpace::make({}, Combine::product);
  ASSERT_TRUE(space);
  EXPECT_EQ(space->size(), 1);
  EXPECT_TRUE(space->point(0).empty());
}

TEST(ParameterSpace, refuses_more_points_than_it_can_count) {
  const Axis axis{"A", *make_range(1, 1e6, 1)};
  EXPECT_FALSE(ParameterSpace::make({axis, axis, axis, axis}, Combine::product));
}

TEST(ParameterSpace, gives_any_of_a_million_points_at_once) {
  const auto space = ParameterSpace::make(
      {{"A", *make_range(1, 1000, 1)}, {"B", *make_linspace(0, 1, 1000)}}, Combine::product);
  ASSERT_TRUE(space);
  ASSERT_EQ(space->size(), 1'000'000);
  EXPECT_THAT(space->point(999'999), ElementsAre("1000", "1"));
  EXPECT_THAT(space->point(500'000), ElementsAre("501", "0"));
}

std::string put(std::string_view text) {
  return substitute(text, std::vector<std::string>{"T", "RHO_1"},
                    std::vector<std::string>{"0.5", "a b"});
}

TEST(Substitute, replaces_known_names) {
  EXPECT_EQ(put("lmp -v {T} out_{RHO_1}.txt{T}"), "lmp -v 0.5 out_a b.txt0.5");
  EXPECT_EQ(put("{T}"), "0.5");
  EXPECT_EQ(put("{x{T}}"), "{x0.5}");
}

TEST(Substitute, leaves_everything_else_byte_for_byte) {
  for (const char* text :
       {"", "{", "}", "{}", "{U}", "{ T }", "${T}", "${T:-1}", "{{T}}", "awk '{print $1}'", "{T",
        "a\\{b\n{t}", "{\"json\": {\"a\": 1}}", "{T,RHO_1}", "{1..3}"})
    EXPECT_EQ(put(text), text);
}

TEST(Substitute, does_not_look_into_what_it_put_in) {
  EXPECT_EQ(
      substitute("{A}", std::vector<std::string>{"A", "B"}, std::vector<std::string>{"{B}", "x"}),
      "{B}");
}

}  // namespace
}  // namespace dms::models
