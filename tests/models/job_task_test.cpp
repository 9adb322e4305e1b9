// What nodes execute for a job file: the exit code is the command's, nothing is lost on the way.
// Command lines are run here as a node runs them.
#include <fmt/format.h>

#include "models/job_file/node_commands.h"
#include "tests/models/job_file_fixture.h"

namespace dms::models {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class JobTasks : public JobFiles {
 protected:
  static std::string path_of(const batch::OutputFile& file) {
    return file.destination.container->path.value_or("");
  }
  // A program that does nothing but what the test says.
  void program(const std::string& name, const std::string& script) {
    write("bin/" + name, "#!/bin/bash\n" + script);
    std::filesystem::permissions(directory_.path() / "bin" / name,
                                 std::filesystem::perms::owner_all);
  }
};

TEST_F(JobTasks, a_command_that_fails_fails_its_task) {
  EXPECT_EQ(run_command(small + "command: exit 3\n").exit_code, 3);
  EXPECT_EQ(run_command(small + "command: 'false'\n").exit_code, 1);
  EXPECT_EQ(run_command(small + "command: echo fine\n").exit_code, 0);
}

TEST_F(JobTasks, a_command_that_dies_of_a_signal_fails_its_task) {
  EXPECT_EQ(run_command(small + "command: bash -c 'kill -ABRT $$'\n").exit_code, 134);
}

TEST_F(JobTasks, every_command_counts_not_only_the_last) {
  const Captured done = run_command(small + "command: |\n  echo one\n  (exit 5)\n  echo two\n");
  EXPECT_EQ(done.exit_code, 5);
  EXPECT_EQ(done.out, "one\n");
  EXPECT_EQ(run_command(small + "command: (exit 6) | cat\n").exit_code, 6);
  EXPECT_EQ(run_command(small + "command: |\n  (exit 7) &\n  echo on\n").exit_code, 7);
}

TEST_F(JobTasks, a_template_that_loses_the_exit_code_is_refused_where_it_does) {
  write("t/old/default_config.yml", "extends: linux\n");
  write("t/old/application_command_template.sh",
        "run() {{\n{command}\n}}\nset +e;\nrun\nset -e;\nexit_code=${{PIPESTATUS[0]}};\nexit "
        "$exit_code\n");
  EXPECT_THAT(
      error_of("template_name: old\njob_name: j\ncommand: c\n", directory_.path() / "t"),
      HasSubstr("application_command_template.sh:7:1: this reads the exit code of 'set -e'"));
}

TEST_F(JobTasks, the_shells_own_braces_arrive_as_they_are) {
  const Captured done = run_command(small +
                                    "x: never\ncommand: |\n  list=(a b)\n"
                                    "  echo \"${list[@]}\" ${x:-empty} '{\"n\": {}}' {1..3}\n"
                                    "  awk '{print $1 \"-\" $2}' <<<'p q'\n"
                                    "  cat <<'END'\n  it's {x}, '{{x}}'\n  END\n");
  EXPECT_EQ(done.out, "a b empty {\"n\": {}} 1 2 3\np-q\nit's never, '{{x}}'\n");
}

TEST_F(JobTasks, a_tasks_script_and_environment_stay_beside_it) {
  run_command(small + "command: echo {task_name}\n");
  EXPECT_THAT(read("task/application_command.sh"), HasSubstr("echo tides_task_"));
  EXPECT_THAT(read("task/env_vars.sh"), HasSubstr("AZ_BATCH_TASK_DIR"));
  const auto mode = std::filesystem::status(directory_.path() / "task/env_vars.sh").permissions();
  EXPECT_EQ(mode & std::filesystem::perms::mask,
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(JobTasks, a_script_that_was_uploaded_runs_the_same) {
  write("task/wd/.dmsbatch/application_command.sh", "set -e\necho here\nexit 9\n");
  const Captured done = run_line(fetched_script_line("application", batch::OsType::linux_os));
  EXPECT_EQ(done.exit_code, 9);
  EXPECT_EQ(done.out, "here\n");
}

TEST_F(JobTasks, comments_and_blocks_of_a_job_start_swallow_nothing) {
  const auto job = parse(small +
                         "command: c\njob_start_command_template: |\n  # first a comment\n"
                         "  echo one   # and one behind\n  if true; then\n    echo two\n  fi\n"
                         "  for n in 3 4; do\n    echo $n\n  done\n  # the last line\n");
  ASSERT_TRUE(job) << job.error().message;
  const auto made = make_job(*job, place(*job));
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_TRUE(made->job_preparation_task);
  EXPECT_EQ(run_line(made->job_preparation_task->command_line).out, "one\ntwo\n3\n4\n");
  EXPECT_EQ(made->job_preparation_task->wait_for_success, true);
}

TEST_F(JobTasks, a_job_start_on_windows_keeps_its_blocks_and_variables) {
  for (const std::string text : {"if exist a (\n  move a b\n)\n", "set A=1\necho %A%\n"}) {
    const auto line = job_start_line(text, batch::OsType::windows);
    ASSERT_TRUE(line);
    EXPECT_THAT(*line,
                AllOf(testing::StartsWith("powershell.exe"), HasSubstr("'job_start_command.bat'"),
                      HasSubstr("exit $LASTEXITCODE")));
  }
}

TEST_F(JobTasks, a_job_start_that_fails_says_so) {
  const auto line = job_start_line("echo one\nfalse\necho two\n", batch::OsType::linux_os);
  ASSERT_TRUE(line);
  const Captured done = run_line(*line);
  EXPECT_NE(done.exit_code, 0);
  EXPECT_EQ(done.out, "one\n");
}

TEST_F(JobTasks, every_line_of_a_batch_file_is_checked) {
  EXPECT_EQ(
      checked_batch("rem run\nset A=1\nhydro hydro.inp\nqual_HAB.bat x\nif exist a (\n  del a\n)\n"
                    "qual ^\n  qual.inp\n"),
      "rem run\nset A=1\nhydro hydro.inp\nif %errorlevel% neq 0 exit /b %errorlevel%\n"
      "call qual_HAB.bat x\nif %errorlevel% neq 0 exit /b %errorlevel%\n"
      "if exist a (\n  del a || goto dmsbatch_failed\n)\n"
      "if %errorlevel% neq 0 exit /b %errorlevel%\n"
      "qual ^\n  qual.inp\nif %errorlevel% neq 0 exit /b %errorlevel%\n"
      "goto dmsbatch_end\n:dmsbatch_failed\nexit /b %errorlevel%\n:dmsbatch_end\n");
  const auto line = script_line("application", "model\r\n", batch::OsType::windows);
  ASSERT_TRUE(line);
  EXPECT_THAT(*line, HasSubstr("exit $LASTEXITCODE"));
  EXPECT_EQ(*job_start_line("rem x\nmove a b\nrun.bat\n", batch::OsType::windows),
            "cmd.exe /c \"move a b && call run.bat\"");
}

TEST_F(JobTasks, no_command_of_a_windows_line_or_block_hides_the_failure_of_another) {
  const std::string check = "if %errorlevel% neq 0 exit /b %errorlevel%\n";
  EXPECT_EQ(checked_batch("hydro hydro.inp & qual qual.inp\n"),
            "hydro hydro.inp && qual qual.inp\n" + check);
  EXPECT_EQ(checked_batch("set A=1 & hydro\n"), "set A=1 && hydro\n" + check);
  EXPECT_EQ(checked_batch("hydro >log 2>&1 \"a & b\" ^& || echo & rem\n"),
            "hydro >log 2>&1 \"a & b\" ^& || echo && rem\n" + check);
  const std::string end =
      "goto dmsbatch_end\n:dmsbatch_failed\nexit /b %errorlevel%\n:dmsbatch_end\n";
  EXPECT_EQ(checked_batch("for %%f in (*.inp) do hydro %%f\n"),
            "for %%f in (*.inp) do hydro %%f || goto dmsbatch_failed\n" + end);
  EXPECT_EQ(checked_batch("for %%y in (1 2) do (\n  set Y=%%y\n  run.bat %%y\n  if exist a (\n"
                          "    hydro ^\n      a.inp\n  ) else (\n    qual b.inp\n  )\n)\n"),
            "for %%y in (1 2) do (\n  set Y=%%y\ncall   run.bat %%y || goto dmsbatch_failed\n"
            "  if exist a (\n    hydro ^\n      a.inp || goto dmsbatch_failed\n  ) else (\n"
            "    qual b.inp || goto dmsbatch_failed\n  )\n)\n" +
                check + end);
}

TEST_F(JobTasks, outputs_of_different_tasks_do_not_meet) {
  const std::string text = small +
                           "command: c {task_id}\ntask_ids: [a, b]\noutput_files:\n"
                           "  - {file_pattern: '*.dss', path: results}\n"
                           "  - {file_pattern: log.txt, path: results}\n"
                           "  - {file_pattern: '*.h5', path: 'own/{task_id}'}\n"
                           "  - {file_pattern: '*.csv', path: table, shared: true}\n";
  const auto job = parse(text);
  ASSERT_TRUE(job) << job.error().message;
  const auto task = make_task(*job, 1, place(*job));
  ASSERT_TRUE(task);
  const std::string folder = "jobs/" + place(*job).names.job_id + "/b";
  ASSERT_EQ(task->output_files.size(), 6);
  EXPECT_EQ(path_of(task->output_files[0]), folder);
  EXPECT_EQ(task->output_files[0].file_pattern, "../std*.txt");
  EXPECT_EQ(path_of(task->output_files[1]), folder);
  EXPECT_EQ(path_of(task->output_files[2]), "results/b");
  EXPECT_EQ(path_of(task->output_files[3]), "results/b/log.txt");
  EXPECT_EQ(path_of(task->output_files[4]), "own/b");
  EXPECT_EQ(path_of(task->output_files[5]), "table");
  EXPECT_THAT(job->notes, Contains(HasSubstr("job.yml:10:5: several tasks write to 'results'")));
  // One task alone has the path for itself.
  const auto one =
      parse(small + "command: c\noutput_files: [{file_pattern: '*.dss', path: results}]\n");
  ASSERT_TRUE(one);
  EXPECT_EQ(path_of(make_task(*one, 0, place(*one))->output_files[2]), "results");
}

TEST_F(JobTasks, files_environment_and_rights_reach_the_task) {
  const auto job =
      parse(small +
            "command: c\ntask_ids: [a]\nrun_as_admin: true\nmax_task_retry_count: 2\n"
            "max_wall_clock: 2h\nnum_hosts: 0\n"
            "resource_files: [{file_path: in, blob_prefix: 'tides/{task_id}'}]\n"
            "environment_variables: {RUN: '{task_id}', N: 3}\n"
            "app_pkgs: [{name: my-tool, version: '1.2', path: bin, init_script: go}]\n");
  ASSERT_TRUE(job) << job.error().message;
  const auto task = make_task(*job, 0, place(*job));
  ASSERT_TRUE(task) << task.error().message;
  ASSERT_EQ(task->resource_files.size(), 1);
  EXPECT_EQ(task->resource_files[0].storage_container_url, "https://in");
  EXPECT_EQ(task->resource_files[0].blob_prefix, "tides/a");
  EXPECT_EQ(task->resource_files[0].file_path, "in");
  EXPECT_THAT(task->environment_settings, ElementsAre(batch::EnvironmentSetting{"RUN", "a"},
                                                      batch::EnvironmentSetting{"N", "3"}));
  EXPECT_EQ(task->user_identity->auto_user->elevation_level, batch::ElevationLevel::admin);
  EXPECT_EQ(task->constraints->max_task_retry_count, 2);
  EXPECT_THAT(task->command_line,
              HasSubstr("export PATH=\"${AZ_BATCH_APP_PACKAGE_my_tool_1_2}/bin:$PATH\"\ngo\n"));
  const auto pool = make_pool(*job, "p", Where::this_machine);
  ASSERT_TRUE(pool);
  EXPECT_EQ(pool->target_dedicated_nodes, 1);
  EXPECT_EQ(pool->application_package_references[0].application_id, "my-tool");
}

TEST_F(JobTasks, a_container_is_the_tasks_and_the_pools) {
  const auto job = parse("template_name: dvsm_container\njob_name: j\ncommand: hydro -v\n");
  ASSERT_TRUE(job) << job.error().message;
  const auto task = make_task(*job, 0, place(*job));
  ASSERT_TRUE(task->container_settings);
  EXPECT_EQ(task->container_settings->container_run_options, "--rm");
  const auto pool = make_pool(*job, "p", Where::azure);
  EXPECT_EQ(pool->virtual_machine_configuration->container_configuration->container_image_names,
            std::vector{task->container_settings->image_name});
  const auto without =
      parse("template_name: dvsm_container\njob_name: j\ncommand: c\ncontainer_run_options:\n");
  ASSERT_TRUE(without) << without.error().message;
  EXPECT_FALSE(make_task(*without, 0, place(*without))->container_settings);
}

// The script of the templates for SCHISM, with an azcopy that the test plays.
class SchismScript : public JobTasks {
 protected:
  Captured run(const std::string& azcopy, const std::string& command) {
    program("azcopy", azcopy);
    const auto job = parse(
        "template_name: alma87_mvapich2_20241018\njob_name: s\nnum_hosts: 1\n"
        "study_dir: runs/one\ndelete_after_mins: 10\nmpi_command: |\n  " +
        command + "\n");
    EXPECT_TRUE(job) << job.error().message;
    const auto task = make_task(*job, 0, place(*job));
    EXPECT_TRUE(task) << task.error().message;
    write("task/wd/simulations/runs/one/outputs/old.nc", "x");
    write("task/wd/simulations/runs/one/outputs/new.nc", "x");
    std::filesystem::last_write_time(
        directory_.path() / "task/wd/simulations/runs/one/outputs/old.nc",
        std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
    return run_line(task->command_line, "PATH='" + (directory_ / "bin") +
                                            "':$PATH "
                                            "AZ_BATCH_HOST_LIST=10.0.0.1,10.0.0.2");
  }
  bool is_there(const std::string& name) {
    return std::filesystem::exists(directory_.path() / "task/wd/simulations/runs/one" / name);
  }
};

TEST_F(SchismScript, old_outputs_leave_the_node_once_they_are_in_storage) {
  const Captured done = run("exit 0\n", "cat hostfile");
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("10.0.0.1\n10.0.0.2\n"));
  EXPECT_FALSE(is_there("outputs/old.nc"));
  EXPECT_TRUE(is_there("outputs/new.nc"));
}

TEST_F(SchismScript, outputs_that_cannot_be_uploaded_stay_and_fail_the_task) {
  const Captured done = run("case \"$2\" in outputs*) exit 1;; esac\n", "echo ran");
  EXPECT_EQ(done.exit_code, 1);
  EXPECT_THAT(done.out, HasSubstr("ran"));
  EXPECT_TRUE(is_there("outputs/old.nc"));
}

TEST_F(SchismScript, a_model_that_fails_keeps_its_code_and_its_outputs_are_saved) {
  const Captured done = run("echo \"$@\" >> \"$AZ_BATCH_TASK_DIR/copied\"\n", "exit 42");
  EXPECT_EQ(done.exit_code, 42);
  EXPECT_THAT(read("task/copied"), HasSubstr("copy outputs/*"));
}

// As the Python tool's watchdog does: it looks on until there is no process any more.
TEST_F(SchismScript, a_model_that_dies_beside_a_watchdog_fails_its_task) {
  const Captured done = run("echo \"$@\" >> \"$AZ_BATCH_TASK_DIR/copied\"\n",
                            "bash -c 'kill -ABRT $$' & model=$!\n"
                            "  (while kill -0 $model 2>/dev/null; do :; done) &\n  true");
  EXPECT_EQ(done.exit_code, 134);
  EXPECT_THAT(read("task/copied"), HasSubstr("copy outputs/*"));
}

TEST_F(SchismScript, a_study_that_does_not_come_fails_the_task) {
  const Captured done = run("exit 1\n", "echo ran");
  EXPECT_NE(done.exit_code, 0);
  EXPECT_THAT(done.out, Not(HasSubstr("ran")));
}

}  // namespace
}  // namespace dms::models
