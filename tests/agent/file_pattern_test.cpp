#include "agent/file_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/temp_directory.h"

namespace dms::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Match {
  const char* pattern;
  const char* name;
  bool matches;
};

TEST(FilePattern, matches_names) {
  const std::vector<Match> table{
      {"abc", "abc", true},
      {"abc", "abcd", false},
      {"abc*", "abc", true},
      {"abc*", "abcdef", true},
      {"*.txt", "a.txt", true},
      {"*.txt", ".txt", false},
      {".*", ".txt", true},
      {"*", ".hidden", false},
      {"?", ".", false},
      {"*.gif", ".a.gif", false},
      {".*.gif", ".a.gif", true},
      {"a?c", "abc", true},
      {"a?c", "ac", false},
      {"[abc]x", "bx", true},
      {"[abc]x", "dx", false},
      {"[a-c]x", "cx", true},
      {"[a-c]x", "dx", false},
      {"[!abc]x", "dx", true},
      {"[!abc]x", "ax", false},
      {"[!a-c]x", "bx", false},
      {"[a-]x", "-x", true},
      {"[]a]x", "]x", true},
      {"abc[*]", "abc*", true},
      {"abc[*]", "abcd", false},
      {"[[]x", "[x", true},
      {"[ab", "[ab", true},
      {"a*b*c", "aXbYbZc", true},
      {"a*b*c", "aXbYbZ", false},
      {"", "", true},
      {"*a*a*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
  };
  for (const auto& row : table)
    EXPECT_EQ(matches_name(row.pattern, row.name), row.matches) << row.pattern << " " << row.name;
}

TEST(FilePattern, knows_wildcards_from_escapes) {
  for (const char* pattern : {"a.txt", "../stdout.txt", "a[*].txt", "[[]", "/a/b", "[unclosed"})
    EXPECT_FALSE(FilePattern(pattern).has_wildcard()) << pattern;
  for (const char* pattern : {"*.txt", "a/**/b", "a?", "[ab]", "[!a]", "../*"})
    EXPECT_TRUE(FilePattern(pattern).has_wildcard()) << pattern;
}

struct Naming {
  const char* pattern;
  const char* path;
  const char* destination;
  const char* blob;
};

TEST(FilePattern, names_blobs) {
  const std::vector<Naming> table{
      {"../stdout.txt", "../stdout.txt", "", "stdout.txt"},
      {"../stdout.txt", "../stdout.txt", "t1/out.txt", "t1/out.txt"},
      {"out/a.csv", "out/a.csv", "", "a.csv"},
      {"out/a.csv", "out/a.csv", "/a/b", "a/b"},
      {"../*.txt", "../stdout.txt", "", "stdout.txt"},
      {"../*.txt", "../stdout.txt", "logs", "logs/stdout.txt"},
      {"../*.txt", "../stdout.txt", "/logs//", "logs/stdout.txt"},
      {"out/*.csv", "out/a.csv", "r", "r/a.csv"},
      {"out/**/*.csv", "out/x/y/a.csv", "r", "r/x/y/a.csv"},
      {"out/**/*.csv", "out/a.csv", "r", "r/a.csv"},
      {"out/run?/a.csv", "out/run1/a.csv", "", "run1/a.csv"},
      {"**", "x/a.csv", "", "x/a.csv"},
      {"/tmp/run/*.csv", "/tmp/run/a.csv", "r", "r/a.csv"},
      {"a[*].txt", "a*.txt", "", "a*.txt"},
      {"./out/./*.csv", "out/a.csv", "", "a.csv"},
  };
  for (const auto& row : table)
    EXPECT_EQ(FilePattern(row.pattern).blob_name(row.path, row.destination), row.blob)
        << row.pattern << " " << row.destination;
}

//  stdout.txt
//  wd/  a.txt  b.csv  .hidden.txt  a*.txt
//       out/  c.txt  x/  d.txt  y/ e.txt
//       .git/ f.txt
//       link → out
class FindFiles : public testing::Test {
 protected:
  FindFiles() {
    for (const char* name :
         {"stdout.txt", "wd/a.txt", "wd/b.csv", "wd/.hidden.txt", "wd/a*.txt", "wd/out/c.txt",
          "wd/out/x/d.txt", "wd/out/x/y/e.txt", "wd/.git/f.txt"}) {
      std::filesystem::create_directories(std::filesystem::path(task_ / name).parent_path());
      std::ofstream(task_ / name) << name;
    }
    std::filesystem::create_symlink("out", task_ / "wd/link");
  }
  std::vector<std::string> find(const std::string& pattern) {
    return FilePattern(pattern).find_files(task_ / "wd");
  }

  TempDirectory task_;
};

TEST_F(FindFiles, finds_a_named_file_inside_and_above) {
  EXPECT_THAT(find("a.txt"), ElementsAre("a.txt"));
  EXPECT_THAT(find("../stdout.txt"), ElementsAre("../stdout.txt"));
  EXPECT_THAT(find(".hidden.txt"), ElementsAre(".hidden.txt"));
  EXPECT_THAT(find("a[*].txt"), ElementsAre("a*.txt"));
  EXPECT_THAT(find("link/c.txt"), ElementsAre("link/c.txt"));
}

TEST_F(FindFiles, finds_nothing_without_complaint) {
  for (const char* pattern : {"none.txt", "none/*", "out", "*.none", "/nowhere/**", "", "/"})
    EXPECT_THAT(find(pattern), IsEmpty()) << pattern;
}

TEST_F(FindFiles, keeps_a_star_within_a_name) {
  EXPECT_THAT(find("*.txt"), ElementsAre("a*.txt", "a.txt"));
  EXPECT_THAT(find("*/*.txt"), ElementsAre("link/c.txt", "out/c.txt"));
  EXPECT_THAT(find("../*.txt"), ElementsAre("../stdout.txt"));
}

TEST_F(FindFiles, crosses_directories_by_two_stars_but_no_links_and_no_hidden_ones) {
  EXPECT_THAT(find("**/*.txt"),
              ElementsAre("a*.txt", "a.txt", "out/c.txt", "out/x/d.txt", "out/x/y/e.txt"));
  EXPECT_THAT(find("**.csv"), ElementsAre("b.csv"));
  EXPECT_THAT(find("out/**"), ElementsAre("out/c.txt", "out/x/d.txt", "out/x/y/e.txt"));
  EXPECT_THAT(find("out/**/**/e.txt"), ElementsAre("out/x/y/e.txt"));
  EXPECT_THAT(find(".git/**"), ElementsAre(".git/f.txt"));
}

TEST_F(FindFiles, takes_an_absolute_pattern) {
  EXPECT_THAT(find(task_ / "wd/out/*.txt"), ElementsAre(task_ / "wd/out/c.txt"));
}

}  // namespace
}  // namespace dms::agent
