#include "models/job_file/job_file.h"

#include <fmt/format.h>

#include "models/job_file/migrate.h"
#include "models/study/study.h"
#include "tests/models/job_file_fixture.h"

namespace dms::models {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

class JobFileText : public JobFiles {
 protected:
  std::string value(const JobFile& job, std::string_view name, std::uint64_t task = 0) {
    TaskValues values = job.variables.of_task(job.points.at(task));
    const auto found = values.get(name);
    return found && *found ? value_text(**found) : "none";
  }
};

TEST_F(JobFileText, reads_a_whole_one) {
  const auto job = parse(small +
                         "vm_size: standard_d8s_v3\nnum_hosts: 2\n"
                         "task_ids: range(1, 4)\ntask_name: 'tide_{task_id:02d}'\n"
                         "level: '{task_id}m'\ncommand: ./tide {level} {num_cores}\n");
  ASSERT_TRUE(job) << job.error().message;
  EXPECT_EQ(job->job_name, "tides");
  EXPECT_EQ(job->pool_prefix, "tides");
  EXPECT_EQ(job->points.size(), 3);
  EXPECT_EQ(value(*job, "command", 2), "./tide 3m 16");
  EXPECT_EQ(value(*job, "task_slots_per_node"), "8");
  EXPECT_EQ(*task_id_of(*job, 1, place(*job).names), "tide_02");
  EXPECT_THAT(job->notes, IsEmpty());
}

TEST_F(JobFileText, the_file_wins_over_its_template_and_that_over_what_it_extends) {
  write("t/mine/default_config.yml", "extends: linux\nvm_size: standard_d4s_v3\nlevel: low\n");
  const auto job = parse("template_name: mine\njob_name: j\nlevel: high\ncommand: c {level}\n",
                         directory_.path() / "t");
  ASSERT_TRUE(job) << job.error().message;
  EXPECT_EQ(value(*job, "command"), "c high");           // the file
  EXPECT_EQ(value(*job, "vm_size"), "standard_d4s_v3");  // its template
  EXPECT_EQ(value(*job, "spot_core_limit"), "2000");     // what that extends
  EXPECT_EQ(value(*job, "node_agent_sku_id"), "batch.node.ubuntu 22.04");
  // A list is replaced whole.
  const auto other =
      parse("template_name: win_dsm2\njob_name: j\ncommand: c\napp_pkgs: [{name: x}]\n");
  ASSERT_TRUE(other) << other.error().message;
  EXPECT_EQ(value(*other, "app_pkgs"), "[{'name': 'x'}]");
}

TEST_F(JobFileText, every_template_of_the_python_tool_is_known) {
  for (const char* name :
       {"win_dsm2", "dvsm_container", "alma87_mvapich2_20241018", "alma87_mvapich2_20241018_ipp",
        "alma87_mvapich2_20241018_pp", "alma810_mvapich2_202505290_hbv3",
        "alma810_hpcx_202505290_hbv4", "alma810_hpcx_202505290_hbv5", "build_schism_alma810"}) {
    const auto job =
        parse(fmt::format("template_name: {}\njob_name: j\ncommand: c\nmpi_command: m\n", name));
    EXPECT_TRUE(job) << name << ": " << job.error().message;
  }
  const auto own_image =
      "template_name: alma810_customimage_usersub\njob_name: j\nmpi_command: m\n";
  EXPECT_THAT(error_of(own_image), HasSubstr("image_reference: {id: /subscriptions/"));
  const auto job = parse(std::string(own_image) + "image_reference: {id: /subscriptions/x}\n");
  ASSERT_TRUE(job) << job.error().message;
  EXPECT_TRUE(job->signs_in_by_entra);
}

TEST_F(JobFileText, a_template_means_its_own_machines) {
  const auto job = parse(
      "template_name: alma810_mvapich2_202505290_hbv3\njob_name: s\nnum_hosts: 2\n"
      "mpi_command: mpirun {mpi_opts} model\n");
  ASSERT_TRUE(job) << job.error().message;
  const auto pool = make_pool(*job, "p", Where::azure);
  ASSERT_TRUE(pool) << pool.error().message;
  EXPECT_EQ(pool->vm_size, "standard_hb120rs_v3");
  EXPECT_EQ(pool->virtual_machine_configuration->node_agent_sku_id, "batch.node.el 8");
  EXPECT_EQ(pool->virtual_machine_configuration->image_reference.version, "8.10.202505290");
  EXPECT_EQ(pool->enable_inter_node_communication, true);
  EXPECT_EQ(pool->task_slots_per_node, 1);
  EXPECT_EQ(pool->application_package_references.size(), 7);
  ASSERT_TRUE(pool->auto_scale_formula);
  EXPECT_THAT(*pool->auto_scale_formula, HasSubstr("$TargetDedicatedNodes = hosts;"));
  EXPECT_THAT(*pool->auto_scale_formula, HasSubstr("isNew || pending > 0 ? 2 : 0"));
  EXPECT_EQ(pool->mount_configuration.size(), 1);
  EXPECT_EQ(pool->mount_configuration[0].azure_blob_file_system_configuration->account_key,
            std::nullopt);
  const auto task = make_task(*job, 0, place(*job));
  ASSERT_TRUE(task);
  ASSERT_TRUE(task->multi_instance_settings);
  EXPECT_EQ(task->multi_instance_settings->number_of_instances, 2);
  EXPECT_THAT(task->command_line, HasSubstr("--np 240 -f hostfile -env MV2_HOMOGENEOUS"));
}

TEST_F(JobFileText, names_what_is_missing_or_unknown) {
  EXPECT_EQ(error_of("template_name: linux\ncommand: c\n"),
            "job.yml:1:1: the job file has no job_name");
  EXPECT_EQ(error_of(small), "job.yml:1:1: the job file has no command (nor mpi_command)");
  EXPECT_THAT(error_of("template_name: win_dsm\njob_name: j\ncommand: c\n"),
              HasSubstr("job.yml:5:16: there is no template 'win_dsm' (did you mean 'win_dsm2'?)"));
  EXPECT_THAT(error_of(small + "command: c\nnum_hosts: many\n"),
              HasSubstr("job.yml:8:12: num_hosts is a whole number"));
  EXPECT_THAT(error_of(small + "command: c\nvm_size: standard_unknown\n"),
              HasSubstr("job.yml:8:10: how many cores standard_unknown has is not known"));
  EXPECT_THAT(error_of(small + "command: c\nresource_files:\n  - file_path: .\n    prefix: x\n"),
              HasSubstr("job.yml:10:5: unknown key 'prefix'"));
  EXPECT_THAT(error_of(small + "command: c\noutput_files:\n  - file_pattern: x\n"
                               "    upload_condition: always\n"),
              HasSubstr("job.yml:10:23: output_files.upload_condition is taskcompletion"));
  EXPECT_THAT(error_of(small + "command: c\njob_name: k\n"), HasSubstr("job.yml:8:1: the key"));
}

TEST_F(JobFileText, a_program_under_task_ids_is_not_run_and_answered_by_a_sweep) {
  const std::string error = error_of(small +
                                     "command: c {task_id}\ntask_ids: |\n  import os\n"
                                     "  out = []\n  for n in range(1, 10):\n    out.append(n)\n"
                                     "  out\n");
  EXPECT_THAT(error, HasSubstr("job.yml:9:3: task_ids is a program, which is not run: a module is "
                               "imported here"));
  EXPECT_THAT(error, HasSubstr("n: {range: [1, 9]}"));
}

TEST_F(JobFileText, variables_stand_in_task_ids_too) {
  const auto job = parse(small +
                         "command: c {task_id}\nfirst: 3\nlast: 5\n"
                         "task_ids: range({first}, {last}+1)\n");
  ASSERT_TRUE(job) << job.error().message;
  EXPECT_EQ(job->points.size(), 3);
}

TEST_F(JobFileText, a_sweep_takes_the_place_of_task_ids) {
  const auto job = parse(small +
                         "command: c\nsweep: {YEAR: {range: [2020, 2021]}, RUN: [a, b]}\n"
                         "task_name: '{YEAR}_{RUN}'\n");
  ASSERT_TRUE(job) << job.error().message;
  ASSERT_EQ(job->points.size(), 4);
  const auto task = make_task(*job, 3, place(*job));
  ASSERT_TRUE(task);
  EXPECT_EQ(task->id, "2021_b");
  EXPECT_THAT(task->environment_settings, ElementsAre(batch::EnvironmentSetting{"YEAR", "2021"},
                                                      batch::EnvironmentSetting{"RUN", "b"}));
  EXPECT_THAT(error_of(small + "command: c\nsweep: {A: [1]}\ntask_ids: [1]\n"),
              HasSubstr("keep one"));
}

TEST_F(JobFileText, ids_are_checked_before_anything_is_sent) {
  const auto long_name =
      parse("template_name: linux\njob_name: " + std::string(48, 'x') + "\ncommand: c\n");
  ASSERT_TRUE(long_name);
  EXPECT_THAT(check_names(*long_name, place(*long_name).names).error().message,
              HasSubstr("job.yml:6:11: the job's id"));
  EXPECT_THAT(error_of(small + "command: c\ntask_ids: [1, 2]\ntask_name: 'run.{task_id}'\n"),
              HasSubstr("job.yml:9:12: task 1: task_name 'run.1' may hold"));
  EXPECT_THAT(error_of(small + "command: c\ntask_ids: [1, 2]\ntask_name: same\n"),
              HasSubstr("job.yml:9:12: tasks 1 and 2 are both named 'same'"));
  EXPECT_THAT(error_of(small + "command: c\ntask_ids: [a, A]\n"), HasSubstr("both named 'A'"));
}

TEST_F(JobFileText, names_are_those_of_the_python_tool) {
  const auto job = parse(small + "command: c\n");
  ASSERT_TRUE(job);
  const JobNames own = make_names(*job, "", FakeClock::default_start());
  EXPECT_THAT(own.pool_id, testing::MatchesRegex("tides_[0-9]{14}"));
  EXPECT_EQ(own.job_id, "tides_job_" + own.stamp);
  EXPECT_EQ(own.single_task_id(), "tides_task_" + own.stamp);
  // A pool of any name, one without '_' included.
  EXPECT_EQ(make_names(*job, "lab", {}).prefix, "lab");
  EXPECT_EQ(make_names(*job, "my_lab", {}).prefix, "my_lab");
  EXPECT_EQ(make_names(*job, "my_lab_20250102030405", {}).prefix, "my_lab");
  const auto again = names_of_job(own.job_id, own.pool_id);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->single_task_id(), own.single_task_id());
  EXPECT_FALSE(names_of_job("melt", "melt"));
}

TEST_F(JobFileText, nodes_of_tasks_over_several_have_one_slot) {
  const std::string mpi = small + "num_hosts: 2\nmpi_command: mpirun ./wave\n";
  const auto job = parse(mpi);
  ASSERT_TRUE(job) << job.error().message;
  const auto pool = make_pool(*job, "p", Where::azure);
  ASSERT_TRUE(pool);
  EXPECT_EQ(pool->task_slots_per_node, 1);
  EXPECT_EQ(pool->enable_inter_node_communication, true);
  EXPECT_THAT(error_of(mpi + "task_slots_per_node: 2\n"),
              HasSubstr("job.yml:9:22: task_slots_per_node is 2"));
}

TEST_F(JobFileText, notes_what_is_odd) {
  const auto job = parse(small +
                         "command: |\n  echo\n  tool \"{{a: 1}}\"\nmax_retry_count: 3\n"
                         "output_files: [{file_pattern: out.dss, path: results}]\n");
  ASSERT_TRUE(job) << job.error().message;
  EXPECT_THAT(job->notes, Contains(HasSubstr("job.yml:10:1: nothing uses 'max_retry_count' (did "
                                             "you mean 'max_task_retry_count'?)")));
  EXPECT_THAT(job->notes, Contains(HasSubstr("job.yml:9:9: '{{' stays as it is")));
  EXPECT_THAT(job->notes, Contains(HasSubstr("write results/out.dss")));
}

TEST_F(JobFileText, a_script_that_bash_cannot_read_is_noted) {
  const auto job = parse(small + "command: |\n  echo 'no end\n  done\n");
  ASSERT_TRUE(job) << job.error().message;
  EXPECT_THAT(job->notes, Contains(HasSubstr("bash finds an error in the script")));
}

TEST_F(JobFileText, a_script_that_bash_dies_of_is_noted) {
  std::string nested;
  for (int level = 0; level < 30'000; ++level) nested += "$(";
  const auto job = parse(small + "command: '" + nested + "'\n");
  ASSERT_TRUE(job) << job.error().message;
  EXPECT_THAT(job->notes, Contains(HasSubstr("bash finds an error in the script")));
}

TEST_F(JobFileText, keys_of_accounts_go_to_no_node) {
  EXPECT_THAT(error_of(small + "command: |\n  echo\n  az --key {storage_account_key}\n"),
              HasSubstr("job.yml:9:12: {storage_account_key} would send an account's key"));
}

TEST_F(JobFileText, a_study_and_a_job_file_tell_each_other_apart) {
  const auto study = parse_study("job.yml", account() + small + "command: c\n");
  ASSERT_FALSE(study);
  EXPECT_THAT(study.error().message, HasSubstr("dmsbatch submit-job --file job.yml"));
}

TEST_F(JobFileText, migrates_to_a_study_that_runs_the_same) {
  const auto job = parse(
      "template_name: linux\njob_name: ptm\nstudy: base\nnum_hosts: 2\n"
      "run_no: '{task_id[0]}'\nstart: '{task_id[1]}'\n"
      "task_ids: |\n  [[1, '01JAN2020'], [2, '01FEB2020']]\n"
      "task_name: 'r_{run_no}'\n"
      "resource_files: [{file_path: ., blob_prefix: 'in/{study}'}]\n"
      "app_pkgs: [{name: tool, version: '2', init_script: source x}]\n"
      "node_type: TargetLowPriorityNodes\n"
      "output_files: [{file_pattern: '*.dss', path: 'out/{run_no}'}]\n"
      "environment_variables: {START: '{start}', STUDY: '{study}'}\n"
      "command: |\n  run {run_no} ${HOME} {study}\n  done\n");
  ASSERT_TRUE(job) << job.error().message;
  const auto text = migrate_job_file(*job, "study.yml");
  ASSERT_TRUE(text) << text.error().message;
  const auto study = parse_study("study.yml", *text);
  ASSERT_TRUE(study) << study.error().message;
  EXPECT_EQ(study->job_name, "ptm");
  EXPECT_EQ(study->command, "source x\nrun {run_no} ${HOME} base\ndone\n");
  EXPECT_EQ(study->pool.kind, pools::Kind::spot);
  ASSERT_EQ(study->app_packages.size(), 1);
  EXPECT_EQ(study->app_packages[0].version, "2");
  EXPECT_EQ(study->num_hosts, 2);
  EXPECT_EQ(study->space.size(), 2);
  EXPECT_THAT(study->space.point(1), ElementsAre("2", "01FEB2020"));
  EXPECT_THAT(study->outputs, ElementsAre("*.dss"));
  EXPECT_THAT(study->environment_variables,
              ElementsAre(Pair("START", "{start}"), Pair("STUDY", "base")));
  EXPECT_THAT(*text, HasSubstr("dmsbatch blob download studies/in/base inputs/in/base"));
}

TEST_F(JobFileText, what_no_study_can_be_is_not_migrated) {
  const auto job = parse("template_name: win_dsm2\njob_name: j\ncommand: c\n");
  ASSERT_TRUE(job);
  EXPECT_THAT(migrate_job_file(*job, "s.yml").error().message, HasSubstr("Windows"));
}

}  // namespace
}  // namespace dms::models
