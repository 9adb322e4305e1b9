// Ignore files, each beside what git makes of the same text in a .gitignore.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "blob/zip/ignore.h"
#include "blob/zip/tree.h"
#include "core/child.h"
#include "tests/support/temp_directory.h"

namespace dms::blob {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

struct Case {
  std::string ignore;              // the file at the top
  std::vector<std::string> files;  // what there is; a path with '/' at its end is a directory
  std::map<std::string, std::string> below = {};  // more ignore files: directory and text
};

const std::vector<Case> cases{
    // what a line is
    {"", {"a", "d/b"}},
    {"a", {"a", "b", "d/a", "aa", "a.txt"}},
    {"a\nb", {"a", "b", "c"}},
    {"a\r\nb\r\n", {"a", "b", "c"}},
    {"# a\na#b\n\\#c", {"# a", "a", "a#b", "#c", "c"}},
    {" a", {"a", " a"}},
    {"a  ", {"a", "a  "}},
    {"a\\ ", {"a", "a "}},
    {"a\\  ", {"a", "a ", "a  "}},
    {"a b ", {"a b", "a", "b"}},
    {"a\t", {"a", "a\t"}},
    {"\xEF\xBB\xBF"
     "a",
     {"a", "b"}},
    {"\n\n  \n", {"a", " ", "  "}},
    {"!", {"!", "a"}},
    {"/", {"a", "d/a"}},
    {"//", {"a", "d/a"}},
    {"\\", {"a", "\\"}},
    {"a\\", {"a", "a\\"}},
    // names at any depth, and anchored ones
    {"/a", {"a", "d/a"}},
    {"d/a", {"d/a", "e/d/a", "a"}},
    {"/d/a", {"d/a", "e/d/a"}},
    {"d/a/", {"d/a/x", "e/d/a/x"}},
    {"d//a", {"d/a"}},
    {"./a", {"a", "d/a"}},
    {"../a", {"a", "d/a"}},
    // directories only
    {"d/", {"d/a", "e/d", "f/d/x"}},
    {"/d/", {"d/a", "f/d/x"}},
    {"d", {"d/a", "e/d", "f/d/x"}},
    {"d//", {"d/a"}},
    {"*/", {"a", "d/a"}},
    {"link/", {"link", "d/link/x"}},
    // taking back
    {"*\n!a", {"a", "b", "d/a"}},
    {"*\n!*/\n!a", {"a", "b", "d/a", "d/e/a", "d/b"}},
    {"!a\na", {"a", "b"}},
    {"a\n!a\na", {"a"}},
    {"a\n!a", {"a", "d/a"}},
    {"d/\n!d/a", {"d/a", "d/b"}},
    {"d/*\n!d/a", {"d/a", "d/b", "d/e/a"}},
    {"/*\n!/d\n/d/*\n!/d/a", {"a", "b/a", "d/a", "d/b"}},
    {"*.log\n!keep.log", {"x.log", "keep.log", "d/keep.log"}},
    {"\\!a", {"!a", "a"}},
    {"!!a\n!a", {"!a", "a"}},
    {"*\n!\\!a", {"!a", "a"}},
    {"a\n!a/", {"a/x", "d/a"}},
    // wildcards
    {"*.o", {"a.o", "d/b.o", ".o", "a.oo", "o"}},
    {"*a*", {"a", "xax", "b", "d/ya"}},
    {"a*b*c", {"abc", "axbxc", "ab", "acb", "abcd"}},
    {"*", {"a", ".b", "d/c"}},
    {"?", {"a", "ab", "d/c", "\xC3\xA4"}},
    {"a?c", {"abc", "ac", "a/c", "axxc"}},
    {"d/*", {"d/a", "d/e/b", "e/d/a"}},
    {"d/*.o", {"d/a.o", "d/e/a.o"}},
    {"*/a", {"a", "d/a", "d/e/a"}},
    {"d/*/a", {"d/a", "d/e/a", "d/e/f/a"}},
    {"d*/a", {"d/a", "dd/a", "d/e/a", "da"}},
    {"*a/b", {"a/b", "xa/b", "x/a/b"}},
    {"*.", {"a.", "a.b"}},
    {"\\*", {"*", "a"}},
    {"\\a", {"a", "\\a"}},
    {"a\\*b", {"a*b", "axb"}},
    {"d\\/a", {"d/a", "a"}},
    {"*\\", {"a", "a\\"}},
    // sets
    {"[ab]", {"a", "b", "c", "ab"}},
    {"[a-c]x", {"ax", "bx", "dx", "x"}},
    {"[!a]", {"a", "b", "!"}},
    {"[^a]", {"a", "b", "^"}},
    {"[]a]", {"]", "a", "b"}},
    {"[!]a]", {"]", "a", "b"}},
    {"[a-]", {"a", "-", "b"}},
    {"[-a]", {"a", "-", "b"}},
    {"[a-c-e]", {"a", "b", "c", "d", "e", "-"}},
    {"[c-a]", {"a", "b", "c", "-"}},
    {"[\\]]", {"]", "\\"}},
    {"[\\a-c]", {"a", "b", "c", "\\", "-"}},
    {"[a-\\c]", {"a", "b", "c", "\\", "-"}},
    {"[a", {"[a", "a"}},
    {"[", {"[", "a"}},
    {"[]", {"[]", "a"}},
    {"[!", {"[!", "a"}},
    {"a[", {"a[", "a"}},
    {"[[:digit:]]", {"1", "a", ":"}},
    {"[[:alpha:]_]", {"a", "Z", "_", "1"}},
    {"[![:space:]]", {" ", "a"}},
    {"[[:upper:][:digit:]]x", {"Ax", "1x", "ax"}},
    {"[[:xdigit:]]", {"f", "g", "F"}},
    {"[[:punct:]]", {"-", "a", "_"}},
    {"[[:nothing:]]", {"n", ":", "a"}},
    {"[[::]]", {":", "[", ":]"}},
    {"[[:]", {":", "[", "a"}},
    {"[[:a]", {":", "[", "a", "b"}},
    {"[[:alpha:", {"a", "[[:alpha:"}},
    {"[a-[:digit:]]", {"a", "1", "-", "["}},
    {"d[!x]a", {"d/a", "dya", "dxa"}},
    {"d[/]a", {"d/a"}},
    {"[a/b]c", {"ac", "bc", "a/b]c"}},
    // ** between slashes
    {"**", {"a", "d/a"}},
    {"**/", {"a", "d/a"}},
    {"**/a", {"a", "d/a", "d/e/a", "ba"}},
    {"/**/a", {"a", "d/a", "d/e/a"}},
    {"**/d/a", {"d/a", "e/d/a", "e/f/d/a", "ed/a"}},
    {"d/**", {"d/a", "d/e/a", "d/e/", "e/d/a"}},
    {"d/**/", {"d/a", "d/e/a"}},
    {"d/**/a", {"d/a", "d/e/a", "d/e/f/a", "da", "d/xa"}},
    {"/**", {"a", "d/a"}},
    {"d/**/e/**/a", {"d/e/a", "d/x/e/y/a", "d/e/x/y/a", "d/a"}},
    {"**/**/a", {"a", "d/a", "d/e/a"}},
    {"a/**/**/b", {"a/b", "a/x/b", "a/x/y/b"}},
    {"d/***/a", {"d/a", "d/e/a", "d/e/f/a"}},
    {"d/**\\/a", {"d/a", "d/e/a", "d/e/f/a"}},
    {"**a", {"a", "ba", "d/ca"}},
    {"a**", {"a", "ab", "ac/d", "d/ax"}},
    {"/a**", {"a", "ab", "ac/d", "d/ax"}},
    {"a**/b", {"a/b", "ax/b", "ax/y/b", "a/x/b", "ab"}},
    {"a**b/c", {"ab/c", "axb/c", "ax/b/c"}},
    {"x/a**b", {"x/ab", "x/a1b", "x/a/b"}},
    {"*a**/b", {"a/b", "xax/b", "xax/y/b"}},
    {"[a]**/b", {"a/b", "ax/b", "ax/y/b"}},
    {"/*a**/b", {"a/b", "xax/b", "xax/y/b"}},
    {"**/*.o", {"a.o", "d/a.o", "d/a.c"}},
    {"**/?/a", {"d/a", "dd/a", "e/d/a"}},
    // files below, which come first
    {"*.o", {"a.o", "d/a.o", "d/e/a.o"}, {{"d", "!a.o"}}},
    {"", {"a", "d/a", "d/b", "d/e/a"}, {{"d", "a"}}},
    {"", {"a", "d/a", "d/e/a"}, {{"d", "/a"}}},
    {"", {"d/e/a", "d/a", "e/a"}, {{"d", "e/a"}}},
    {"", {"d/x/e/a", "d/e/a", "e/a"}, {{"d", "**/e/a"}}},
    {"!d/a", {"d/a", "d/b"}, {{"d", "a\nb"}}},
    {"a", {"d/a", "d/e/a"}, {{"d", "!a"}, {"d/e", "a"}}},
    {"d/", {"d/a"}, {{"d", "!a"}}},
    {"d/*", {"d/a", "d/b"}, {{"d", "!a"}}},
    {"d/a", {"d/a", "d/b"}, {{"d", "!/a"}}},
    {"", {"d/a/x", "d/b/a"}, {{"d", "a/"}}},
};

class ZipIgnore : public testing::Test {
 protected:
  static void write(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
  }
  // Each case in a directory of its own, in one repository.
  fs::path folder_of(std::size_t number) const { return temp.path() / std::to_string(number); }

  void lay_out(std::size_t number) {
    const Case& one = cases[number];
    const fs::path folder = folder_of(number);
    for (const auto& file : one.files)
      file.ends_with('/') ? (void)fs::create_directories(folder / file) : write(folder / file, "x");
    auto texts = one.below;
    texts[""] = one.ignore;
    for (const auto& [where, text] : texts)
      for (const char* name : {".gitignore", ".dmsbatchignore"}) write(folder / where / name, text);
  }

  // The files that git leaves out, as "7/d/a".
  std::set<std::string> left_out_by_git() {
    std::string list;
    for (std::size_t i = 0; i < cases.size(); ++i)
      for (const auto& file : cases[i].files)
        if (!file.ends_with('/')) list += std::to_string(i) + "/" + file + '\0';
    write(temp.path() / "list", list);
    const auto out =
        run_captured({"sh", "-c",
                      "cd \"$1\" && GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null && "
                      "export GIT_CONFIG_GLOBAL GIT_CONFIG_SYSTEM && git init -q . && "
                      "git check-ignore --no-index --stdin -z <list",
                      "sh", temp.path().string()});
    if (!out || out->exit_code != 0) {
      ADD_FAILURE() << (out ? out->err : out.error().message);
      return {};
    }
    std::set<std::string> files;
    std::istringstream names(out->out);
    for (std::string name; std::getline(names, name, '\0');) files.insert(name);
    return files;
  }

  TempDirectory temp;
};

TEST_F(ZipIgnore, leaves_out_what_git_leaves_out) {
  for (std::size_t i = 0; i < cases.size(); ++i) lay_out(i);
  const auto by_git = left_out_by_git();
  for (std::size_t i = 0; i < cases.size(); ++i) {
    std::set<std::string> kept;
    const auto tree = list_tree(folder_of(i), {}).value();
    for (const auto& entry : tree) kept.insert(entry.name);
    for (const auto& file : cases[i].files) {
      if (file.ends_with('/')) continue;
      EXPECT_EQ(!kept.contains(file), by_git.contains(std::to_string(i) + "/" + file))
          << "case " << i << ": '" << file << "' with\n"
          << cases[i].ignore;
    }
  }
}

std::vector<std::string> names_below(const fs::path& folder, const ZipOptions& options = {}) {
  std::vector<std::string> names;
  const auto tree = list_tree(folder, options).value();
  for (const auto& entry : tree) names.push_back(entry.name);
  return names;
}

TEST_F(ZipIgnore, leaves_out_directories_with_all_that_is_in_them) {
  write(temp.path() / ".dmsbatchignore", "cache/\n*.tmp\n");
  write(temp.path() / "cache/deep/file", "x");
  write(temp.path() / "run/a.tmp", "x");
  write(temp.path() / "run/a.inp", "x");
  EXPECT_THAT(names_below(temp.path()), ElementsAre(".dmsbatchignore", "run", "run/a.inp"));
}

TEST_F(ZipIgnore, may_leave_itself_out_and_what_no_archive_holds) {
  write(temp.path() / ".dmsbatchignore", ".dmsbatchignore\nbad*\n");
  write(temp.path() / "bad\xFF", "x");
  write(temp.path() / "a", "x");
  EXPECT_THAT(names_below(temp.path()), ElementsAre("a"));
}

TEST_F(ZipIgnore, takes_nothing_back_that_was_excluded) {
  write(temp.path() / ".dmsbatchignore", "!a\n");
  write(temp.path() / "a", "x");
  EXPECT_THAT(names_below(temp.path(), {.exclude = {"a"}}), ElementsAre(".dmsbatchignore"));
}

TEST_F(ZipIgnore, takes_a_link_to_a_directory_for_a_file) {
  write(temp.path() / ".dmsbatchignore", "link/\n");
  write(temp.path() / "d/a", "x");
  fs::create_symlink("d", temp.path() / "link");
  EXPECT_THAT(names_below(temp.path()), ElementsAre(".dmsbatchignore", "d", "d/a", "link"));
}

TEST_F(ZipIgnore, follows_no_link_to_an_ignore_file) {
  write(temp.path() / "patterns", "*\n");
  write(temp.path() / "study/a", "x");
  fs::create_symlink("../patterns", temp.path() / "study/.dmsbatchignore");
  EXPECT_THAT(names_below(temp.path() / "study"), ElementsAre(".dmsbatchignore", "a"));
}

TEST_F(ZipIgnore, is_quick_with_patterns_made_to_be_slow) {
  std::string pattern, stars = "x/";
  for (int i = 0; i < 100; ++i) pattern += "a*", stars += "**/";
  const std::string name(200, 'a');
  EXPECT_FALSE(PathPattern(pattern + "b").fits(name));
  EXPECT_FALSE(PathPattern(stars + "b").fits("x/" + name));
}

}  // namespace
}  // namespace dms::blob
