#include <unistd.h>

#include "tests/node/fixture.h"

namespace dms::node {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using CommandLine = Fixture;

TEST_F(CommandLine, the_version_is_the_projects) {
  const auto outcome = dmsnode({"--version"});
  EXPECT_EQ(outcome.exit, 0);
  EXPECT_EQ(outcome.output, "dmsnode " DMSNODE_VERSION "\n");
}

TEST_F(CommandLine, help_names_every_command_and_exit_code) {
  const auto outcome = dmsnode({"--help"});
  EXPECT_EQ(outcome.exit, 0);
  for (const auto* word : {"dmsnode unzip", "dmsnode zip", "dmsnode master", "--optional", "--also",
                           "--into", "--delete", "--max-bytes", "64", "65", "66", "74"}) {
    EXPECT_THAT(outcome.output, HasSubstr(word));
  }
}

TEST_F(CommandLine, wrong_usage_is_64_and_names_the_argument) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{}, "a command is missing"},
      {{"pack"}, "'pack'"},
      {{"unzip"}, "missing"},
      {{"unzip", "a", "b"}, "'b'"},
      {{"unzip", "a", "--into"}, "'--into'"},
      {{"unzip", "a", "--max-bytes", "1k"}, "1k"},
      {{"zip", "a.zip"}, "missing"},
      {{"zip", "a.zip", "x", "--also", "name"}, "NAME=PATH"},
      {{"zip", "a.zip", "x", "--fast"}, "'--fast'"},
  };
  for (const auto& [arguments, words] : cases) {
    const auto outcome = dmsnode(arguments);
    EXPECT_EQ(outcome.exit, 64) << words;
    EXPECT_THAT(outcome.errors, StartsWith("dmsnode: "));
    EXPECT_THAT(outcome.errors, HasSubstr(words));
  }
}

TEST_F(CommandLine, after_two_dashes_names_may_start_with_dashes) {
  write("--odd", "x");
  EXPECT_EQ(dmsnode({"zip", "o.zip", "--", "--odd"}).exit, 0);
  EXPECT_THAT(names_packed("o.zip"), testing::ElementsAre("--odd"));
}

TEST_F(CommandLine, the_program_is_static_and_small_enough_to_travel) {
  EXPECT_LT(std::filesystem::file_size(DMSNODE), 2U << 20);
  // An empty root has no loader, no libraries and no locales, and needs the right to enter it.
  if (geteuid() != 0) GTEST_SKIP() << "only root may change the root directory";
  write("root/größe.txt", "x");
  std::filesystem::copy_file(DMSNODE, directory() / "root/dmsnode");
  const auto enter = directory() / "root";
  EXPECT_EQ(
      run("/usr/sbin/chroot", {enter.string(), "/dmsnode", "zip", "/o.zip", "größe.txt"}).exit, 0);
  EXPECT_EQ(
      run("/usr/sbin/chroot", {enter.string(), "/dmsnode", "unzip", "/o.zip", "--into", "/b"}).exit,
      0);
  EXPECT_EQ(read("root/b/größe.txt"), "x");
}

}  // namespace
}  // namespace dms::node
