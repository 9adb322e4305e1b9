// Multi-instance tasks: what starts, what proceeds, what ends the whole. World:
// tests/service/world.h.
#include <algorithm>

#include "service/core/run_spec.h"
#include "tests/service/world.h"

namespace dms::service {
namespace {

using batch::NodeDeallocationOption;
using batch::SubtaskState;
using batch::TaskResult;
using batch::TaskState;

// A pool of three nodes, a job, and mostly a task "m" of three instances.
class InstancesTest : public CoreTest {
 protected:
  InstancesTest() {
    world.add_pool("p", {.nodes = 3, .inter_node = true});
    world.add_job("j");
  }
  void add(int retries = 0) {
    ASSERT_EQ(world.add_task("m", {.retries = retries, .instances = 3}), "");
  }
  // Up to the moment when the primary's command runs.
  void add_and_proceed(int retries = 0) {
    add(retries);
    world.coordinate_all("m");
    world.forget();
  }
  std::vector<batch::SubtaskInfo> subtasks() {
    return show_subtasks(world.core, world.job(), world.task("m")).value;
  }
  void add_job(const std::string& id, int priority, bool gives_way) {
    batch::Job wire;
    wire.id = id;
    wire.pool_info.pool_id = "p";
    wire.priority = priority;
    wire.allow_task_preemption = gives_way;
    ASSERT_EQ(world.add_job(wire), "");
  }
  // The slots in use of all nodes.
  int used() {
    int slots = 0;
    for (const auto& [id, node] : world.pool().nodes) slots += node.used_slots;
    return slots;
  }
  // What a restarted service hears of all agents.
  void restart() {
    world.restart();
    world.find_dead();
    world.hello_all();
  }
  void expect_completed(TaskResult result, std::optional<int> exit_code) {
    EXPECT_EQ(world.state("m"), TaskState::completed);
    EXPECT_EQ(world.task("m").result, result);
    EXPECT_EQ(world.task("m").exit_code, exit_code);
  }
  // Everything ends well from any point at which the task is under way.
  void expect_runs_to_its_end() {
    world.settle();
    for (int turn = 0; turn < 3 && world.state("m") != TaskState::completed; ++turn) {
      world.answer_ends();
      ASSERT_EQ(world.state("m"), TaskState::running);
      world.coordinate_all("m");
      world.end_instance("m", 0, 0);
    }
    world.answer_ends();
    expect_completed(TaskResult::success, 0);
    EXPECT_EQ(used(), 0);
  }
};

// -- the path of one attempt --

TEST_F(InstancesTest, each_starts_on_a_node_of_its_own_and_the_last_to_coordinate_lets_it_proceed) {
  add();
  EXPECT_EQ(world.starts(), (Words{"m", "m.1", "m.2"}));
  EXPECT_EQ(world.state("m"), TaskState::running);
  EXPECT_EQ(used(), 3);
  EXPECT_NE(world.node_of("m", 0), world.node_of("m", 1));
  EXPECT_NE(world.node_of("m", 1), world.node_of("m", 2));
  EXPECT_EQ(world.task("m").node, world.node_of("m", 0));
  world.coordinate("m", 2);
  world.coordinate("m", 0);
  EXPECT_EQ(world.proceeded(), Words{});
  world.coordinate("m", 1);
  EXPECT_EQ(world.proceeded(), Words{"m"});
  world.coordinate("m", 1);
  EXPECT_EQ(world.proceeded(), Words{}) << "told twice";
}

TEST_F(InstancesTest, the_end_of_the_primary_is_the_end_of_the_task) {
  add_and_proceed();
  world.end_instance("m", 0, 0);
  expect_completed(TaskResult::success, 0);
  EXPECT_EQ(world.ends(), (Words{"m.1", "m.2"}));
  EXPECT_EQ(used(), 2);
  world.answer_ends();
  EXPECT_EQ(used(), 0);
  expect_completed(TaskResult::success, 0);
}

TEST_F(InstancesTest, the_exit_code_of_the_primary_is_that_of_the_task) {
  add_and_proceed();
  world.end_instance("m", 0, 3);
  expect_completed(TaskResult::failure, 3);
  EXPECT_EQ(world.task("m").failure->code, "FailureExitCode");
}

TEST_F(InstancesTest, a_single_instance_is_coordinated_too) {
  world.add_task("m", {.instances = 1});
  EXPECT_EQ(world.starts(), Words{"m"});
  world.coordinate("m", 0);
  EXPECT_EQ(world.proceeded(), Words{"m"});
  world.end_instance("m", 0, 0);
  expect_completed(TaskResult::success, 0);
  EXPECT_TRUE(subtasks().empty());
}

TEST_F(InstancesTest, subtasks_are_shown_from_their_start_to_their_end) {
  add();
  auto shown = subtasks();
  ASSERT_EQ(shown.size(), 2u);
  EXPECT_EQ(shown[0].id, 1);
  EXPECT_EQ(shown[0].state, SubtaskState::running);
  EXPECT_TRUE(shown[0].start_time.has_value());
  EXPECT_FALSE(shown[0].result.has_value());
  EXPECT_EQ(shown[1].node_info->node_id, world.node_of("m", 2).node.text);
  EXPECT_EQ(shown[1].node_info->task_root_directory, "workitems/j/job-1/m/2");
  EXPECT_EQ(shown[1].node_info->task_root_directory_url, "http://h:1/pools/p/nodes/" +
                                                             world.node_of("m", 2).node.text +
                                                             "/files/workitems/j/job-1/m/2");
  world.coordinate_all("m");
  world.end_instance("m", 0, 5);
  shown = subtasks();
  ASSERT_EQ(shown.size(), 2u);
  for (const auto& subtask : shown) {
    EXPECT_EQ(subtask.state, SubtaskState::completed);
    EXPECT_EQ(subtask.previous_state, SubtaskState::running);
    EXPECT_EQ(subtask.result, TaskResult::success) << "the primary's failure is not theirs";
    EXPECT_EQ(subtask.exit_code, 0);
    EXPECT_EQ(subtask.end_time, world.now());
  }
}

TEST_F(InstancesTest, only_what_has_instances_has_subtasks) {
  world.add_task("m");
  EXPECT_TRUE(subtasks().empty());
}

// -- failures and retries --

TEST_F(InstancesTest, a_coordination_that_fails_fails_the_task) {
  add();
  world.coordinate("m", 0);
  world.forget();
  world.end_instance("m", 2, 9);
  expect_completed(TaskResult::failure, 9);
  EXPECT_EQ(world.task("m").failure->details.at(0).value, "2") << "says which subtask";
  EXPECT_EQ(world.ends(), (Words{"m", "m.1"}));
  EXPECT_EQ(world.proceeded(), Words{});
  const auto shown = subtasks();
  EXPECT_EQ(shown[1].exit_code, 9);
  EXPECT_EQ(shown[1].result, TaskResult::failure);
  EXPECT_EQ(shown[0].failure_info->code, "TaskEnded") << "was not coordinated";
}

TEST_F(InstancesTest, the_coordination_of_the_primary_counts_like_the_others) {
  add();
  world.end_instance("m", 0, 4);
  expect_completed(TaskResult::failure, 4);
  EXPECT_EQ(world.ends(), (Words{"m.1", "m.2"}));
}

TEST_F(InstancesTest, a_failure_is_tried_again_as_a_whole_when_all_nodes_are_free) {
  add(1);
  world.forget();
  world.end_instance("m", 1, 9);
  EXPECT_EQ(world.state("m"), TaskState::active);
  EXPECT_EQ(world.task("m").retry_count, 1);
  EXPECT_TRUE(subtasks().empty()) << "it has none while it waits";
  EXPECT_EQ(world.starts(), Words{}) << "two nodes are still busy";
  world.answer_ends();
  EXPECT_EQ(world.starts(), (Words{"m", "m.1", "m.2"}));
  world.coordinate_all("m");
  EXPECT_EQ(world.proceeded(), Words{"m"});
  world.end_instance("m", 0, 8);
  expect_completed(TaskResult::failure, 8);
}

TEST_F(InstancesTest, a_failing_primary_is_tried_again_as_often_as_allowed) {
  add(2);
  for (int exit_code : {1, 2, 3}) {
    world.coordinate_all("m");
    world.end_instance("m", 0, exit_code);
    world.answer_ends();
  }
  expect_completed(TaskResult::failure, 3);
  EXPECT_EQ(world.task("m").retry_count, 2);
}

TEST_F(InstancesTest, a_subtask_whose_process_died_costs_no_retry) {
  add_and_proceed();
  world.lose_instance("m", 1);
  EXPECT_EQ(world.state("m"), TaskState::active);
  EXPECT_EQ(world.ends(), (Words{"m", "m.2"}));
  EXPECT_EQ(world.task("m").retry_count, 0);
  EXPECT_EQ(world.task("m").requeue_count, 0);
  expect_runs_to_its_end();
}

TEST_F(InstancesTest, a_failed_task_that_is_reactivated_starts_all_instances_again) {
  add_and_proceed();
  world.end_instance("m", 0, 1);
  world.answer_ends();
  EXPECT_EQ(world.reactivate_task("m"), "");
  EXPECT_EQ(world.starts(), (Words{"m", "m.1", "m.2"}));
  expect_runs_to_its_end();
}

// -- nodes that are lost, told to go or not heard --

TEST_F(InstancesTest, a_lost_node_requeues_the_whole_in_any_phase) {
  for (const int phase : {0, 1, 2})
    for (const int lost : {0, 1}) {
      SCOPED_TRACE("phase " + std::to_string(phase) + ", instance " + std::to_string(lost));
      add();
      if (phase == 1) world.coordinate("m", lost);
      if (phase == 2) world.coordinate_all("m");
      world.forget();
      world.dead(world.node_of("m", lost));
      EXPECT_EQ(world.state("m"), TaskState::active);
      EXPECT_EQ(world.task("m").requeue_count, 0);
      world.answer_ends();
      expect_runs_to_its_end();
      world.delete_task("m");
    }
}

TEST_F(InstancesTest, a_node_that_is_lost_after_the_primary_has_ended_changes_nothing) {
  add_and_proceed();
  world.end_instance("m", 0, 0);
  world.dead(world.node_of("m", 1));
  world.settle();
  world.answer_ends();
  expect_completed(TaskResult::success, 0);
  EXPECT_EQ(world.starts(), Words{});
  EXPECT_EQ(used(), 0);
}

TEST_F(InstancesTest, nodes_that_leave_requeue_the_whole_and_count_once) {
  add_and_proceed();
  world.resize_pool("p", 0, NodeDeallocationOption::requeue);
  EXPECT_EQ(world.state("m"), TaskState::active);
  EXPECT_EQ(world.task("m").requeue_count, 1);
  world.answer_ends();
  world.settle();
  world.resize_pool("p", 3, NodeDeallocationOption::requeue);
  expect_runs_to_its_end();
  EXPECT_EQ(world.task("m").requeue_count, 1);
}

TEST_F(InstancesTest, a_node_that_leaves_with_terminate_fails_the_task) {
  add_and_proceed();
  world.resize_pool("p", 2, NodeDeallocationOption::terminate);
  expect_completed(TaskResult::failure, std::nullopt);
  world.answer_ends();
  EXPECT_EQ(used(), 0);
}

TEST_F(InstancesTest, nodes_that_leave_after_their_tasks_let_the_attempt_end) {
  add_and_proceed();
  world.resize_pool("p", 0, NodeDeallocationOption::task_completion);
  world.settle();
  EXPECT_EQ(world.state("m"), TaskState::running);
  world.end_instance("m", 0, 0);
  expect_completed(TaskResult::success, 0);
  world.answer_ends();
  world.settle();
  EXPECT_TRUE(world.pool().nodes.empty());
}

TEST_F(InstancesTest, what_was_told_into_a_broken_connection_is_told_again) {
  add();
  const NodeKey primary = world.node_of("m", 0);
  for (int i = 0; i < 2; ++i) world.coordinate("m", i);
  world.silent(primary);
  world.coordinate("m", 2);
  EXPECT_EQ(world.proceeded(), Words{"m"}) << "and is lost";
  EXPECT_EQ(world.agent(primary).phases.begin()->second, agent::InstancePhase::coordinated);
  world.hello(primary);
  EXPECT_EQ(world.proceeded(), Words{"m"});
  world.silent(primary);
  world.hello(primary);
  EXPECT_EQ(world.proceeded(), Words{}) << "the agent knows";
  world.end_instance("m", 0, 0);
  expect_completed(TaskResult::success, 0);
}

TEST_F(InstancesTest, a_coordination_that_ended_unheard_is_told_by_the_hello) {
  add();
  world.coordinate("m", 0);
  world.coordinate("m", 1);
  const NodeKey last = world.node_of("m", 2);
  world.silent(last);
  world.coordinate("m", 2);
  EXPECT_EQ(world.proceeded(), Words{});
  world.hello(last);
  EXPECT_EQ(world.proceeded(), Words{"m"});
}

TEST_F(InstancesTest, a_start_that_was_lost_requeues_the_whole) {
  add();
  world.forget();
  const NodeKey node = world.node_of("m", 1);
  world.silent(node);
  world.agent(node).running.clear();
  world.agent(node).phases.clear();
  world.hello(node);
  EXPECT_EQ(world.state("m"), TaskState::active);
  EXPECT_EQ(world.ends(), (Words{"m", "m.1", "m.2"}));
  expect_runs_to_its_end();
}

// -- ended by somebody --

TEST_F(InstancesTest, terminate_ends_all_instances_in_any_phase) {
  for (const int phase : {0, 1, 2}) {
    SCOPED_TRACE(phase);
    add();
    if (phase == 1) world.coordinate("m", 1);
    if (phase == 2) world.coordinate_all("m");
    world.forget();
    EXPECT_EQ(world.terminate_task("m"), "");
    expect_completed(TaskResult::failure, std::nullopt);
    EXPECT_EQ(world.task("m").failure->code, "TaskEnded");
    EXPECT_EQ(world.ends(), (Words{"m", "m.1", "m.2"}));
    world.answer_ends();
    EXPECT_EQ(used(), 0);
    expect_completed(TaskResult::failure, std::nullopt);
    world.delete_task("m");
  }
}

TEST_F(InstancesTest, delete_ends_all_instances_and_removes_their_directories_in_any_phase) {
  const std::string directory = "workitems/j/job-1/m";
  for (const int phase : {0, 1, 2, 3, 4}) {
    SCOPED_TRACE(phase);
    add();
    if (phase >= 1) world.coordinate("m", 1);
    if (phase >= 2) world.coordinate_all("m");
    if (phase >= 3) world.end_instance("m", 0, 0);
    if (phase >= 4) world.answer_ends();
    world.forget();
    world.delete_task("m");
    EXPECT_FALSE(world.job().tasks.contains({"m"}));
    world.answer_ends();
    EXPECT_EQ(world.removed(), (Words{directory, directory, directory}));
    EXPECT_EQ(used(), 0);
  }
}

TEST_F(InstancesTest, the_end_of_the_job_ends_all_instances) {
  add_and_proceed();
  EXPECT_EQ(world.terminate_job("j"), "");
  EXPECT_EQ(world.ends(), (Words{"m", "m.1", "m.2"}));
  expect_completed(TaskResult::failure, std::nullopt);
  world.settle();
  EXPECT_EQ(world.job().wire.state, batch::JobState::terminating) << "its processes live";
  world.answer_ends();
  world.settle();
  EXPECT_EQ(world.job().wire.state, batch::JobState::completed);
}

TEST_F(InstancesTest, a_deleted_job_goes_when_all_instances_have_ended) {
  add_and_proceed();
  world.delete_job("j");
  world.settle();
  EXPECT_TRUE(world.core.jobs.contains({"j"}));
  world.answer_ends();
  world.settle();
  EXPECT_FALSE(world.core.jobs.contains({"j"}));
}

TEST_F(InstancesTest, a_disabled_job_requeues_the_whole_and_runs_it_again_when_enabled) {
  add_and_proceed();
  world.disable_job("j", batch::DisableJobOption::requeue);
  EXPECT_EQ(world.state("m"), TaskState::active);
  EXPECT_EQ(world.task("m").requeue_count, 1);
  EXPECT_EQ(world.ends(), (Words{"m", "m.1", "m.2"}));
  world.answer_ends();
  world.settle();
  EXPECT_EQ(world.starts(), Words{});
  world.enable_job("j");
  expect_runs_to_its_end();
}

TEST_F(InstancesTest, directories_go_from_all_nodes_after_the_retention_time) {
  add_and_proceed();
  world.end_instance("m", 0, 0);
  world.answer_ends();
  world.pass(std::chrono::days(8));
  world.tick();
  EXPECT_EQ(world.removed().size(), 3u);
  EXPECT_TRUE(world.task("m").files_gone);
}

// -- restarts --

TEST_F(InstancesTest, goes_on_after_a_restart_before_all_are_coordinated) {
  add();
  world.coordinate("m", 1);
  world.forget();
  restart();
  EXPECT_EQ(world.starts(), Words{});
  EXPECT_EQ(world.ends(), Words{});
  EXPECT_EQ(world.task("m").node, world.node_of("m", 0));
  world.coordinate("m", 0);
  EXPECT_EQ(world.proceeded(), Words{});
  world.coordinate("m", 2);
  EXPECT_EQ(world.proceeded(), Words{"m"});
  EXPECT_EQ(subtasks().size(), 2u);
  expect_runs_to_its_end();
}

TEST_F(InstancesTest, proceeds_after_a_restart_when_the_last_coordinated_unheard) {
  add();
  world.restart();
  world.coordinate_all("m");
  EXPECT_EQ(world.proceeded(), Words{});
  restart();
  EXPECT_EQ(world.proceeded(), Words{"m"});
}

TEST_F(InstancesTest, a_restart_while_the_primary_runs_repeats_nothing) {
  add_and_proceed();
  restart();
  world.settle();
  EXPECT_EQ(world.state("m"), TaskState::running);
  world.end_instance("m", 0, 6);
  expect_completed(TaskResult::failure, 6);
  EXPECT_EQ(world.ends(), (Words{"m.1", "m.2"}));
  EXPECT_EQ(world.starts(), Words{});
  EXPECT_EQ(world.proceeded(), Words{});
}

TEST_F(InstancesTest, a_primary_that_ended_unheard_completes_the_task_and_the_rest_is_ended) {
  add_and_proceed();
  const std::vector<NodeKey> nodes = {world.node_of("m", 1), world.node_of("m", 0),
                                      world.node_of("m", 2)};
  world.restart();
  world.end_run_unheard("m", 0);
  for (const auto& node : nodes) world.hello(node);
  expect_completed(TaskResult::success, 0);
  auto ends = world.ends();
  std::sort(ends.begin(), ends.end());
  EXPECT_EQ(ends, (Words{"m.1", "m.2"}));
  world.answer_ends();
  EXPECT_EQ(used(), 0);
  EXPECT_EQ(world.starts(), Words{});
}

TEST_F(InstancesTest, subtasks_that_live_when_the_task_is_complete_are_ended_after_a_restart) {
  add_and_proceed();
  world.end_instance("m", 0, 0);
  for (int i : {1, 2}) world.agent(world.node_of("m", i)).asked_to_end.clear();  // both were lost
  world.forget();
  restart();
  expect_completed(TaskResult::success, 0);
  EXPECT_EQ(world.ends().size(), 2u);
  world.answer_ends();
  EXPECT_EQ(used(), 0);
  const auto shown = subtasks();
  ASSERT_EQ(shown.size(), 2u);
  EXPECT_EQ(shown[1].result, TaskResult::success) << "as it was stored";
  EXPECT_TRUE(shown[1].node_info.has_value());
}

TEST_F(InstancesTest, an_attempt_that_lost_a_node_while_nobody_listened_is_requeued) {
  for (const int lost : {0, 1}) {
    SCOPED_TRACE(lost);
    add_and_proceed();
    const NodeKey node = world.node_of("m", lost);
    world.restart();
    for (const NodeKey& other : {world.node(0), world.node(1), world.node(2)})
      if (other != node) world.hello(other);
    EXPECT_EQ(world.state("m"), TaskState::running) << "the third may have it";
    world.dead(node);
    EXPECT_EQ(world.state("m"), TaskState::active);
    expect_runs_to_its_end();
    world.delete_task("m");
  }
}

TEST_F(InstancesTest, a_subtask_that_a_dead_service_had_ended_without_a_note_is_no_reason_to_fail) {
  add_and_proceed();
  const NodeKey ended = world.node_of("m", 1);
  world.restart();
  agent::RunEnd end;
  end.ended_by = agent::EndedBy::terminate;
  end.exit_code = 0;
  end.failure_info = failure("TaskEnded");
  world.end_this_run(ended, world.agent(ended).running.begin()->first, end);
  world.hello(ended);
  EXPECT_EQ(world.state("m"), TaskState::running) << "the primary may know more";
  world.hello_all();
  EXPECT_EQ(world.state("m"), TaskState::active);
  EXPECT_EQ(world.task("m").retry_count, 0);
  expect_runs_to_its_end();
}

TEST_F(InstancesTest, the_newer_of_two_attempts_that_agents_tell_of_is_the_one_under_way) {
  add();
  world.restart();
  for (const int i : {1, 2}) {
    WorldAgent& agent = world.agent(world.node_of("m", i));
    auto run = agent.running.extract(agent.running.begin());
    auto phase = agent.phases.extract(agent.phases.begin());
    run.key().attempt = phase.key().attempt = 1;
    agent.running.insert(std::move(run));
    agent.phases.insert(std::move(phase));
  }
  world.hello(world.node_of("m", 0));
  world.hello(world.node_of("m", 1));
  EXPECT_EQ(world.task("m").attempt, 1);
  EXPECT_EQ(world.ends(), Words{"m"});
  world.hello_all();
  EXPECT_EQ(world.task("m").attempt, 2) << "the second lacks its primary";
  expect_runs_to_its_end();
}

TEST_F(InstancesTest, what_a_deleted_task_left_is_ended_after_a_restart) {
  add_and_proceed();
  world.delete_task("m");
  for (int i : {0, 1, 2}) world.agent(world.node_of("m", i)).asked_to_end.clear();
  restart();
  world.answer_ends();
  EXPECT_EQ(used(), 0);
  EXPECT_EQ(world.removed().size(), 3u);
}

// -- who gets the nodes --

TEST_F(InstancesTest, wait_for_as_many_free_nodes_as_there_are_instances) {
  world.add_task("small");
  add();
  EXPECT_EQ(world.starts(), Words{"small"});
  EXPECT_EQ(world.state("m"), TaskState::active);
  world.end_run("small");
  EXPECT_EQ(world.starts(), (Words{"m", "m.1", "m.2"}));
}

TEST_F(InstancesTest, nothing_else_starts_on_their_nodes) {
  world.add_task("m", {.instances = 2});
  world.add_task("s1");
  world.add_task("s2");
  EXPECT_EQ(world.starts(), (Words{"m", "m.1", "s1"}));
}

TEST_F(InstancesTest, do_not_starve_behind_a_stream_of_small_tasks) {
  world.add_job("stream");
  for (int i = 0; i < 9; ++i) world.add_task("s" + std::to_string(i), {}, "stream");
  EXPECT_EQ(world.starts(), (Words{"s0", "s1", "s2"}));
  add();
  for (const char* id : {"s0", "s1", "s2"}) {
    EXPECT_EQ(world.starts(), Words{}) << "free nodes are kept for it";
    world.end_run(id, 0, "stream");
  }
  EXPECT_EQ(world.starts(), (Words{"m", "m.1", "m.2"}));
  world.coordinate_all("m");
  world.end_instance("m", 0, 0);
  world.answer_ends();
  EXPECT_EQ(world.starts(), (Words{"s3", "s4", "s5"}));
}

TEST_F(InstancesTest, keep_no_node_from_a_job_of_higher_priority) {
  world.add_job("urgent", {.priority = 5});
  world.add_task("u1", {}, "urgent");
  add();
  world.add_task("u2", {}, "urgent");
  EXPECT_EQ(world.starts(), (Words{"u1", "u2"}));
  world.end_run("u1", 0, "urgent");
  world.end_run("u2", 0, "urgent");
  EXPECT_EQ(world.starts(), (Words{"m", "m.1", "m.2"}));
}

TEST_F(InstancesTest, that_the_pool_is_too_small_for_wait_aside) {
  world.add_task("m", {.instances = 4});
  world.add_task("small");
  EXPECT_EQ(world.starts(), Words{"small"});
  world.end_run("small");
  EXPECT_EQ(world.state("m"), TaskState::active);
  world.resize_pool("p", 4, NodeDeallocationOption::requeue);
  world.settle();
  EXPECT_EQ(world.starts(), (Words{"m", "m.1", "m.2", "m.3"}));
}

TEST_F(InstancesTest, keep_nodes_for_a_pool_that_is_still_growing) {
  world.resize_pool("p", 4, NodeDeallocationOption::requeue);
  world.add_task("m", {.instances = 4});
  world.add_task("small");
  EXPECT_EQ(world.starts(), Words{});
  world.settle();
  EXPECT_EQ(world.starts(), (Words{"m", "m.1", "m.2", "m.3"}));
}

TEST_F(InstancesTest, wait_for_ever_in_a_pool_that_is_not_made_for_them) {
  world.add_pool("alone", {.nodes = 3});
  world.add_pool("slots", {.nodes = 3, .slots = 2, .inter_node = true});
  for (const char* pool : {"alone", "slots"}) {
    const std::string job = std::string("job-") + pool;
    world.add_job(job, {.pool = pool});
    EXPECT_EQ(world.add_task("m", {.instances = 2}, job), "");
    EXPECT_EQ(world.add_task("small", {}, job), "");
    EXPECT_EQ(world.starts(), Words{"small"});
    EXPECT_EQ(world.task("m", job).state, TaskState::active);
  }
}

TEST_F(InstancesTest, take_as_many_nodes_as_they_need_from_a_job_that_gives_way) {
  add_job("low", 0, true);
  add_job("high", 5, false);
  for (const char* id : {"s0", "s1", "s2"}) world.add_task(id, {}, "low");
  world.forget();
  world.add_task("m", {.instances = 2}, "high");
  EXPECT_EQ(world.ends().size(), 2u);
  world.answer_ends();
  EXPECT_EQ(world.starts(), (Words{"m", "m.1"}));
  EXPECT_EQ(world.job("low").counts.running, 1);
}

TEST_F(InstancesTest, take_nothing_from_a_job_that_cannot_give_enough) {
  add_job("firm", 0, false);
  add_job("low", 0, true);
  add_job("high", 5, false);
  world.add_task("f", {}, "firm");
  for (const char* id : {"s0", "s1"}) world.add_task(id, {}, "low");
  world.forget();
  world.add_task("m", {.instances = 3}, "high");
  EXPECT_EQ(world.ends(), Words{});
}

TEST_F(InstancesTest, give_way_as_a_whole_and_once) {
  add_job("low", 0, true);
  add_job("high", 5, false);
  world.add_task("m", {.instances = 3}, "low");
  world.forget();
  for (const char* id : {"h0", "h1"}) world.add_task(id, {}, "high");
  EXPECT_EQ(world.ends(), (Words{"m", "m.1", "m.2"}));
  EXPECT_EQ(world.task("m", "low").requeue_count, 1);
  world.answer_ends();
  EXPECT_EQ(world.starts(), (Words{"h0", "h1"}));
}

TEST_F(InstancesTest, wait_until_all_their_nodes_are_prepared) {
  world.add_job("prepared", {.priority = 1,
                             .preparation = batch::JobPreparationTask{.command_line = "prepare"}});
  world.add_task("m", {.instances = 2}, "prepared");
  world.add_task("after", {}, "j");
  EXPECT_EQ(world.starts(), (Words{"jobpreparation", "jobpreparation", "after"}))
      << "the third node is free for others";
  EXPECT_EQ(world.task("m", "prepared").state, TaskState::active);
  world.end_run("jobpreparation", 0, "prepared");
  EXPECT_EQ(world.starts(), Words{});
  world.end_run("jobpreparation", 0, "prepared");
  EXPECT_EQ(world.starts(), (Words{"m", "m.1"}));
}

TEST_F(InstancesTest, go_where_the_preparation_succeeded) {
  world.add_job("prepared", {.preparation = batch::JobPreparationTask{.command_line = "prepare"}});
  world.add_task("m", {.instances = 2}, "prepared");
  world.forget();
  world.end_run("jobpreparation", 1, "prepared");
  EXPECT_EQ(world.starts(), Words{"jobpreparation"}) << "on the third node";
  world.end_run("jobpreparation", 0, "prepared");
  world.end_run("jobpreparation", 0, "prepared");
  EXPECT_EQ(world.starts(), (Words{"m", "m.1"}));
}

TEST_F(InstancesTest, count_as_one_task_and_one_slot_but_as_all_instances_for_scaling) {
  world.add_task("small");
  add();
  EXPECT_EQ(world.job().counts.active, 1);
  EXPECT_EQ(world.job().slot_counts.active, 1);
  EXPECT_EQ(world.job().ready_instances, 3);
  EXPECT_EQ(world.job().running_instances, 1);
  world.end_run("small");
  EXPECT_EQ(world.job().counts.running, 1);
  EXPECT_EQ(world.job().slot_counts.running, 1);
  EXPECT_EQ(world.job().ready_instances, 0);
  EXPECT_EQ(world.job().running_instances, 3);
}

// -- what they are told --

class InstanceSpecTest : public InstancesTest {
 protected:
  agent::RunSpec spec(int number) {
    return run_spec_of_instance(world.core, world.job(), world.task("m"), number).value();
  }
  static std::string value(const agent::RunSpec& spec, const std::string& name) {
    std::string found = "(unset)";
    for (const auto& setting : spec.environment)
      if (setting.name == name) found = setting.value.value_or("");
    return found;
  }
};

TEST_F(InstanceSpecTest, all_know_the_addresses_of_all_the_primary_first) {
  add();
  world.core.cores_per_node = 2;
  std::vector<std::string> ips;
  for (int i : {0, 1, 2}) ips.push_back(*world.node_record(world.node_of("m", i)).wire.ip_address);
  for (int i : {0, 1, 2}) {
    const auto told = spec(i);
    EXPECT_EQ(value(told, "AZ_BATCH_HOST_LIST"), ips[0] + "," + ips[1] + "," + ips[2]);
    EXPECT_EQ(value(told, "AZ_BATCH_NODE_LIST"), ips[0] + ";" + ips[1] + ";" + ips[2]);
    EXPECT_EQ(value(told, "AZ_BATCH_MASTER_NODE"), ips[0] + ":6000");
    EXPECT_EQ(value(told, "AZ_BATCH_IS_CURRENT_NODE_MASTER"), i == 0 ? "true" : "false");
    EXPECT_EQ(value(told, "CCP_NODES"), "3 " + ips[0] + " 2 " + ips[1] + " 2 " + ips[2] + " 2");
    EXPECT_EQ(value(told, "AZ_BATCH_NODE_ID"), world.node_of("m", i).node.text);
  }
}

TEST_F(InstanceSpecTest, each_has_its_directory_below_that_of_the_task) {
  add();
  const std::string root = "/nodes/p/" + world.node_of("m", 2).node.text + "/";
  const auto subtask = spec(2);
  EXPECT_EQ(subtask.task_directory, "workitems/j/job-1/m/2");
  EXPECT_EQ(subtask.coordination->shared_directory, "workitems/j/job-1/m");
  EXPECT_EQ(value(subtask, "AZ_BATCH_TASK_DIR"), root + "workitems/j/job-1/m/2");
  EXPECT_EQ(value(subtask, "AZ_BATCH_TASK_WORKING_DIR"), root + "workitems/j/job-1/m/2/wd");
  EXPECT_EQ(value(subtask, "AZ_BATCH_TASK_SHARED_DIR"), root + "workitems/j/job-1/m");
  EXPECT_EQ(spec(0).task_directory, "workitems/j/job-1/m");
  EXPECT_EQ(spec(0).run.instance, 0);
  EXPECT_EQ(subtask.run.instance, 2);
}

TEST_F(InstanceSpecTest, only_the_primary_has_the_command) {
  add();
  EXPECT_EQ(spec(0).command_line, "true");
  EXPECT_EQ(spec(1).command_line, "");
  EXPECT_EQ(spec(1).coordination->command_line, "coordinate");
}

}  // namespace
}  // namespace dms::service
