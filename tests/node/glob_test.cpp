#include "node/glob.h"

#include <gtest/gtest.h>

namespace dms::node {
namespace {

TEST(Glob, a_star_takes_any_number_of_characters) {
  EXPECT_TRUE(glob_matches("*", "out"));
  EXPECT_TRUE(glob_matches("*.csv", "a.csv"));
  EXPECT_TRUE(glob_matches("out*", "out"));
  EXPECT_TRUE(glob_matches("*a*b*c", "xxaxbxbcc"));
  EXPECT_FALSE(glob_matches("*.csv", "a.csv.gz"));
  EXPECT_FALSE(glob_matches("*a*b*c", "xxaxbxbcd"));
}

TEST(Glob, a_pattern_with_many_stars_is_decided_quickly) {
  EXPECT_FALSE(glob_matches("*a*a*a*a*a*a*a*a*a*a*a*a*b", std::string(2000, 'a')));
}

TEST(Glob, a_question_mark_takes_one_character_even_if_it_has_several_bytes) {
  EXPECT_TRUE(glob_matches("run?", "run1"));
  EXPECT_TRUE(glob_matches("M?ller", "Müller"));
  EXPECT_FALSE(glob_matches("run?", "run"));
  EXPECT_FALSE(glob_matches("run?", "run12"));
}

TEST(Glob, brackets_take_one_of_a_set_or_range_or_none_of_it) {
  EXPECT_TRUE(glob_matches("run[0-9a]", "run7"));
  EXPECT_TRUE(glob_matches("run[0-9a]", "runa"));
  EXPECT_FALSE(glob_matches("run[0-9a]", "runb"));
  EXPECT_TRUE(glob_matches("run[!0-9]", "runb"));
  EXPECT_FALSE(glob_matches("run[!0-9]", "run7"));
  EXPECT_TRUE(glob_matches("[]]", "]"));
  EXPECT_TRUE(glob_matches("[a-]", "-"));
  EXPECT_TRUE(glob_matches("[äö]", "ö"));
}

TEST(Glob, a_bracket_that_is_not_closed_stands_for_itself) {
  EXPECT_TRUE(glob_matches("a[1", "a[1"));
  EXPECT_FALSE(glob_matches("a[1", "a1"));
}

TEST(Glob, a_hidden_name_is_matched_only_by_a_pattern_with_the_dot) {
  EXPECT_FALSE(glob_matches("*.gif", ".a.gif"));
  EXPECT_FALSE(glob_matches("?a", ".a"));
  EXPECT_FALSE(glob_matches("[.]a", ".a"));
  EXPECT_TRUE(glob_matches(".*.gif", ".a.gif"));
}

TEST(Glob, matches_names_that_are_no_utf8) {
  EXPECT_TRUE(glob_matches("M*ller.dat", "M\xFCller.dat"));
  EXPECT_TRUE(glob_matches("*\xFC", "\xE4\xFC"));
}

}  // namespace
}  // namespace dms::node
