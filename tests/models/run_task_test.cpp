#include "models/run_task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/child.h"
#include "core/file.h"
#include "tests/support/temp_directory.h"

namespace dms::models {
namespace {

using testing::HasSubstr;

// A working directory with a dmsnode that writes down how it was called; DMSNODE_EXIT is its exit
// code for zip.
class WorkingDirectory : public testing::Test {
 protected:
  WorkingDirectory() {
    std::filesystem::create_directories(directory_.path() / ".dmsbatch");
    EXPECT_TRUE(write_file_atomic(directory_ / ".dmsbatch/dmsnode",
                                  "#!/bin/bash\nprintf '[%s]' \"$@\" >> calls; echo >> calls\n"
                                  "[ $1 = unzip ] && exit ${UNZIP_EXIT:-0}\n"
                                  "exit ${ZIP_EXIT:-0}\n",
                                  0755));
  }

  // The exit code of the run's script.
  int run(const models::Run& run, Inputs inputs, std::vector<std::string> env = {}) {
    env.push_back("PATH=/usr/bin:/bin");
    const auto pid = spawn_child({.argv = {"/bin/bash", "-c", run_script(run, inputs)},
                                  .env = env,
                                  .cwd = directory_.path().string()});
    EXPECT_TRUE(pid);
    return exit_code(*wait_child(*pid));
  }

  std::string file(const std::string& name) {
    return read_file(directory_ / name).value_or("absent");
  }

  TempDirectory directory_;
};

TEST_F(WorkingDirectory, unpacks_runs_and_packs) {
  EXPECT_EQ(
      run({.command = "echo ran > out.txt", .outputs = {"out.txt", "it's *.log"}}, Inputs::zipped),
      0);
  EXPECT_EQ(file("out.txt"), "ran\n");
  EXPECT_EQ(file("calls"),
            "[unzip][.dmsbatch/inputs.zip][--delete]\n"
            "[zip][--also][stdout.txt=../stdout.txt][--also][stderr.txt=../stderr.txt][--]"
            "[.dmsbatch/outputs.zip][out.txt][it's *.log]\n");
}

TEST_F(WorkingDirectory, unpacks_nothing_without_inputs) {
  EXPECT_EQ(run({.command = "true"}, Inputs::none), 0);
  EXPECT_THAT(file("calls"), Not(HasSubstr("unzip")));
}

TEST_F(WorkingDirectory, does_not_run_with_bad_inputs) {
  EXPECT_EQ(run({.command = "touch ran"}, Inputs::zipped, {"UNZIP_EXIT=65"}), 65);
  EXPECT_EQ(file("ran"), "absent");
}

TEST_F(WorkingDirectory, packs_leniently_and_keeps_the_code_of_a_command_that_failed) {
  EXPECT_EQ(run({.command = "exit 7", .outputs = {"a"}}, Inputs::none, {"ZIP_EXIT=66"}), 7);
  EXPECT_THAT(file("calls"), HasSubstr("[zip][--optional]"));
}

TEST_F(WorkingDirectory, tells_missing_outputs_of_a_command_that_succeeded) {
  EXPECT_EQ(run({.command = "true", .outputs = {"a"}}, Inputs::none, {"ZIP_EXIT=66"}),
            exit_missing_outputs);
}

TEST_F(WorkingDirectory, stops_at_the_first_command_that_fails) {
  EXPECT_EQ(run({.command = "touch a\nfalse\ntouch b"}, Inputs::none), 1);
  EXPECT_EQ(file("a"), "");
  EXPECT_EQ(file("b"), "absent");
  EXPECT_EQ(run({.command = "(exit 3) | cat"}, Inputs::none), 3);
}

TEST_F(WorkingDirectory, packs_after_a_command_that_exits_dies_or_cannot_be_read) {
  EXPECT_EQ(run({.command = "exit 0; false"}, Inputs::none), 0);
  EXPECT_EQ(run({.command = "kill -9 $$"}, Inputs::none), 137);
  EXPECT_EQ(run({.command = "echo )"}, Inputs::none), 2);
  EXPECT_EQ(run({.command = "cd / # and stay"}, Inputs::none), 0);
  const std::string calls = file("calls");
  EXPECT_EQ(std::count(calls.begin(), calls.end(), '\n'), 4);
}

TEST_F(WorkingDirectory, hands_the_command_over_byte_for_byte) {
  const std::string command =
      "cat <<'END' > out.txt\n"
      "a 'b' \"c\" \\d $E `f` {g} %h ! é \t\n"
      "END\n"
      "printf '%s\\n' \"${A[*]:-unset}\" 'x'\\''y' >> out.txt # done";
  EXPECT_EQ(run({.command = command}, Inputs::none), 0);
  EXPECT_EQ(file("out.txt"), "a 'b' \"c\" \\d $E `f` {g} %h ! é \t\nunset\nx'y\n");
}

TEST_F(WorkingDirectory, gives_patterns_to_dmsnode_unexpanded) {
  EXPECT_TRUE(write_file_atomic(directory_ / "a.txt", ""));
  EXPECT_EQ(run({.command = "true", .outputs = {"*.txt", "$HOME", "--optional"}}, Inputs::none), 0);
  EXPECT_THAT(file("calls"), HasSubstr("[--][.dmsbatch/outputs.zip][*.txt][$HOME][--optional]"));
}

Study study_with_everything() {
  Study study{.job_name = "melt", .command = "lmp -in in.melt -log log.lammps"};
  study.space = *ParameterSpace::make({{"LJ_T", *make_linspace(0.5, 3, 6)}}, Combine::product);
  study.outputs = {"result.txt"};
  study.max_task_retry_count = 2;
  study.max_wall_clock = Duration{std::chrono::hours(2)};
  return study;
}

TEST(RunTask, names_files_limits_and_environment) {
  const Study study = study_with_everything();
  const Runs runs(study, "abc");
  const batch::Task task = make_task(runs.at(1), study,
                                     {.tool_url = "http://b/tool?sig=1",
                                      .inputs_url = "http://b/in?sig=2",
                                      .results_container_url = "http://b/results?sig=3",
                                      .blob_prefix = "melt"});
  EXPECT_EQ(task.id, runs.at(1).id);
  ASSERT_EQ(task.resource_files.size(), 2);
  EXPECT_EQ(task.resource_files[0].http_url, "http://b/tool?sig=1");
  EXPECT_EQ(task.resource_files[0].file_mode, "0755");
  EXPECT_EQ(task.resource_files[1].file_path, ".dmsbatch/inputs.zip");
  ASSERT_EQ(task.output_files.size(), 1);
  EXPECT_EQ(task.output_files[0].file_pattern, ".dmsbatch/outputs.zip");
  EXPECT_EQ(task.output_files[0].destination.container->path, "melt/" + task.id + "/outputs.zip");
  EXPECT_EQ(task.output_files[0].upload_options.upload_condition,
            batch::OutputFileUploadCondition::task_completion);
  ASSERT_EQ(task.environment_settings.size(), 1);
  EXPECT_EQ(task.environment_settings[0].value, "1");
  EXPECT_EQ(task.constraints->max_task_retry_count, 2);
  EXPECT_EQ(task.constraints->max_wall_clock_time->iso8601(), "PT2H");
}

TEST(RunTask, has_its_packages_and_finds_their_programs) {
  const Study study{.app_packages = {{"dsm2", "8.2.1", "bin"}, {.name = "lammps"}}};
  const batch::Task task = make_task({.id = "a", .command = "hydro"}, study, {});
  ASSERT_EQ(task.application_package_references.size(), 2);
  EXPECT_EQ(task.application_package_references[0].application_id, "dsm2");
  EXPECT_EQ(task.application_package_references[0].version, "8.2.1");
  EXPECT_FALSE(task.application_package_references[1].version);
  EXPECT_THAT(task.command_line, HasSubstr("AZ_BATCH_APP_PACKAGE_dsm2_8_2_1}/bin:"));
}

TEST(RunTask, is_small_on_the_wire) {
  const Study study = study_with_everything();
  const Runs runs(study, "abc");
  const std::string url = "https://account.blob.core.windows.net/dmsbatch-inputs/" +
                          std::string(330, 's');  // a name of 64 hex digits, and a SAS
  const batch::Task task = make_task(
      runs.at(1), study,
      {.tool_url = url, .inputs_url = url, .results_container_url = url, .blob_prefix = "melt"});
  EXPECT_LT(encode(task).size(), 2500u);
}

}  // namespace
}  // namespace dms::models
