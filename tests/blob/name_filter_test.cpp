#include "blob/name_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dms::blob {
namespace {

using testing::ElementsAre;

TEST(NameFilter, lets_a_star_end_at_a_slash_and_two_stars_go_on) {
  EXPECT_TRUE(matches("*.txt", "a.txt"));
  EXPECT_FALSE(matches("*.txt", "dir/a.txt"));
  EXPECT_TRUE(matches("**.txt", "dir/a.txt"));
  EXPECT_TRUE(matches("a/**/z", "a/b/c/z"));
  EXPECT_TRUE(matches("**/*.txt", "a/b/c.txt"));
  EXPECT_FALSE(matches("**/*.txt", "a/b/c.csv"));
  EXPECT_TRUE(matches("a*b*c", "aXbYbZc"));
  EXPECT_FALSE(matches("a*b*c", "aXbYbZ"));
  EXPECT_TRUE(matches("r?n", "run"));
  EXPECT_FALSE(matches("r?n", "r/n"));
  EXPECT_TRUE(matches("", ""));
  EXPECT_FALSE(matches("", "a"));
}

TEST(NameFilter, takes_everything_when_it_says_nothing) {
  const NameFilter filter;
  EXPECT_TRUE(filter.takes("any/name"));
  EXPECT_TRUE(filter.may_take_below("any"));
  EXPECT_THAT(filter.roots(), ElementsAre(""));
}

TEST(NameFilter, knows_patterns_for_a_part_of_the_path_and_for_all_of_it) {
  const NameFilter filter{.include = {"*.csv", "runs/*/out.txt"}};
  EXPECT_TRUE(filter.takes("deep/er/a.csv"));
  EXPECT_TRUE(filter.takes("runs/7/out.txt"));
  EXPECT_FALSE(filter.takes("runs/7/8/out.txt"));
  EXPECT_FALSE(filter.takes("out.txt"));
  EXPECT_TRUE((NameFilter{.include = {"/*.csv"}}.takes("a.csv")));
  EXPECT_FALSE((NameFilter{.include = {"/*.csv"}}.takes("deep/a.csv")));
}

TEST(NameFilter, takes_or_leaves_a_folder_with_all_below_it) {
  const NameFilter filter{.include = {"study/"}, .exclude = {".git", "study/tmp"}};
  EXPECT_TRUE(filter.takes("study/a/b"));
  EXPECT_FALSE(filter.takes("study/.git/config"));
  EXPECT_FALSE(filter.takes("study/tmp/x"));
  EXPECT_TRUE(filter.takes("study/sub/tmp"));
}

TEST(NameFilter, spares_folders_in_which_nothing_can_be_taken) {
  const NameFilter filter{.include = {"runs/7/*.txt"}, .exclude = {"runs/7/tmp"}};
  EXPECT_TRUE(filter.may_take_below("runs"));
  EXPECT_TRUE(filter.may_take_below("runs/7"));
  EXPECT_FALSE(filter.may_take_below("runs/8"));
  EXPECT_FALSE(filter.may_take_below("other"));
  EXPECT_FALSE(filter.may_take_below("runs/7/tmp"));
  const NameFilter beginning{.include = {"runs/7*/out.txt"}};
  EXPECT_TRUE(beginning.may_take_below("runs"));
  EXPECT_TRUE(beginning.may_take_below("runs/75"));
  EXPECT_FALSE(beginning.may_take_below("runs/8"));
}

TEST(NameFilter, names_what_is_worth_a_list) {
  EXPECT_THAT((NameFilter{.include = {"runs/7", "runs/80*/x", "runs/8?", "/a.txt"}}.roots()),
              ElementsAre("a.txt", "runs/7", "runs/8"));
  EXPECT_THAT((NameFilter{.include = {"b/*/x", "a/7/*.txt", "a/7/8/y"}}.roots()),
              ElementsAre("a/7/", "b/"));
  EXPECT_THAT((NameFilter{.include = {"a/7/*.txt", "*.csv"}}.roots()), ElementsAre(""));
}

}  // namespace
}  // namespace dms::blob
