// Pools that size themselves, seen through the Core's handlers while a test moves the time. World:
// tests/service/world.h.
#include "service/core/auto_scale.h"

#include <gmock/gmock.h>

#include "service/core/pool_samples.h"
#include "tests/service/world.h"

namespace dms::service {
namespace {

using namespace std::chrono_literals;
using autoscale::Metric;
using autoscale::SampleRow;
using batch::AllocationState;
using batch::NodeDeallocationOption;
using batch::NodeState;
using batch::TaskState;
using ::testing::HasSubstr;

constexpr const char* one = "$TargetDedicatedNodes = 1;";
constexpr const char* three = "$TargetDedicatedNodes = 3;";
constexpr const char* one_more = "$TargetDedicatedNodes = $TargetDedicatedNodes + 1;";
constexpr const char* as_many_as_tasks = "$TargetDedicatedNodes = $PendingTasks.GetSample(1);";

class AutoScaleLife : public CoreTest {
 protected:
  std::string enable(std::optional<std::string> formula, std::optional<Ticks> interval = {}) {
    batch::EnableAutoScale settings{.auto_scale_formula = std::move(formula)};
    if (interval) settings.auto_scale_evaluation_interval = Duration{*interval};
    return code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
      return enable_auto_scale(core, out, world.pool(), settings, now);
    }));
  }
  std::string disable() {
    return code_of(world.act([&](Core&, Effects& out, Timestamp now) {
      return disable_auto_scale(out, world.pool(), now);
    }));
  }
  Result<batch::AutoScaleRun> evaluate(const std::string& formula) {
    return evaluate_auto_scale(world.core, world.pool(), formula, world.now());
  }
  std::string add(batch::Pool wire) {
    wire.id = "p";
    wire.vm_size = "small";
    return code_of(world.act(
        [&](Core& core, Effects& out, Timestamp now) { return add_pool(core, out, wire, now); }));
  }
  static batch::Pool scaled(std::optional<std::string> formula) {
    batch::Pool wire;
    wire.enable_auto_scale = true;
    wire.auto_scale_formula = std::move(formula);
    return wire;
  }
  // A pool of one node that is steady, with autoscale.
  void add_scaled_pool(const char* formula, std::optional<Ticks> interval = {}) {
    world.add_pool("p");
    ASSERT_EQ(enable(formula, interval), "");
    world.settle();
  }
  Timestamp sample(const SampleRow& machine = {}) {
    return record_samples(world.core, machine, world.now());
  }
  std::optional<double> newest(Metric metric) {
    const auto found = world.pool().samples->newest(metric, 1, world.now());
    return found.values.empty() ? std::nullopt : std::optional(found.values[0]);
  }

  batch::Pool shown() { return show_pool(world.core, world.pool()); }
  int target() { return *world.pool().wire.target_dedicated_nodes; }
  AllocationState allocation() { return *world.pool().wire.allocation_state; }
  const batch::AutoScaleRun& run() { return *world.pool().wire.auto_scale_run; }
};

TEST_F(AutoScaleLife, enabling_runs_the_formula_at_once_and_resizes) {
  world.add_pool("p");
  world.pass(1min);
  ASSERT_EQ(enable(three), "");
  const batch::Pool now = shown();
  EXPECT_EQ(now.enable_auto_scale, true);
  EXPECT_EQ(now.auto_scale_formula, three);
  EXPECT_EQ(now.auto_scale_evaluation_interval->iso8601(), "PT15M");
  EXPECT_EQ(now.auto_scale_run->timestamp, world.now());
  EXPECT_EQ(now.auto_scale_run->results,
            "$TargetDedicatedNodes=3;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue");
  EXPECT_FALSE(now.auto_scale_run->error);
  EXPECT_EQ(now.allocation_state, AllocationState::resizing);
  EXPECT_EQ(now.target_dedicated_nodes, 3);
  EXPECT_EQ(now.last_modified, world.now());
  EXPECT_EQ(now.etag, world.now().etag());
  EXPECT_EQ(world.agents_started().size(), 2u);
  world.settle();
  EXPECT_EQ(allocation(), AllocationState::steady);
  EXPECT_EQ(shown().current_dedicated_nodes, 3);
}

TEST_F(AutoScaleLife, a_formula_that_changes_no_target_starts_no_resize) {
  world.add_pool("p");
  ASSERT_EQ(enable(one), "");
  EXPECT_EQ(allocation(), AllocationState::steady);
  EXPECT_EQ(run().timestamp, world.now());
  world.expect_nothing_else();
}

TEST_F(AutoScaleLife, the_formula_runs_again_every_interval) {
  add_scaled_pool(one_more, 6min);
  EXPECT_EQ(target(), 2);
  world.pass(5min);
  world.tick();
  EXPECT_EQ(target(), 2);
  world.pass(1min);
  world.tick();
  EXPECT_EQ(target(), 3);
  EXPECT_EQ(run().timestamp, world.now());
  world.settle();
  EXPECT_EQ(target(), 3);
  world.pass(6min);
  world.tick();
  EXPECT_EQ(target(), 4);
}

TEST_F(AutoScaleLife, a_clock_that_was_set_back_does_not_stop_the_schedule) {
  add_scaled_pool(one_more);
  world.pass(-24h);
  world.tick();
  EXPECT_EQ(target(), 3);
  world.tick();
  EXPECT_EQ(target(), 3);
}

TEST_F(AutoScaleLife, a_run_that_fails_changes_nothing_and_is_tried_again_an_interval_later) {
  add_scaled_pool(as_many_as_tasks, 5min);
  const Timestamp first = run().timestamp;
  EXPECT_EQ(target(), 1);
  EXPECT_EQ(run().error->code, "InsufficientSampleData");
  EXPECT_EQ(run().results,
            "$TargetDedicatedNodes=1;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue");
  world.add_job("j");
  world.add_task("t1");
  world.add_task("t2");
  sample();
  world.tick();
  EXPECT_EQ(run().timestamp, first) << "not before the interval is over";
  world.pass(5min);
  world.tick();
  EXPECT_FALSE(run().error);
  EXPECT_EQ(target(), 2);
}

TEST_F(AutoScaleLife, what_is_omitted_stays_as_it_was) {
  world.add_pool("p");
  EXPECT_EQ(enable({}), "InvalidAutoScalingSettings") << "the first call needs a formula";
  EXPECT_FALSE(shown().auto_scale_run);
  ASSERT_EQ(enable(one, 10min), "");
  world.pass(1min);
  ASSERT_EQ(enable({}, 7min), "");
  EXPECT_EQ(shown().auto_scale_formula, one);
  EXPECT_EQ(shown().auto_scale_evaluation_interval->iso8601(), "PT7M");
  world.pass(1min);
  ASSERT_EQ(enable(one_more), "");
  EXPECT_EQ(shown().auto_scale_formula, one_more);
  EXPECT_EQ(shown().auto_scale_evaluation_interval->iso8601(), "PT7M");
  EXPECT_EQ(target(), 2);
}

TEST_F(AutoScaleLife, enabling_again_begins_the_interval_anew) {
  add_scaled_pool(one_more, 10min);
  world.pass(9min);
  ASSERT_EQ(enable({}, 5min), "");
  EXPECT_EQ(target(), 3);
  world.settle();
  world.pass(4min);
  world.tick();
  EXPECT_EQ(target(), 3);
  world.pass(1min);
  world.tick();
  EXPECT_EQ(target(), 4);
}

TEST_F(AutoScaleLife, refuses_settings_that_make_no_sense) {
  world.add_pool("p");
  EXPECT_EQ(enable(one, 5min - 1s), "InvalidPropertyValue");
  EXPECT_EQ(enable(one, 168h + 1s), "InvalidPropertyValue");
  EXPECT_EQ(enable("$TargetDedicatedNodes = "), "AutoScalingFormulaSyntaxError");
  EXPECT_EQ(enable("x = nobody;"), "AutoScalingFormulaSyntaxError");
  EXPECT_EQ(enable("//" + std::string(8191, 'x')), "AutoScaleFormulaTooLong");
  EXPECT_EQ(shown().enable_auto_scale, false);
  EXPECT_EQ(enable(one, 5min), "");
  world.pass(1min);
  EXPECT_EQ(enable(one, 168h), "");
}

TEST_F(AutoScaleLife, refuses_two_calls_within_30_seconds) {
  world.add_pool("p");
  ASSERT_EQ(enable(one), "");
  world.pass(29s);
  EXPECT_EQ(enable(one), "TooManyEnableAutoScaleRequests");
  world.pass(1s);
  EXPECT_EQ(enable(one), "");
}

TEST_F(AutoScaleLife, refuses_a_pool_that_is_resized_or_deleted) {
  world.add_pool("p");
  ASSERT_EQ(world.resize_pool("p", 2, NodeDeallocationOption::requeue), "");
  EXPECT_EQ(enable(one), "PoolBeingResized");
  EXPECT_EQ(enable("x ="), "AutoScalingFormulaSyntaxError");
  world.settle();
  ASSERT_EQ(world.delete_pool("p"), "");
  EXPECT_EQ(enable(one), "PoolBeingDeleted");
  EXPECT_EQ(disable(), "PoolBeingDeleted");
}

TEST_F(AutoScaleLife, a_pool_may_be_added_with_a_formula) {
  ASSERT_EQ(add(scaled(three)), "");
  EXPECT_EQ(shown().target_dedicated_nodes, 3);
  EXPECT_EQ(shown().target_low_priority_nodes, 0);
  EXPECT_EQ(shown().allocation_state, AllocationState::resizing);
  EXPECT_EQ(shown().enable_auto_scale, true);
  EXPECT_EQ(shown().auto_scale_evaluation_interval->iso8601(), "PT15M");
  EXPECT_EQ(run().timestamp, world.now());
  EXPECT_EQ(world.agents_started().size(), 3u);
}

TEST_F(AutoScaleLife, a_pool_whose_first_formula_fails_begins_empty) {
  ASSERT_EQ(add(scaled(as_many_as_tasks)), "");
  EXPECT_EQ(target(), 0);
  EXPECT_EQ(run().error->code, "InsufficientSampleData");
}

TEST_F(AutoScaleLife, a_pool_is_sized_either_by_targets_or_by_a_formula) {
  const auto refusal = [&](auto change) {
    batch::Pool wire = scaled(one);
    change(wire);
    return add(std::move(wire));
  };
  EXPECT_EQ(refusal([](batch::Pool& w) { w.target_dedicated_nodes = 0; }),
            "InvalidAutoScalingSettings");
  EXPECT_EQ(refusal([](batch::Pool& w) { w.target_low_priority_nodes = 1; }),
            "InvalidAutoScalingSettings");
  EXPECT_EQ(refusal([](batch::Pool& w) { w.auto_scale_formula.reset(); }),
            "InvalidAutoScalingSettings");
  EXPECT_EQ(refusal([](batch::Pool& w) { w.enable_auto_scale = false; }),
            "InvalidAutoScalingSettings");
  EXPECT_EQ(refusal([](batch::Pool& w) { w.auto_scale_formula = "1 +"; }),
            "AutoScalingFormulaSyntaxError");
  EXPECT_EQ(
      refusal([](batch::Pool& w) { w.auto_scale_evaluation_interval = Duration{Ticks{4min}}; }),
      "InvalidPropertyValue");
  EXPECT_TRUE(world.core.pools.empty());
}

TEST_F(AutoScaleLife, nobody_resizes_by_hand_what_a_formula_sizes) {
  add_scaled_pool(one);
  EXPECT_EQ(world.resize_pool("p", 2, NodeDeallocationOption::requeue), "OperationNotValidOnPool");
  EXPECT_EQ(target(), 1);
}

TEST_F(AutoScaleLife, disabling_leaves_the_targets_and_ends_the_runs) {
  add_scaled_pool(one_more);
  const Timestamp last = run().timestamp;
  world.pass(1min);
  ASSERT_EQ(disable(), "");
  EXPECT_EQ(shown().enable_auto_scale, false);
  EXPECT_FALSE(shown().auto_scale_formula);
  EXPECT_FALSE(shown().auto_scale_evaluation_interval);
  EXPECT_FALSE(shown().auto_scale_run);
  EXPECT_EQ(shown().etag, world.now().etag());
  world.pass(1h);
  world.tick();
  EXPECT_EQ(target(), 2);
  EXPECT_EQ(run().timestamp, last);
  EXPECT_EQ(disable(), "");
  EXPECT_EQ(world.resize_pool("p", 1, NodeDeallocationOption::requeue), "");
}

TEST_F(AutoScaleLife, evaluating_tells_what_would_be_and_changes_nothing) {
  world.add_pool("p");
  EXPECT_EQ(code_of(evaluate(three)), "OperationNotValidOnPool");
  ASSERT_EQ(enable(one), "");
  world.pass(1min);
  const auto would = evaluate(three);
  ASSERT_TRUE(would);
  EXPECT_EQ(would->timestamp, world.now());
  EXPECT_EQ(would->results,
            "$TargetDedicatedNodes=3;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue");
  const auto broken = evaluate("$something_useless");
  ASSERT_TRUE(broken);
  EXPECT_EQ(broken->error->code, "AutoScalingFormulaEvaluationError");
  EXPECT_EQ(broken->results,
            "$TargetDedicatedNodes=1;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue");
  EXPECT_EQ(target(), 1);
  EXPECT_EQ(shown().auto_scale_formula, one);
}

TEST_F(AutoScaleLife, the_formulas_option_decides_what_becomes_of_tasks) {
  world.add_pool("p", {.nodes = 2});
  world.add_job("j");
  world.add_task("t1");
  world.add_task("t2");
  world.forget();
  ASSERT_EQ(enable("$TargetDedicatedNodes = 0; $NodeDeallocationOption = taskcompletion;"), "");
  EXPECT_EQ(world.ends(), Words{});
  EXPECT_EQ(world.state("t1"), TaskState::running);
  world.end_run("t1");
  world.settle();
  EXPECT_EQ(shown().current_dedicated_nodes, 1) << "t2 still runs";
  world.end_run("t2");
  world.settle();
  EXPECT_EQ(shown().current_dedicated_nodes, 0);
}

TEST_F(AutoScaleLife, without_an_option_tasks_run_again_elsewhere) {
  world.add_pool("p", {.nodes = 2});
  world.add_job("j");
  world.add_task("t1");
  world.add_task("t2");
  world.forget();
  ASSERT_EQ(enable(one), "");
  EXPECT_EQ(world.ends().size(), 1u);
  EXPECT_EQ(world.job().counts.active, 1);
  EXPECT_EQ(world.job().counts.running, 1);
}

TEST_F(AutoScaleLife, a_shrink_that_waits_for_tasks_does_not_keep_the_pool_from_growing) {
  world.add_pool("p");
  world.add_job("j");
  world.add_task("long");
  ASSERT_EQ(enable("$TargetDedicatedNodes = $ActiveTasks.Count() > 0 ? 2 : 0;"
                   "$NodeDeallocationOption = taskcompletion;",
                   5min),
            "");
  world.settle();
  EXPECT_EQ(target(), 0);
  EXPECT_EQ(allocation(), AllocationState::resizing);
  world.pass(4min);
  sample();
  world.pass(1min);
  world.tick();
  EXPECT_EQ(target(), 2);
  EXPECT_EQ(shown().current_dedicated_nodes, 3) << "the leaving one and two new ones";
}

TEST_F(AutoScaleLife, a_target_beyond_what_a_pool_may_have_is_cut_and_told) {
  world.add_pool("p", {.nodes = 0});
  ASSERT_EQ(enable("$TargetLowPriorityNodes = 1001;"), "");
  EXPECT_EQ(world.pool().wire.target_low_priority_nodes, 1000);
  EXPECT_EQ(run().error->code, "AccountCoreQuotaReached");
  EXPECT_THAT(run().error->values.at(0).value.value(),
              HasSubstr("$TargetLowPriorityNodes is 1001 and was cut to 1000"));
}

TEST_F(AutoScaleLife, a_restart_goes_on_with_the_schedule) {
  add_scaled_pool(one_more, 10min);
  const batch::Pool before = shown();
  world.pass(8min);
  world.restart();
  world.settle();
  EXPECT_EQ(shown().auto_scale_formula, before.auto_scale_formula);
  EXPECT_EQ(shown().auto_scale_evaluation_interval, before.auto_scale_evaluation_interval);
  EXPECT_EQ(shown().auto_scale_run, before.auto_scale_run);
  EXPECT_EQ(target(), 2);
  world.pass(2min);
  world.tick();
  EXPECT_EQ(target(), 3);
  world.settle();
  EXPECT_EQ(shown().current_dedicated_nodes, 3);
}

TEST_F(AutoScaleLife, a_restart_remembers_that_autoscale_was_disabled) {
  add_scaled_pool(one_more);
  ASSERT_EQ(disable(), "");
  world.restart();
  world.pass(1h);
  world.settle();
  EXPECT_EQ(shown().enable_auto_scale, false);
  EXPECT_EQ(target(), 2);
  EXPECT_EQ(enable({}), "") << "the formula is still known";
  EXPECT_EQ(target(), 3);
}

TEST_F(AutoScaleLife, shorter_times_can_be_allowed) {
  world.core.auto_scale_times = {.sample_interval = 1s, .min_evaluation_interval = 2s};
  world.add_pool("p");
  ASSERT_EQ(enable("$TargetDedicatedNodes = $PendingTasks.Count();", 2s), "");
  EXPECT_EQ(target(), 0);
  for (int second = 0; second < 3; ++second) {
    sample();
    world.pass(1s);
  }
  world.tick();
  EXPECT_EQ(target(), 3);
  world.settle();
  world.pass(2s);
  EXPECT_EQ(enable(one), "") << "calls may follow each other as fast as runs";
}

TEST_F(AutoScaleLife, pools_are_sampled_once_an_interval) {
  world.add_pool("p");
  const Timestamp again = sample();
  EXPECT_GT(again, world.now());
  EXPECT_LE(again.at - world.now().at, Ticks{30s});
  sample();
  EXPECT_EQ(world.pool().samples->count(Metric::pending_tasks, world.now()), 1);
  world.pass(again.at - world.now().at);
  sample();
  EXPECT_EQ(world.pool().samples->count(Metric::pending_tasks, world.now()), 2);
}

TEST_F(AutoScaleLife, samples_count_the_tasks_of_the_pools_jobs) {
  world.add_pool("p", {.nodes = 2, .slots = 1});
  world.add_pool("other");
  world.add_job("j");
  world.add_job("k");
  world.add_job("elsewhere", {.pool = "other"});
  world.add_task("t1");
  world.add_task("t2");
  world.add_task("u1", {}, "k");
  world.add_task("u2", {}, "k");
  world.add_task("v", {}, "elsewhere");
  world.end_run("t1", 0);
  world.end_run("t2", 7);
  sample();
  EXPECT_EQ(newest(Metric::active_tasks), 0);
  EXPECT_EQ(newest(Metric::running_tasks), 2);
  EXPECT_EQ(newest(Metric::pending_tasks), 2);
  EXPECT_EQ(newest(Metric::succeeded_tasks), 1);
  EXPECT_EQ(newest(Metric::failed_tasks), 1);
  world.add_task("t3");
  world.pass(30s);
  sample();
  EXPECT_EQ(newest(Metric::active_tasks), 1);
  EXPECT_EQ(newest(Metric::pending_tasks), 3);
}

TEST_F(AutoScaleLife, tasks_that_wait_for_others_are_not_ready) {
  world.add_pool("p", {.nodes = 0});
  batch::Job job{.id = "j", .pool_info = {.pool_id = "p"}};
  job.uses_task_dependencies = true;
  batch::Task dependent{.id = "t2", .command_line = "true"};
  dependent.depends_on = batch::TaskDependencies{.task_ids = {"t1"}};
  world.act([&](Core& core, Effects& out, Timestamp now) {
    EXPECT_TRUE(service::add_job(core, out, job, now));
    EXPECT_TRUE(service::add_task(core, out, world.job(), dependent, now));
  });
  sample();
  EXPECT_EQ(newest(Metric::active_tasks), 0);
  EXPECT_EQ(newest(Metric::pending_tasks), 0);
  world.add_task("t1");
  world.pass(30s);
  sample();
  EXPECT_EQ(newest(Metric::active_tasks), 1);
}

TEST_F(AutoScaleLife, tasks_of_a_terminated_job_are_not_ready) {
  world.add_pool("p", {.nodes = 0});
  world.add_job("j");
  world.add_task("t1");
  sample();
  EXPECT_EQ(newest(Metric::active_tasks), 1);
  world.terminate_job("j");
  world.settle();
  world.pass(30s);
  sample();
  EXPECT_EQ(newest(Metric::active_tasks), 0);
}

TEST_F(AutoScaleLife, samples_count_nodes_and_have_the_machines_figures_where_nodes_are_up) {
  world.add_pool("p", {.nodes = 2, .slots = 4});
  const SampleRow machine = SampleRow().set(Metric::cpu_percent, 62.5);
  sample(machine);
  EXPECT_EQ(newest(Metric::cpu_percent), 62.5);
  EXPECT_EQ(newest(Metric::sample_node_count), 2);
  EXPECT_EQ(newest(Metric::current_dedicated_nodes), 2);
  EXPECT_EQ(newest(Metric::current_low_priority_nodes), 0);
  EXPECT_EQ(newest(Metric::preempted_node_count), 0);
  EXPECT_EQ(newest(Metric::task_slots_per_node), 4);
  world.resize_pool("p", 0, NodeDeallocationOption::requeue);
  world.settle();
  world.pass(30s);
  sample(machine);
  EXPECT_EQ(world.pool().samples->count(Metric::cpu_percent, world.now()), 1) << "no node is up";
  EXPECT_EQ(newest(Metric::sample_node_count), 0);
  EXPECT_EQ(newest(Metric::pending_tasks), 0) << "zero is a sample";
}

}  // namespace
}  // namespace dms::service
