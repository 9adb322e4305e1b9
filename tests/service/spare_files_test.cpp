// Files that are made ahead of need.
#include "service/blob/spare_files.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <set>
#include <thread>

#include "tests/support/temp_directory.h"

namespace dms::service {
namespace {

namespace fs = std::filesystem;

std::optional<SpareFiles::Spare> take_soon(SpareFiles& spares) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  for (;;) {
    if (auto spare = spares.take()) return spare;
    if (std::chrono::steady_clock::now() > deadline) return std::nullopt;
    std::this_thread::yield();
  }
}

TEST(SpareFiles, are_each_given_to_one) {
  const TempDirectory directory;
  SpareFiles spares(directory.path() / "spare");
  std::set<fs::path> paths;
  for (int i = 0; i < 100; ++i) {
    const auto spare = take_soon(spares);
    ASSERT_TRUE(spare);
    EXPECT_TRUE(write_all(spare->fd.get(), "x"));
    EXPECT_TRUE(paths.insert(spare->path).second);
    EXPECT_EQ(fs::file_size(spare->path), 1u);
  }
}

TEST(SpareFiles, are_not_made_before_one_was_wanted) {
  const TempDirectory directory;
  { const SpareFiles unused(directory.path() / "spare"); }
  EXPECT_TRUE(fs::is_empty(directory.path() / "spare"));
}

TEST(SpareFiles, leave_none_behind_and_find_none) {
  const TempDirectory directory;
  const fs::path place = directory.path() / "spare";
  fs::create_directory(place);
  ASSERT_TRUE(write_file_atomic((place / "0").string(), "left by a process that was killed"));
  {
    SpareFiles spares(place);
    const auto spare = take_soon(spares);
    ASSERT_TRUE(spare);
    EXPECT_EQ(fs::file_size(spare->path), 0u);
    fs::remove(spare->path);
  }
  EXPECT_TRUE(fs::is_empty(place));
}

TEST(SpareFiles, are_none_where_no_file_can_be_made) {
  const TempDirectory directory;
  SpareFiles spares(directory.path() / "missing/spare");
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(spares.take());
}

}  // namespace
}  // namespace dms::service
