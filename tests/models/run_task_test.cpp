#include "models/runs/run_task.h"
#include "models/place/prepare_task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/child.h"
#include "core/file.h"
#include "tests/support/temp_directory.h"

namespace dms::models {
namespace {

using testing::HasSubstr;

// A working directory with a dmsnode that writes down how it was called, and does of `run` only
// what it does with the command.
class WorkingDirectory : public testing::Test {
 protected:
  WorkingDirectory() {
    const std::string tool =
        "#!/bin/bash\nprintf '[%s]' \"$@\" >> calls\nwhile [ \"$1\" != -- ]; do shift; done\n"
        "exec /bin/bash -eo pipefail -c \"$2\"\n";
    std::filesystem::create_directories(directory_.path() / ".dmsbatch");
    std::filesystem::create_directories(directory_.path() / "shared dir/dmsbatch");
    EXPECT_TRUE(write_file_atomic(directory_ / ".dmsbatch/dmsnode", tool, 0755));
    EXPECT_TRUE(write_file_atomic(directory_ / "shared dir/dmsbatch/dmsnode-70", tool, 0755));
  }

  // The exit code of the run's script.
  int run(const models::Run& run, const TaskPlace& place = {}) {
    const std::vector<std::string> env{"PATH=/usr/bin:/bin",
                                       "AZ_BATCH_NODE_SHARED_DIR=" + (directory_ / "shared dir")};
    const auto pid = spawn_child({.argv = {"/bin/sh", "-c", run_script(run, place)},
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

TEST_F(WorkingDirectory, brings_what_the_node_does_not_have) {
  EXPECT_EQ(run({.command = "exit 7", .outputs = {"out.txt", "it's *.log"}},
                {.inputs_url = "u", .inputs_sha256 = "5ha"}),
            7);
  EXPECT_EQ(file("calls"),
            "[run][.dmsbatch/outputs.zip][--inputs][5ha=.dmsbatch/inputs.zip]"
            "[--also][stdout.txt=../stdout.txt][--also][stderr.txt=../stderr.txt]"
            "[--][exit 7][out.txt][it's *.log]");
}

TEST_F(WorkingDirectory, uses_what_the_node_has) {
  TaskPlace place{.tool_sha256 = "70", .inputs_url = "u", .inputs_sha256 = "5ha", .prepared = true};
  place.shared_files = {{.name = "it's.h5", .sha256 = "f1", .url = "v"}};
  EXPECT_EQ(run({.command = "true"}, place), 0);
  EXPECT_THAT(file("calls"), HasSubstr("[--inputs][5ha][--shared][it's.h5=f1][--also]"));
}

TEST_F(WorkingDirectory, asks_for_no_inputs_when_there_are_none) {
  EXPECT_EQ(run({.command = "true"}), 0);
  EXPECT_THAT(file("calls"), Not(HasSubstr("--inputs")));
}

TEST_F(WorkingDirectory, hands_the_command_over_byte_for_byte) {
  const std::string command =
      "cat <<'END' > out.txt\n"
      "a 'b' \"c\" \\d $E `f` {g} %h ! é \t\n"
      "END\n"
      "printf '%s\\n' \"${A[*]:-unset}\" 'x'\\''y' >> out.txt # done";
  EXPECT_EQ(run({.command = command}), 0);
  EXPECT_EQ(file("out.txt"), "a 'b' \"c\" \\d $E `f` {g} %h ! é \t\nunset\nx'y\n");
}

TEST_F(WorkingDirectory, gives_patterns_to_dmsnode_unexpanded) {
  EXPECT_TRUE(write_file_atomic(directory_ / "a.txt", ""));
  EXPECT_EQ(run({.command = "true", .outputs = {"*.txt", "$HOME", "--optional"}}), 0);
  EXPECT_THAT(file("calls"), HasSubstr("[--][true][*.txt][$HOME][--optional]"));
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
                                      .inputs_sha256 = "abc",
                                      .results_container_url = "http://b/results?sig=3",
                                      .blob_prefix = "melt",
                                      .family = runs.family()});
  EXPECT_EQ(task.id, runs.at(1).id);
  ASSERT_EQ(task.resource_files.size(), 2);
  EXPECT_EQ(task.resource_files[0].http_url, "http://b/tool?sig=1");
  EXPECT_EQ(task.resource_files[0].file_mode, "0755");
  EXPECT_EQ(task.resource_files[1].file_path, ".dmsbatch/inputs.zip");
  ASSERT_EQ(task.output_files.size(), 2);
  EXPECT_EQ(task.output_files[0].file_pattern, ".dmsbatch/outputs.zip");
  EXPECT_EQ(task.output_files[0].destination.container->path,
            "runs/" + runs.family() + "/" + runs.at(1).digest + ".zip");
  EXPECT_EQ(task.output_files[0].upload_options.upload_condition,
            batch::OutputFileUploadCondition::task_success);
  EXPECT_EQ(task.output_files[1].destination.container->path, "melt/" + task.id + "/outputs.zip");
  EXPECT_EQ(task.output_files[1].upload_options.upload_condition,
            batch::OutputFileUploadCondition::task_failure);
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
  const Runs runs(study, std::string(64, 'a'));
  const std::string url = "https://account.blob.core.windows.net/dmsbatch-inputs/" +
                          std::string(330, 's');  // a name of 64 hex digits, and a SAS
  TaskPlace place{.tool_url = url,
                  .tool_sha256 = std::string(64, 'b'),
                  .inputs_url = url,
                  .inputs_sha256 = std::string(64, 'a'),
                  .results_container_url = url,
                  .blob_prefix = "melt",
                  .family = runs.family(),
                  .prepared = true};
  EXPECT_LT(encode(make_task(runs.at(1), study, place)).size(), 2100u);
  place.prepared = false;
  EXPECT_LT(encode(make_task(runs.at(1), study, place)).size(), 3000u);
}

TaskPlace place_of(const std::string& inputs) {
  return {.tool_url = "t", .tool_sha256 = "70", .inputs_url = "i", .inputs_sha256 = inputs};
}

TEST(PreparationTask, brings_everything_to_a_node_once) {
  TaskPlace place = place_of("5ha");
  place.shared_files = {{.name = "tide.h5", .sha256 = "f1", .url = "f"}};
  const auto task = preparation_task(place);
  EXPECT_EQ(task.command_line,
            "/bin/sh -c 'exec ./dmsnode stage --tool 70 --inputs 5ha=inputs.zip "
            "--file f1=f1.file'");
  ASSERT_EQ(task.resource_files.size(), 3);
  EXPECT_EQ(task.resource_files[0].file_mode, "0755");
  EXPECT_EQ(task.resource_files[2].file_path, "f1.file");
  EXPECT_TRUE(*task.wait_for_success);
  EXPECT_TRUE(*task.rerun_on_node_reboot_after_success);
}

TEST(PreparationTask, is_known_again_whatever_its_signatures) {
  batch::Job job{.id = "j", .job_preparation_task = preparation_task(place_of("5ha"))};
  TaskPlace later = place_of("5ha");
  later.tool_url = "t?sig=another";
  EXPECT_TRUE(is_prepared_by(job, later));
  EXPECT_FALSE(is_prepared_by(job, place_of("other")));
  EXPECT_FALSE(is_prepared_by({.id = "j"}, later));
}

}  // namespace
}  // namespace dms::models
