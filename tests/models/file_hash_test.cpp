#include "models/place/file_hash.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "core/file.h"
#include "tests/support/temp_directory.h"

namespace dms::models {
namespace {

// A cache of one's own, and a file that was changed long ago.
class FileHash : public testing::Test {
 protected:
  FileHash() { setenv("XDG_CACHE_HOME", (directory_ / "cache").c_str(), 1); }
  ~FileHash() override { unsetenv("XDG_CACHE_HOME"); }

  std::string cache() { return read_file(directory_ / "cache/dmsbatch/sha256").value_or(""); }

  TempDirectory directory_;
};

constexpr const char* sha256_of_abc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST_F(FileHash, is_sha256) {
  ASSERT_TRUE(write_file_atomic(directory_ / "f", "abc"));
  EXPECT_EQ(*sha256_of_file(directory_ / "f"), sha256_of_abc);
  EXPECT_EQ(*cached_sha256_of_file(directory_ / "f"), sha256_of_abc);
  EXPECT_EQ(cache(), "") << "it was changed a moment ago and may be changed again";
}

TEST_F(FileHash, is_taken_from_the_cache_while_the_file_is_the_same) {
  // A file of this test cannot have an old time of change; one of the system has.
  const std::string program = std::filesystem::canonical("/usr/bin/env").string();
  struct stat facts = {};
  ASSERT_EQ(stat(program.c_str(), &facts), 0);
  const auto real = cached_sha256_of_file(program);
  ASSERT_TRUE(real);
  ASSERT_EQ(cache().substr(cache().size() - 65), *real + "\n");
  // What stands in the cache is believed for this file, and for this state of it only.
  std::string forged = cache();
  forged.replace(forged.size() - 65, 64, std::string(64, 'f'));
  ASSERT_TRUE(write_file_atomic(directory_ / "cache/dmsbatch/sha256", forged));
  EXPECT_EQ(*cached_sha256_of_file(program), std::string(64, 'f'));
  const auto size = " " + std::to_string(facts.st_size) + " ";
  forged.replace(forged.find(size), size.size(), " 1 ");
  ASSERT_TRUE(write_file_atomic(directory_ / "cache/dmsbatch/sha256", forged));
  EXPECT_EQ(*cached_sha256_of_file(program), *real);
}

TEST_F(FileHash, names_a_file_that_is_not_there) {
  const auto absent = cached_sha256_of_file(directory_ / "absent");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, Code::not_found);
}

}  // namespace
}  // namespace dms::models
