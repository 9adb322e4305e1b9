// Job files in tests: the keys that every one has, and runs of what they give to a node.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "core/child.h"
#include "core/file.h"
#include "models/job_file/job_directives.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_directory.h"

namespace dms::models {

class JobFiles : public testing::Test {
 protected:
  // Four lines for an account, so that the test's own text begins in line 5.
  static std::string account() {
    return "resource_group: lab\nbatch_account_name: mybatch\nstorage_account_name: mystore\n"
           "storage_container_name: studies\n";
  }

  Result<JobFile> parse(const std::string& text, std::filesystem::path templates = {}) {
    const std::filesystem::path path = "job.yml";
    return parse_job_file(
        path, account() + text,
        {.template_dir = std::move(templates), .now = FakeClock::default_start()});
  }

  std::string error_of(const std::string& text, const std::filesystem::path& templates = {}) {
    const auto job = parse(text, templates);
    return job ? "no error" : job.error().message;
  }

  JobPlace place(const JobFile& job) {
    return {.names = make_names(job, "", FakeClock::default_start()),
            .inputs_url = "https://in",
            .outputs_url = "https://out"};
  }

  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((directory_.path() / name).parent_path());
    ASSERT_TRUE(write_file_atomic(directory_ / name, text));
  }
  std::string read(const std::string& name) {
    return read_file(directory_ / name).value_or("no file " + name);
  }

  // Runs a command line as a node does: in task/wd, with task as AZ_BATCH_TASK_DIR. `settings` are
  // words of a shell in front of it: "A=1 PATH=/x:$PATH".
  Captured run_line(const std::string& line, const std::string& settings = "") {
    std::filesystem::create_directories(directory_.path() / "task/wd");
    const std::string task = directory_ / "task";
    auto done = run_captured({"/bin/sh", "-c",
                              "cd '" + task + "/wd' && export AZ_BATCH_TASK_DIR='" + task +
                                  "' AZ_BATCH_TASK_WORKING_DIR='" + task + "/wd' " + settings +
                                  " && exec " + line});
    EXPECT_TRUE(done) << done.error().message;
    return done ? *done : Captured{.exit_code = -1};
  }

  // The command of a job file's first task, on a node.
  Captured run_command(const std::string& text) {
    const auto job = parse(text);
    EXPECT_TRUE(job) << job.error().message;
    if (!job) return {.exit_code = -1};
    const auto task = make_task(*job, 0, place(*job));
    EXPECT_TRUE(task) << task.error().message;
    return run_line(task->command_line);
  }

  TempDirectory directory_;
};

inline const std::string small = "template_name: linux\njob_name: tides\n";  // lines 5 and 6

}  // namespace dms::models
