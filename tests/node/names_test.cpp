#include "node/names.h"

#include <gtest/gtest.h>

namespace dms::node {
namespace {

TEST(Names, dots_and_doubled_slashes_are_removed) {
  EXPECT_EQ(clean_name("./a//b/./c/"), "a/b/c");
  EXPECT_EQ(clean_name("./"), "");
  EXPECT_EQ(clean_name("..a/b.."), "..a/b..");
}

TEST(Names, absolute_names_and_parents_are_refused) {
  EXPECT_EQ(clean_name("/etc/passwd"), std::nullopt);
  EXPECT_EQ(clean_name("../a"), std::nullopt);
  EXPECT_EQ(clean_name("a/../b"), std::nullopt);
  EXPECT_EQ(clean_name("a/.."), std::nullopt);
}

TEST(Names, a_link_may_climb_as_far_as_the_root) {
  EXPECT_EQ(link_target_inside("a/b/link", "../../c/d"), "c/d");
  EXPECT_EQ(link_target_inside("a/link", ".."), "");
  EXPECT_EQ(link_target_inside("link", "x/./y"), "x/y");
  EXPECT_EQ(link_target_inside("a/link", "../.."), std::nullopt);
  EXPECT_EQ(link_target_inside("link", "../x"), std::nullopt);
}

TEST(Names, a_link_with_an_absolute_or_an_empty_target_is_refused) {
  EXPECT_EQ(link_target_inside("link", "/etc"), std::nullopt);
  EXPECT_EQ(link_target_inside("link", ""), std::nullopt);
}

TEST(Names, a_link_that_climbs_from_a_name_is_refused_as_that_may_be_a_link) {
  EXPECT_EQ(link_target_inside("a/link", "x/../y"), std::nullopt);
}

TEST(Names, the_first_parent_that_fits_is_found_and_never_the_name_itself) {
  const auto is_ab = [](std::string_view parent) { return parent == "a/b"; };
  EXPECT_EQ(parent_that("a/b/c/d", is_ab), "a/b");
  EXPECT_EQ(parent_that("a/b", is_ab), "");
}

}  // namespace
}  // namespace dms::node
