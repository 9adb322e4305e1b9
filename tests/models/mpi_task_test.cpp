// Studies whose runs are MPI programs: their keys, their tasks, and the pools that they may use.
#include "models/runs/mpi_task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/child.h"
#include "core/file.h"
#include "tests/support/temp_directory.h"

namespace dms::models {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* keys =
    "job_name: flow\n"
    "num_hosts: 3\n"
    "mpi_command: '{mpirun} ./model'\n";

Result<Study> study_of(const std::string& more) {
  return parse_study("/studies/study.yml", std::string(keys) + more);
}

std::string error_of(const std::string& more) {
  const auto study = study_of(more);
  return study ? "none" : study.error().message;
}

TEST(MpiStudy, has_its_command_and_as_many_hosts_as_the_pool) {
  const auto study = study_of("");
  ASSERT_TRUE(study) << study.error().message;
  ASSERT_TRUE(study->mpi);
  EXPECT_EQ(study->command, "$DMSBATCH_MPIRUN ./model");
  EXPECT_EQ(hosts_per_run(*study), 3);
}

TEST(MpiStudy, reads_all_keys) {
  const auto study = study_of(
      "coordination_command: make\n"
      "mpi: {hosts: 2, ranks_per_host: 4, implementation: mpich, environment: [A, B], "
      "outputs: all}\n");
  ASSERT_TRUE(study) << study.error().message;
  EXPECT_EQ(hosts_per_run(*study), 2);
  EXPECT_EQ(study->mpi->ranks_per_host, 4);
  EXPECT_EQ(study->mpi->implementation, "mpich");
  EXPECT_EQ(study->mpi->coordination_command, "make");
  EXPECT_THAT(study->mpi->environment, ElementsAre("A", "B"));
  EXPECT_EQ(study->mpi->outputs, MpiKeys::Outputs::all);
}

TEST(MpiStudy, names_what_is_wrong_and_where) {
  EXPECT_THAT(error_of("mpi: {ranks: 2}\n"), AllOf(HasSubstr(":4:"), HasSubstr("ranks_per_host")));
  EXPECT_THAT(error_of("mpi: {implementation: lam}\n"), HasSubstr("'lam'"));
  EXPECT_THAT(error_of("mpi: {outputs: some}\n"), HasSubstr("primary or all"));
  EXPECT_THAT(error_of("mpi: {environment: ['A=b']}\n"), HasSubstr("'A=b'"));
  EXPECT_THAT(error_of("command: ls\n"), HasSubstr("not both"));
  const auto none = parse_study("/s/study.yml", "job_name: j\ncommand: ls\nmpi: {hosts: 1}\n");
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("mpi_command"));
}

TEST(MpiStudy, refuses_a_pool_on_which_no_run_would_start) {
  EXPECT_THAT(error_of("task_slots_per_node: 2\n"),
              AllOf(HasSubstr(":4:"), HasSubstr("one slot"), HasSubstr("wait for ever")));
  EXPECT_THAT(error_of("mpi: {hosts: 4}\n"),
              AllOf(HasSubstr("mpi.hosts is 4"), HasSubstr("3 nodes")));
}

TEST(MpiPool, must_let_its_nodes_talk_and_be_large_enough) {
  batch::Pool pool{.id = "p"};
  pool.enable_inter_node_communication = true;
  pool.task_slots_per_node = 1;
  pool.target_dedicated_nodes = 3;
  EXPECT_TRUE(check_pool_for_mpi(pool, 3));
  const auto why = [&](auto change) {
    batch::Pool changed = pool;
    change(changed);
    const Status status = check_pool_for_mpi(changed, 3);
    return status ? "none" : status.error().message;
  };
  EXPECT_THAT(why([](auto& p) { p.enable_inter_node_communication = false; }),
              HasSubstr("without communication"));
  EXPECT_THAT(why([](auto& p) { p.task_slots_per_node = 2; }), HasSubstr("2 slots"));
  EXPECT_THAT(why([](auto& p) { p.target_dedicated_nodes = 2; }),
              HasSubstr("2 nodes and a run needs 3"));
  EXPECT_EQ(why([](auto& p) {
              p.target_dedicated_nodes = 1;
              p.target_low_priority_nodes = 2;
            }),
            "none");
  EXPECT_EQ(why([](auto& p) {
              p.target_dedicated_nodes = 0;
              p.enable_auto_scale = true;
            }),
            "none");
}

TEST(MpiTask, has_the_inputs_on_every_host_and_the_command_on_the_first) {
  const Study study = *study_of("mpi: {hosts: 2}\n");
  const models::Run run = Runs(study, "abc").at(0);
  const batch::Task task = make_task(
      run, study,
      {.tool_url = "http://t", .inputs_url = "http://i", .results_container_url = "http://r"});
  EXPECT_EQ(task.output_files.size(), 1u);
  ASSERT_TRUE(task.multi_instance_settings);
  EXPECT_EQ(task.multi_instance_settings->number_of_instances, 2);
  EXPECT_TRUE(task.resource_files.empty());
  const auto& files = task.multi_instance_settings->common_resource_files;
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].file_path, ".dmsbatch/dmsnode");
  EXPECT_EQ(files[0].file_mode, "0755");
  EXPECT_EQ(files[1].file_path, ".dmsbatch/inputs.zip");
}

TEST(MpiTask, brings_nothing_to_hosts_that_the_jobs_preparation_made_ready) {
  const Study study = *study_of("");
  const models::Run run = Runs(study, "abc").at(0);
  const batch::Task task = make_task(run, study,
                                     {.tool_url = "http://t",
                                      .tool_sha256 = "70",
                                      .inputs_url = "http://i",
                                      .inputs_sha256 = "5ha",
                                      .shared_files = {{.name = "tide.h5", .sha256 = "f1"}},
                                      .results_container_url = "http://r",
                                      .prepared = true});
  ASSERT_TRUE(task.multi_instance_settings);
  EXPECT_TRUE(task.resource_files.empty());
  EXPECT_TRUE(task.multi_instance_settings->common_resource_files.empty());
  EXPECT_THAT(task.multi_instance_settings->coordination_command_line,
              AllOf(HasSubstr("/dmsbatch/dmsnode-70 .dmsbatch/dmsnode"),
                    HasSubstr(" --inputs 5ha --shared ")));
}

TEST(MpiTask, is_another_run_when_it_is_spread_otherwise) {
  const auto id = [](const std::string& more) {
    const Study study = *study_of(more);
    return Runs(study, "abc").at(0).id;
  };
  EXPECT_NE(id(""), id("mpi: {hosts: 2}\n"));
  EXPECT_NE(id(""), id("mpi: {ranks_per_host: 2}\n"));
  EXPECT_NE(id(""), id("coordination_command: make\n"));
  EXPECT_EQ(id(""), id("mpi: {hosts: 3}\n")) << "which is what it was";
}

// Hosts as the scripts see them: a shared directory with a dmsnode that writes down its calls.
class MpiScript : public testing::Test {
 protected:
  MpiScript() {
    std::filesystem::create_directories(directory_.path() / ".dmsbatch");
    write_file_atomic(directory_ / ".dmsbatch/dmsnode",
                      "#!/bin/bash\nprintf '[%s]' \"$@\" >> " + directory_ / "calls" +
                          "; echo >> " + directory_ / "calls" +
                          "\n[ $1 = run ] || exit 0\nwhile [ \"$1\" != -- ]; do shift; done\n"
                          "exec /bin/bash -eo pipefail -c \"$2\"\n",
                      0755)
        .value();
    std::filesystem::create_directories(directory_.path() / "wd");
  }
  int run(const std::string& script) {
    const auto pid = spawn_child(
        {.argv = {"/bin/bash", "-c", script},
         .env = std::vector<std::string>{
             "PATH=/usr/bin:/bin", "AZ_BATCH_TASK_SHARED_DIR=" + directory_.path().string(),
             "AZ_BATCH_NODE_SHARED_DIR=" + directory_.path().string()}});
    return exit_code(*wait_child(*pid));
  }
  std::string file(const std::string& name) {
    return read_file(directory_ / name).value_or("absent");
  }
  TempDirectory directory_;
};

TEST_F(MpiScript, coordination_brings_the_inputs_and_runs_the_studys_own_command_there) {
  const models::Run with_command{.coordination = "pwd > where; exit 5"};
  EXPECT_EQ(run(coordination_script(with_command, {.inputs_url = "i", .inputs_sha256 = "5ha"})), 5);
  EXPECT_EQ(file("wd/where"), directory_.path().string() + "/wd\n");
  EXPECT_EQ(file("calls"),
            "[run][.dmsbatch/none.zip][--inputs][5ha=../.dmsbatch/inputs.zip][--]"
            "[pwd > where; exit 5]\n");
  EXPECT_EQ(run(coordination_script({}, {})), 0);
}

TEST_F(MpiScript, coordination_uses_what_a_prepared_host_has) {
  std::filesystem::create_directories(directory_.path() / "dmsbatch");
  std::filesystem::rename(directory_.path() / ".dmsbatch/dmsnode",
                          directory_.path() / "dmsbatch/dmsnode-70");
  const TaskPlace place{.tool_sha256 = "70",
                        .inputs_url = "i",
                        .inputs_sha256 = "5ha",
                        .shared_files = {{.name = "tide.h5", .sha256 = "f1"}},
                        .prepared = true};
  EXPECT_EQ(run(coordination_script({.coordination = "exit 6"}, place)), 6);
  EXPECT_EQ(file("calls"),
            "[run][.dmsbatch/none.zip][--inputs][5ha][--shared][tide.h5=f1][--][exit 6]\n");
}

TEST_F(MpiScript, the_command_finds_how_to_start_mpi) {
  const Study study = *study_of("mpi: {ranks_per_host: 2, environment: [MORE]}\n");
  const models::Run run_of_study{.command =
                                     "$DMSBATCH_MPIRUN ./model; echo "
                                     "$DMSBATCH_RANKS_PER_HOST $DMSBATCH_MPI "
                                     "$DMSBATCH_MPI_ENVIRONMENT > seen",
                                 .environment = {{"LJ_T", "1"}}};
  EXPECT_EQ(run(mpi_script(run_of_study, study)), 0);
  EXPECT_THAT(file("wd/seen"), AllOf(HasSubstr("2 auto "), HasSubstr(",LJ_T,MORE\n")));
  EXPECT_THAT(file("calls"), HasSubstr("[hostfile][" + directory_ / ".dmsbatch/hostfile" +
                                       "]\n"
                                       "[mpirun][./model]\n[zip]"));
  EXPECT_THAT(file("calls"), Not(HasSubstr("gather")));
}

TEST_F(MpiScript, outputs_of_all_hosts_are_gathered_and_packed_too) {
  const Study study = *study_of("mpi: {outputs: all}\n");
  const models::Run run_of_study{.command = "mkdir -p hosts", .outputs = {"*.txt"}};
  write_file_atomic(directory_ / ".dmsbatch/dmsnode",
                    "#!/bin/bash\nprintf '[%s]' \"$@\" >> ../calls; echo >> ../calls\n"
                    "[ $1 != gather ] || mkdir -p hosts\n",
                    0755)
      .value();
  EXPECT_EQ(run(mpi_script(run_of_study, study)), 0);
  EXPECT_THAT(file("calls"), AllOf(HasSubstr("[gather][hosts][--][*.txt]\n"),
                                   HasSubstr("[.dmsbatch/outputs.zip][*.txt][hosts]\n")));
}

TEST_F(MpiScript, a_command_that_failed_gives_its_code_and_still_packs) {
  const Study study = *study_of("");
  EXPECT_EQ(run(mpi_script({.command = "exit 7", .outputs = {"x"}}, study)), 7);
  EXPECT_THAT(file("calls"), HasSubstr("[zip][--optional]"));
}

}  // namespace
}  // namespace dms::models
