// Whole formulas of the shapes that people run: those that dmsbatch's pools have, and those that
// the documentation teaches.
#include <gmock/gmock.h>

#include "tests/service/autoscale_fixture.h"

namespace dms::service::autoscale {
namespace {

using batch::NodeDeallocationOption;

// Full size for ten minutes, then while tasks are pending; preempted nodes are replaced by
// dedicated ones.
constexpr std::string_view mpi_formula = R"(// MPI study, with spot nodes
startTime = time("2024-02-29T10:00:00.123456+00:00");
hosts = 6;
grace = time() - startTime < TimeInterval_Minute * 10;
percent = $PendingTasks.GetSamplePercent(TimeInterval_Minute);
pending = percent < 70 ? max(0, $PendingTasks.GetSample(1)) : max($PendingTasks.GetSample(TimeInterval_Minute));
wanted = grace ? hosts : (pending > 0 ? hosts : 0);
lostPercent = $PreemptedNodeCount.GetSamplePercent(TimeInterval_Second * 180);
lost = lostPercent < 70 ? $PreemptedNodeCount : avg($PreemptedNodeCount.GetSample(TimeInterval_Second * 180));
$TargetDedicatedNodes = lost > 0 ? min(wanted, lost + 0.999) : 0;
$TargetLowPriorityNodes = wanted - $TargetDedicatedNodes;
$NodeDeallocationOption = taskcompletion;
)";

class MpiFormula : public AutoscaleTest {
 protected:
  void sample_last_minutes(double pending, double preempted) {
    for (int i = 10; i >= 0; --i)
      samples.record({now.at - 30s * i}, SampleRow()
                                             .set(Metric::pending_tasks, pending)
                                             .set(Metric::preempted_node_count, preempted));
  }
};

TEST_F(MpiFormula, asks_for_all_hosts_in_its_first_ten_minutes) {
  now = moment("2024-02-29T10:05:00Z");
  sample_last_minutes(0, 0);
  const Evaluation evaluation = run(mpi_formula);
  EXPECT_EQ(message(evaluation), "");
  EXPECT_EQ(evaluation.target_dedicated, 0);
  EXPECT_EQ(evaluation.target_low_priority, 6);
  EXPECT_EQ(evaluation.node_deallocation_option, NodeDeallocationOption::task_completion);
}

TEST_F(MpiFormula, goes_to_zero_when_nothing_is_pending) {
  sample_last_minutes(0, 0);
  EXPECT_EQ(run(mpi_formula).target_low_priority, 0);
}

TEST_F(MpiFormula, replaces_preempted_nodes_by_dedicated_ones) {
  sample_last_minutes(1, 2);
  EXPECT_EQ(run(mpi_formula).target_dedicated, 2);
  EXPECT_EQ(run(mpi_formula).target_low_priority, 4);
}

TEST_F(MpiFormula, fails_without_any_sample_and_changes_nothing) {
  const Evaluation evaluation = run(mpi_formula);
  EXPECT_EQ(
      message(evaluation),
      "Line 6, Col 33: Insufficient data from data set: $PendingTasks wanted 70%, received 0%");
  EXPECT_EQ(evaluation.target_low_priority, 1);
}

class AutoscaleFormulas : public AutoscaleTest {};

// The same without preemption: dedicated nodes only.
TEST_F(AutoscaleFormulas, a_build_pool_keeps_its_node_only_while_it_builds) {
  const std::string formula = R"(
    lifespan = time() - time("Thu, 29 Feb 2024 10:00:00 GMT");
    $TargetDedicatedNodes = lifespan < TimeInterval_Minute*10 ? 1 :
      ($PendingTasks.GetSamplePercent(TimeInterval_Minute) < 70 ? 1 :
       (max($PendingTasks.GetSample(TimeInterval_Minute)) > 0 ? 1 : 0));
    $NodeDeallocationOption = taskcompletion;)";
  EXPECT_EQ(run(formula).target_dedicated, 1);  // no samples: it stays
  sample(Metric::pending_tasks, {0, 1, 0});
  EXPECT_EQ(run(formula).target_dedicated, 1);
  now.at += 1min;
  sample(Metric::pending_tasks, {0, 0});
  EXPECT_EQ(run(formula).target_dedicated, 0);
}

// A few dedicated nodes, and spot nodes by the length of the queue.
constexpr std::string_view sweep_formula = R"(
  // sweep of single-node runs
  hosts = 1; slots = 8; spotCores = 128;
  cap = floor(spotCores / slots);
  tasks = $PendingTasks.GetSamplePercent(TimeInterval_Minute) < 70
            ? max(0, $PendingTasks.GetSample(1))
            : max($PendingTasks.GetSample(TimeInterval_Minute));
  early = time() - time("2024-02-29T10:20:00") < 5 * TimeInterval_Minute;
  $TargetDedicatedNodes = early ? hosts : (tasks > 0 ? hosts : 0);
  $TargetLowPriorityNodes = tasks > 0 ? min(cap, (tasks - hosts * slots) / slots + 0.999) : 0;
  $NodeDeallocationOption = taskcompletion;
)";

TEST_F(AutoscaleFormulas, a_sweep_pool_grows_with_its_queue_up_to_its_cap) {
  const std::pair<double, int> cases[] = {{0, 0},  {3, 0},  {8, 0},   {9, 1},
                                          {16, 1}, {17, 2}, {500, 16}};
  for (const auto& [tasks, nodes] : cases) {
    sample(Metric::pending_tasks, {tasks, tasks});
    const Evaluation evaluation = run(sweep_formula);
    EXPECT_EQ(message(evaluation), "");
    EXPECT_EQ(evaluation.target_low_priority, nodes) << tasks;
    EXPECT_EQ(evaluation.target_dedicated, 1);
    now.at += 1min;
  }
}

TEST_F(AutoscaleFormulas, a_sweep_pool_is_empty_when_all_is_done) {
  now.at += 1h;
  sample(Metric::pending_tasks, {0, 0});
  EXPECT_EQ(run(sweep_formula).results,
            "$TargetDedicatedNodes=0;$TargetLowPriorityNodes=0;"
            "$NodeDeallocationOption=taskcompletion;cap=16;early=0;hosts=1;slots=8;spotCores=128;"
            "tasks=0");
}

TEST_F(AutoscaleFormulas, a_pool_follows_the_working_day) {
  const std::string formula = R"(
    $now = time();
    $working = $now.hour >= 8 && $now.hour < 18 && $now.weekday >= 1 && $now.weekday <= 5;
    $TargetDedicatedNodes = $working ? 20 : 10;)";
  EXPECT_EQ(run(formula).target_dedicated, 20);
  now = moment("2024-03-02T10:00:00Z");  // a Saturday
  EXPECT_EQ(run(formula).target_dedicated, 10);
  now = moment("2024-02-29T18:00:00Z");
  EXPECT_EQ(run(formula).target_dedicated, 10);
}

TEST_F(AutoscaleFormulas, a_pool_follows_the_load_of_its_processors) {
  const std::string formula = R"(
    $total = $CurrentDedicatedNodes;
    $total = min($CPUPercent.GetSample(TimeInterval_Minute * 10)) > 0.7 ? $total * 1.1 : $total;
    $total = avg($CPUPercent.GetSample(TimeInterval_Minute * 10)) < 0.2 ? $total * 0.5 : $total;
    $TargetDedicatedNodes = min(400, $total);)";
  samples = Samples({.interval = 5min});
  for (int i = 1; i >= 0; --i)
    samples.record({now.at - 5min * i}, SampleRow().set(Metric::cpu_percent, 0.1));
  EXPECT_EQ(message(run(formula)), "");
  EXPECT_EQ(run(formula).target_dedicated, 2);
}

TEST_F(AutoscaleFormulas, a_pool_is_sized_by_active_tasks_and_slots) {
  const std::string formula = R"(
    samples = $ActiveTasks.GetSamplePercent(TimeInterval_Minute * 15);
    tasks = samples < 70 ? max(0, $ActiveTasks.GetSample(1))
                         : max($ActiveTasks.GetSample(1), avg($ActiveTasks.GetSample(TimeInterval_Minute * 15)));
    target = tasks > 0 ? tasks / $TaskSlotsPerNode : max(0, $TargetDedicated / 2);
    $TargetDedicated = max(0, min(target, 20));)";
  sample(Metric::active_tasks, {100, 80});
  EXPECT_EQ(run(formula).target_dedicated, 10);
  now.at += 1h;
  target_dedicated = 10;
  sample(Metric::active_tasks, {0});
  EXPECT_EQ(run(formula).target_dedicated, 5);
}

}  // namespace
}  // namespace dms::service::autoscale
