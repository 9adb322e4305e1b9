#include "models/runs/out_folder.h"

#include <gtest/gtest.h>

#include "tests/support/temp_directory.h"

namespace dms::models {
namespace {

namespace fs = std::filesystem;

TEST(OutFolder, removes_what_a_killed_process_left_and_nothing_of_a_living_one) {
  const TempDirectory directory;
  const fs::path out = directory.path() / "out";
  fs::create_directories(out / ".dmsbatch-killed");
  ASSERT_TRUE(write_file_atomic((out / ".dmsbatch-killed/lock").string(), ""));
  ASSERT_TRUE(write_file_atomic((out / ".dmsbatch-killed/inputs.zip").string(), "x"));
  fs::create_directories(out / ".dmsbatch-young");
  const auto living = OutFolder::open(out);
  ASSERT_TRUE(living);
  EXPECT_FALSE(fs::exists(out / ".dmsbatch-killed"));
  EXPECT_TRUE(fs::exists(out / ".dmsbatch-young")) << "its process may be about to lock it";
  const auto other = OutFolder::open(out);
  ASSERT_TRUE(other);
  EXPECT_TRUE(fs::exists(living->scratch()));
  EXPECT_NE(living->scratch(), other->scratch());
}

}  // namespace
}  // namespace dms::models
