// Application packages on a real node.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "blob/zip.h"
#include "tests/agent/node_process.h"

namespace dms::agent {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Packages : public testing::Test {
 protected:
  // A package of one program that says which version it is.
  Package package(const std::string& version) {
    const fs::path source = node_.outside("source-" + version);
    fs::create_directories(source / "bin");
    std::ofstream(source / "bin/tool") << "#!/bin/sh\necho tool " << version << "\n";
    fs::permissions(source / "bin/tool", fs::perms(0755));
    const std::string archive = node_.outside(version + ".zip");
    EXPECT_TRUE(blob::zip_directory(source, archive));
    return {"applications/tool" + version + "/20260102T030405Z", archive};
  }
  RunSpec run_with(const Package& package, const std::string& command,
                   const std::string& task = "t") {
    RunSpec spec = run_of(command, task);
    spec.packages = {package};
    spec.environment.push_back({"AZ_BATCH_APP_PACKAGE_tool", node_.at(package.directory)});
    return spec;
  }

  NodeProcess node_;
  static constexpr const char* use = "sh -c '$AZ_BATCH_APP_PACKAGE_tool/bin/tool'";
};

TEST_F(Packages, are_there_before_the_command_and_stay) {
  node_.connect();
  const Package one = package("1.0");
  EXPECT_EQ(node_.run_to_end(run_with(one, use)).exit_code, 0);
  EXPECT_EQ(node_.text_of_file("workitems/j/job-1/t/stdout.txt"), "tool 1.0\n");
  fs::remove(one.archive);
  EXPECT_EQ(node_.run_to_end(run_with(one, use, "again")).exit_code, 0) << "installed once";
  EXPECT_EQ(node_.run_to_end(run_with(package("2.0"), use, "other")).exit_code, 0);
  EXPECT_EQ(node_.text_of_file("workitems/j/job-1/other/stdout.txt"), "tool 2.0\n");
}

TEST_F(Packages, are_installed_once_for_runs_that_start_together) {
  node_.connect(4);
  const Package one = package("1.0");
  for (const char* task : {"a", "b", "c", "d"}) node_.run(run_with(one, use, task));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(node_.next_end().exit_code, 0);
  EXPECT_FALSE(fs::exists(node_.at("volatile/packages")));
}

TEST_F(Packages, of_a_run_of_their_own_need_no_command) {
  node_.connect();
  RunSpec spec;
  spec.run = {.kind = RunKind::packages, .task_id = "applications", .required_slots = 0};
  spec.task_directory = "applications";
  spec.packages = {package("1.0"), package("2.0")};
  const RunEnd end = node_.run_to_end(spec);
  EXPECT_FALSE(end.failure_info);
  EXPECT_FALSE(end.exit_code);
  for (const Package& each : spec.packages)
    EXPECT_TRUE(fs::exists(node_.at(each.directory + "/bin/tool")));
  EXPECT_FALSE(fs::exists(node_.at("applications/wd")));
}

TEST_F(Packages, that_cannot_be_installed_fail_the_task_before_its_command) {
  node_.connect();
  Package missing = package("1.0");
  fs::remove(missing.archive);
  Package broken = package("2.0");
  std::ofstream(broken.archive) << "no zip";
  Package outside = package("3.0");
  outside.directory = "../evil";
  for (const Package& bad : {missing, broken, outside}) {
    const RunEnd end =
        node_.run_to_end(run_with(bad, "touch ran", bad.archive.substr(bad.archive.size() - 5, 1)));
    ASSERT_TRUE(end.failure_info) << bad.archive;
    EXPECT_EQ(end.failure_info->code, "ApplicationPackageError");
    EXPECT_EQ(end.failure_info->details.at(0).value, bad.directory);
    EXPECT_FALSE(end.exit_code);
    EXPECT_FALSE(fs::exists(node_.at(bad.directory)));
  }
  // What failed leaves nothing in the way.
  EXPECT_EQ(node_.run_to_end(run_with(package("1.0"), use, "good")).exit_code, 0);
}

}  // namespace
}  // namespace dms::agent
