// Archives that no honest program makes, and some that only look so: a table says what must become
// of each. Whatever it is, nothing is written outside of the directory, and the message names the
// entry.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "blob/zip.h"
#include "core/file.h"
#include "tests/blob/zip_hostile_cases.h"
#include "tests/support/temp_directory.h"

namespace dms::blob {
namespace {

namespace fs = std::filesystem;
using namespace raw;
using testing::HasSubstr;

using Snapshot = std::map<std::string, std::string>;

// Everything below a folder, but not what is in `into`.
Snapshot snapshot(const fs::path& folder, const fs::path& into) {
  Snapshot all;
  for (auto entries = fs::recursive_directory_iterator(folder);
       entries != fs::recursive_directory_iterator(); ++entries) {
    if (entries->path() == into) {
      entries.disable_recursion_pending();
      continue;
    }
    all[entries->path().string()] =
        entries->is_regular_file() ? read_file(entries->path().string()).value() : "no file";
  }
  return all;
}

class ZipHostile : public testing::Test {
 protected:
  ZipHostile() { fs::create_directories(outside); }

  void check(const std::vector<HostileZip>& cases) {
    for (const HostileZip& one : cases) {
      SCOPED_TRACE(one.what);
      check(one);
    }
  }

  void check(const HostileZip& one) {
    fs::remove_all(into);
    fs::create_directories(into);
    std::ofstream(archive, std::ios::binary) << one.bytes;
    const auto before = snapshot(temp.path(), into);
    const Status status = unpack_zip(archive, into);
    EXPECT_EQ(snapshot(temp.path(), into), before);
    if (one.refused) {
      ASSERT_FALSE(status) << "it was unpacked";
      EXPECT_EQ(status.error().code, *one.refused) << status.error().message;
      EXPECT_THAT(status.error().message, HasSubstr(one.says));
      EXPECT_THAT(status.error().message, testing::Not(HasSubstr("\n")));
    } else {
      ASSERT_TRUE(status) << status.error().message;
      for (const auto& name : one.unpacked)
        EXPECT_TRUE(fs::exists(fs::symlink_status(into / name))) << name;
    }
    check_other_readers();
  }

  // They may take what unpacking refuses, as long as they come to an end and write nothing else.
  void check_other_readers() {
    const auto entries = list_zip(archive);
    if (entries && entries->size() < 100)
      for (const auto& entry : *entries) (void)read_entry(archive, entry.name, 1 << 20);
    const fs::path merged = temp.path() / "merged.zip";
    const Status status = merge_zips(merged, {{"r", archive}});
    if (!status) return;
    EXPECT_TRUE(entries) << "merged, though it cannot be listed";
    const auto before = snapshot(temp.path(), into);
    fs::remove_all(into);
    fs::create_directories(into);
    (void)unpack_zip(merged, into);
    EXPECT_EQ(snapshot(temp.path(), into), before);
    fs::remove(merged);
  }

  TempDirectory temp;
  const fs::path outside = temp.path() / "outside";
  const fs::path into = temp.path() / "deep/into";
  const fs::path archive = temp.path() / "a.zip";
};

TEST_F(ZipHostile, names) { check(hostile_names(outside.string())); }
TEST_F(ZipHostile, kinds) { check(hostile_kinds(outside.string())); }
TEST_F(ZipHostile, lies) { check(lying_zips()); }
TEST_F(ZipHostile, ends) { check(hostile_ends()); }

TEST_F(ZipHostile, bombs_end_at_the_limit_before_anything_is_written) {
  const std::string zeros(1'000'000, '\0');
  std::vector<Entry> entries;
  for (int i = 0; i < 20; ++i)
    entries.push_back(
        {.name = std::to_string(i), .content = zeros, .method = 8, .data = deflated(zeros)});
  std::ofstream(archive, std::ios::binary) << zip(entries);
  fs::create_directories(into);
  const Status status = unpack_zip(archive, into, {.limit_bytes = 10'000'000});
  EXPECT_EQ(status.error().code, Code::exhausted);
  EXPECT_THAT(status.error().message, HasSubstr("with the entry '10'"));
  EXPECT_TRUE(fs::is_empty(into));
}

// Nothing but zeros, whose deflate stream is a thousand times as small.
TEST_F(ZipHostile, bombs_end_at_the_ratio_unless_it_is_raised) {
  const std::string zeros(std::size_t{1} << 24, '\0');
  const std::string packed = deflated(zeros);
  std::vector<Entry> entries;
  for (int i = 0; i < 65; ++i)
    entries.push_back({.name = std::to_string(i), .content = zeros, .method = 8, .data = packed});
  std::ofstream(archive, std::ios::binary) << zip(entries);
  fs::create_directories(into);
  const Status status = unpack_zip(archive, into);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::exhausted);
  EXPECT_THAT(status.error().message, HasSubstr("200 times its own"));
  EXPECT_TRUE(fs::is_empty(into));
  std::stop_source stop;
  stop.request_stop();  // before the first byte, but after all were looked at
  EXPECT_EQ(unpack_zip(archive, into, {.limit_ratio = 2000, .stop = stop.get_token()}).error().code,
            Code::cancelled);
}

}  // namespace
}  // namespace dms::blob
