#include "batch/operations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace dms::batch {
namespace {

TEST(Operations, names_are_unique) {
  std::set<std::string_view> names;
  op::for_each([&](const auto& row) { EXPECT_TRUE(names.insert(row.name).second) << row.name; });
  EXPECT_FALSE(names.empty());
}

TEST(Operations, no_two_share_method_and_path) {
  std::set<std::string> lines;
  op::for_each([&](const auto& row) {
    const std::string line = std::string(row.method) + " " + std::string(row.path);
    EXPECT_TRUE(lines.insert(line).second) << line;
  });
}

TEST(Operations, every_path_closes_its_holes) {
  op::for_each([](const auto& row) {
    EXPECT_TRUE(row.path.starts_with('/')) << row.name;
    EXPECT_EQ(std::count(row.path.begin(), row.path.end(), '{'),
              std::count(row.path.begin(), row.path.end(), '}'))
        << row.name;
  });
}

// What Microsoft's clients accept, which is not what one would guess.
TEST(Operations, statuses_that_surprise) {
  EXPECT_EQ(op::add_task_collection.status, 200);
  EXPECT_EQ(op::delete_task.status, 200);
  EXPECT_EQ(op::terminate_task.status, 204);
  EXPECT_EQ(op::patch_job.status, 200);
  EXPECT_EQ(op::delete_job.status, 202);
}

TEST(Operations, adds_may_be_repeated_by_id_and_a_resize_may_not) {
  EXPECT_EQ(op::add_pool.repeat, Repeat::by_id);
  EXPECT_EQ(op::add_job.repeat, Repeat::by_id);
  EXPECT_EQ(op::add_task.repeat, Repeat::by_id);
  EXPECT_EQ(op::add_task_collection.repeat, Repeat::by_id);
  EXPECT_EQ(op::resize_pool.repeat, Repeat::unsafe);
}

}  // namespace
}  // namespace dms::batch
