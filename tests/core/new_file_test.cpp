#include "core/new_file.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/temp_directory.h"

namespace dms {
namespace {

namespace fs = std::filesystem;

class NewFileTest : public testing::TestWithParam<NewFile::Reach> {
 protected:
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()));
  }
  TempDirectory dir;
  const fs::path place = dir.path() / "results.csv";
};

TEST_P(NewFileTest, appears_under_its_name_when_it_is_finished) {
  auto file = NewFile::create(place);
  ASSERT_TRUE(file) << file.error().message;
  const std::string large(300'000, 'x');
  ASSERT_TRUE(file->write("small,"));
  ASSERT_TRUE(file->write(large));
  ASSERT_TRUE(file->write(",small"));
  EXPECT_FALSE(fs::exists(place));
  ASSERT_TRUE(file->finish(GetParam()));
  EXPECT_EQ(read_file(place.string()).value(), "small," + large + ",small");
  EXPECT_EQ(files(), 1u);
}

TEST_P(NewFileTest, takes_the_place_of_an_older_file) {
  for (const std::string text : {"old", "new"}) {
    auto file = NewFile::create(place);
    ASSERT_TRUE(file->write(text));
    ASSERT_TRUE(file->finish(GetParam()));
    EXPECT_EQ(read_file(place.string()).value(), text);
  }
  EXPECT_EQ(files(), 1u);
}

TEST_P(NewFileTest, leaves_nothing_when_it_is_not_finished) {
  {
    auto file = NewFile::create(place);
    ASSERT_TRUE(file->write("half"));
  }
  EXPECT_EQ(files(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Reaches, NewFileTest,
                         testing::Values(NewFile::Reach::programs, NewFile::Reach::disk));

}  // namespace
}  // namespace dms
