#include "models/runs/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "models/runs/run_table.h"

namespace dms::models {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::StartsWith;

Study melt(std::vector<Axis> axes = {{"LJ_T", *make_linspace(0.5, 3, 6)},
                                     {"LJ_RHO", ValueList{{"0.7", "0.8"}}}}) {
  Study study{.job_name = "melt", .pool_name = "melt", .command = "lmp -in in.{LJ_T}"};
  study.space = *ParameterSpace::make(std::move(axes), Combine::product);
  study.outputs = {"out_{LJ_RHO}.txt"};
  study.environment_variables = {{"CASE", "t{LJ_T}"}};
  return study;
}

TEST(Run, has_its_values_everywhere) {
  const Study study = melt();
  const models::Run run = Runs(study, "abc").at(3);
  EXPECT_THAT(run.values, ElementsAre("1", "0.8"));
  EXPECT_EQ(run.command, "lmp -in in.1");
  EXPECT_THAT(run.outputs, ElementsAre("out_0.8.txt"));
  EXPECT_THAT(run.environment,
              ElementsAre(Pair("LJ_T", "1"), Pair("LJ_RHO", "0.8"), Pair("CASE", "t1")));
}

TEST(RunId, is_readable_legal_and_the_same_every_time) {
  const Study study = melt();
  const std::string id = Runs(study, "abc").at(0).id;
  EXPECT_EQ(id, "LJ_T-0_5--LJ_RHO-0_7-0e73ef52d762");
  EXPECT_TRUE(check_id("id", id));
  EXPECT_EQ(Runs(study, "abc").at(0).id, id);
}

TEST(RunId, changes_with_whatever_changes_the_run) {
  const Study study = melt();
  std::set<std::string> ids{Runs(study, "abc").at(0).id, Runs(study, "abd").at(0).id};
  Study other = melt();
  other.command += " ";
  ids.insert(Runs(other, "abc").at(0).id);
  other = melt();
  other.outputs.push_back("x");
  ids.insert(Runs(other, "abc").at(0).id);
  other = melt();
  other.environment_variables[0].second = "y";
  ids.insert(Runs(other, "abc").at(0).id);
  EXPECT_EQ(ids.size(), 5);
}

TEST(RunId, changes_with_the_packages) {
  Study study{.command = "hydro"};
  const std::string before = Runs(study, "").at(0).id;
  study.app_packages = {{"dsm2", "8.2", "bin"}};
  const std::string with = Runs(study, "").at(0).id;
  study.app_packages[0].version = "8.3";
  EXPECT_NE(before, with);
  EXPECT_NE(with, Runs(study, "").at(0).id);
}

TEST(RunId, stays_when_only_where_it_runs_changes) {
  const Study study = melt();
  Study other = melt();
  other.pool_name = "other";
  other.task_slots_per_node = 7;
  other.max_task_retry_count = 3;
  other.results.push_back({"a", "b", "c"});
  EXPECT_EQ(Runs(study, "abc").at(5).id, Runs(other, "abc").at(5).id);
}

TEST(RunId, stays_for_old_points_when_the_sweep_grows) {
  const Study study = melt();
  const Study grown =
      melt({{"LJ_T", *make_linspace(0.5, 3.5, 7)}, {"LJ_RHO", ValueList{{"0.7", "0.8", "0.9"}}}});
  EXPECT_EQ(Runs(study, "abc").at(1).id, Runs(grown, "abc").at(1).id);
}

TEST(RunId, tells_values_apart_that_look_alike_when_made_legal) {
  const Study study = melt({{"A", ValueList{{"1.0", "1_0", "1 0", "1/0", ""}}}});
  const Runs runs(study, "");
  std::set<std::string> ids;
  for (std::uint64_t index = 0; index < runs.size(); ++index) {
    ids.insert(runs.at(index).id);
    EXPECT_TRUE(check_id("id", runs.at(index).id));
  }
  EXPECT_EQ(ids.size(), 5);
}

TEST(RunId, is_never_too_long) {
  const Study study = melt({{"A", ValueList{{std::string(300, 'x')}}}, {"B", ValueList{{"1"}}}});
  const std::string id = Runs(study, "").at(0).id;
  EXPECT_EQ(id.size(), 64);
  EXPECT_TRUE(check_id("id", id));
}

TEST(RunId, of_a_study_without_sweep_says_run) {
  const Study study = melt({});
  EXPECT_THAT(Runs(study, "").at(0).id, StartsWith("run-"));
}

batch::Task task_of(std::string id, batch::TaskState state, std::optional<int> exit_code = {}) {
  batch::Task task{.id = std::move(id), .state = state};
  task.execution_info = batch::TaskExecutionInfo{.exit_code = exit_code};
  if (exit_code)
    task.execution_info->result =
        *exit_code == 0 ? batch::TaskResult::success : batch::TaskResult::failure;
  return task;
}

TEST(RunTable, finds_runs_by_task_id_whatever_its_case) {
  const Study study = melt();
  const Runs runs(study, "abc");
  auto table = RunTable::make(runs);
  ASSERT_TRUE(table);
  std::string id = runs.at(7).id;
  EXPECT_EQ(table->find(id), 7);
  for (char& c : id) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(table->find(id), 7);
  EXPECT_EQ(table->find("foreign"), std::nullopt);
}

TEST(RunTable, counts_what_the_service_says) {
  const Study study = melt();
  const Runs runs(study, "abc");
  auto table = RunTable::make(runs);
  ASSERT_TRUE(table);
  using enum batch::TaskState;
  EXPECT_TRUE(table->record(task_of(runs.at(0).id, completed, 0)));
  EXPECT_TRUE(table->record(task_of(runs.at(1).id, completed, 3)));
  EXPECT_TRUE(table->record(task_of(runs.at(2).id, running)));
  EXPECT_TRUE(table->record(task_of(runs.at(3).id, active)));
  EXPECT_TRUE(table->record(task_of(runs.at(4).id, preparing)));
  EXPECT_FALSE(table->record(task_of("foreign", running)));
  const RunCounts counts = table->counts();
  EXPECT_EQ(counts.succeeded, 1);
  EXPECT_EQ(counts.failed, 1);
  EXPECT_EQ(counts.running, 1);
  EXPECT_EQ(counts.waiting, 2);
  EXPECT_EQ(counts.absent, 7);
  EXPECT_EQ((*table)[1].exit_code, 3);
}

TEST(RunTable, holds_a_million_runs_in_a_few_bytes_each) {
  const Study study = melt({{"A", *make_range(1, 1000, 1)}, {"B", *make_range(1, 1000, 1)}});
  const Runs runs(study, "abc");
  auto table = RunTable::make(runs);
  ASSERT_TRUE(table) << table.error().message;
  EXPECT_EQ(table->find(runs.at(999'999).id), 999'999);
  EXPECT_LE(sizeof(RunRecord), 16u);
}

}  // namespace
}  // namespace dms::models
