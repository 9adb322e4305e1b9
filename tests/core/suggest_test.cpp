#include "core/suggest.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace dms {
namespace {

constexpr std::array<std::string_view, 4> words = {"pool", "job", "task", "resources"};

TEST(Suggest, finds_the_word_with_a_slip) {
  EXPECT_EQ(suggest("poll", words), "pool");
  EXPECT_EQ(suggest("tasks", words), "task");
  EXPECT_EQ(suggest("resuorces", words), "resources");
  EXPECT_EQ(suggest("RESOURCE", words), "resources");
}

TEST(Suggest, says_nothing_when_no_word_is_near) {
  EXPECT_EQ(suggest("banana", words), std::nullopt);
  EXPECT_EQ(suggest("", words), std::nullopt);
  EXPECT_EQ(suggest("x", words), std::nullopt);
  EXPECT_EQ(suggest("pool", std::vector<std::string>{}), std::nullopt);
}

TEST(Suggest, takes_the_nearest_and_the_first_among_equals) {
  const std::vector<std::string> names = {"taskA", "taskB", "taskBC"};
  EXPECT_EQ(suggest("taskBx", names), "taskB");
  EXPECT_EQ(suggest("taskC", names), "taskA");
}

TEST(Suggest, makes_the_tail_of_a_message) {
  EXPECT_EQ(did_you_mean("poool", words), " (did you mean 'pool'?)");
  EXPECT_EQ(did_you_mean("banana", words), "");
}

}  // namespace
}  // namespace dms
