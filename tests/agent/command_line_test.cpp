#include "agent/command_line.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/temp_directory.h"

namespace dms::agent {
namespace {

using Words = std::vector<std::string>;

struct Split {
  std::string line;
  Words words;
};

TEST(CommandLine, splits_as_a_shell_does) {
  const std::vector<Split> table{
      {"true", {"true"}},
      {"  a \t b\n", {"a", "b"}},
      {"/bin/sh -c 'echo $HOME; exit 3'", {"/bin/sh", "-c", "echo $HOME; exit 3"}},
      {R"(a "b c" d)", {"a", "b c", "d"}},
      {R"(a "" '' b)", {"a", "", "", "b"}},
      {R"(a b"c d"e'f g'h)", {"a", "bc def gh"}},
      {R"(a\ b \"c\' \\)", {"a b", "\"c'", "\\"}},
      {R"("a\"b\\c\$d\`e\f")", {R"(a"b\c$d`e\f)"}},
      {R"('a\b"c')", {R"(a\b"c)"}},
      {"a\\\nb \"c\\\nd\"", {"ab", "cd"}},
      {"a > b | c && $(d) *.txt ~", {"a", ">", "b", "|", "c", "&&", "$(d)", "*.txt", "~"}},
      {"sh -c 'it'\\''s'", {"sh", "-c", "it's"}},
  };
  for (const auto& row : table) {
    const auto words = split_command_line(row.line);
    ASSERT_TRUE(words) << row.line;
    EXPECT_EQ(*words, row.words) << row.line;
  }
}

TEST(CommandLine, refuses_what_is_not_closed_or_empty) {
  for (const char* line : {"", " \t", "'a", "a \"b", "\"a\\\"", "a\\"})
    EXPECT_FALSE(split_command_line(line)) << line;
  EXPECT_EQ(split_command_line("sh -c 'echo").error().message,
            "the quote ' at character 7 of the command line is not closed");
}

TEST(CommandLine, expands_the_variables_that_are_set) {
  const Environment environment{"A=1", "LONG_NAME=x y", "EMPTY="};
  EXPECT_EQ(expand_variables("$A/${A}b/$LONG_NAME/$EMPTY.", environment), "1/1b/x y/.");
  EXPECT_EQ(expand_variables("$NONE ${NONE} $ ${A $$ 5$", environment),
            "$NONE ${NONE} $ ${A $$ 5$");
}

TEST(CommandLine, replaces_a_variable_of_the_same_name_only) {
  Environment environment{"AB=1", "A=2"};
  set_variable(environment, "A", "3");
  set_variable(environment, "ABC", "4");
  EXPECT_EQ(environment, (Environment{"AB=1", "A=3", "ABC=4"}));
}

class FindProgram : public testing::Test {
 protected:
  void make(const std::string& name, mode_t mode) {
    std::ofstream(directory_ / name) << "#!/bin/sh\n";
    ::chmod((directory_ / name).c_str(), mode);
  }
  Result<std::string> find(const std::string& name, const std::string& path) {
    return find_program(name, {"PATH=" + path}, directory_.path().string());
  }

  TempDirectory directory_;
};

TEST_F(FindProgram, searches_the_path_that_the_task_gets) {
  make("mine", 0755);
  EXPECT_EQ(*find("mine", "/nowhere:" + directory_.path().string()), directory_ / "mine");
  EXPECT_EQ(find("mine", "/nowhere").error().code, Code::not_found);
  EXPECT_EQ(find_program("sh", {}, "/").value(), "/usr/bin/sh");
}

TEST_F(FindProgram, sees_relative_paths_from_the_working_directory) {
  make("mine", 0755);
  EXPECT_EQ(*find("./mine", ""), "./mine");
  EXPECT_EQ(*find("mine", "."), "./mine");
  EXPECT_EQ(find("./other", ".").error().code, Code::not_found);
}

TEST_F(FindProgram, tells_a_file_that_may_not_be_executed_and_skips_directories) {
  make("mine", 0644);
  EXPECT_EQ(find("mine", directory_.path().string()).error().code, Code::permission);
  EXPECT_EQ(find("/tmp", "").error().code, Code::not_found);
}

}  // namespace
}  // namespace dms::agent
