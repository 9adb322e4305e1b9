// Nodes and their agents: connecting, falling silent, dying, and start tasks. World:
// tests/service/world.h.
#include "tests/service/world.h"

namespace dms::service {
namespace {

using batch::NodeState;
using batch::StartTaskState;
using batch::TaskResult;
using batch::TaskState;

class NodeLife : public CoreTest {};

TEST_F(NodeLife, a_node_is_idle_or_running_as_its_slots_are_used) {
  world.add_pool("p");
  world.add_job("j");
  EXPECT_EQ(world.node_state(0), NodeState::idle);
  world.add_task("t1");
  EXPECT_EQ(world.node_state(0), NodeState::running);
  const auto wire = show_node(world.core, world.pool(), world.node_record(world.node(0)));
  EXPECT_EQ(wire.running_tasks_count, 1);
  EXPECT_EQ(wire.running_task_slots_count, 1);
  EXPECT_EQ(count_nodes(world.pool()).dedicated.running, 1);
  world.end_run("t1");
  EXPECT_EQ(world.node_state(0), NodeState::idle);
}

TEST_F(NodeLife, a_dead_agent_is_started_again_and_its_tasks_run_again_uncounted) {
  world.add_pool("p");
  world.add_job("j");
  world.add_task("t1");
  world.forget();
  world.dead(world.node(0));
  EXPECT_EQ(world.node_state(0), NodeState::starting);
  EXPECT_EQ(world.state("t1"), TaskState::active);
  EXPECT_EQ(world.agents_started().size(), 1u);
  world.expect_nothing_else();
  world.hello(world.node(0));
  EXPECT_EQ(world.starts(), Words{"t1"});
  EXPECT_EQ(world.task("t1").requeue_count, 0);
  EXPECT_EQ(world.task("t1").retry_count, 0);
}

TEST_F(NodeLife, a_silent_agent_keeps_its_tasks_and_tells_their_ends_when_it_is_back) {
  world.add_pool("p", {.slots = 2});
  world.add_job("j");
  world.add_task("t1");
  world.add_task("t2");
  world.forget();
  world.silent(world.node(0));
  EXPECT_EQ(world.state("t1"), TaskState::running);
  world.end_run_unheard("t1");
  world.hello(world.node(0));
  EXPECT_EQ(world.state("t1"), TaskState::completed);
  EXPECT_EQ(world.state("t2"), TaskState::running);
  EXPECT_EQ(world.acknowledged(), Words{"t1"});
  world.expect_nothing_else();
}

TEST_F(NodeLife, a_start_that_the_agent_never_got_is_made_up_for) {
  world.add_pool("p");
  world.add_job("j");
  world.agent(world.node(0)).connected = false;  // the connection broke, nobody has seen it yet
  world.add_task("t1");
  EXPECT_EQ(world.starts(), Words{"t1"});
  EXPECT_TRUE(world.agent(world.node(0)).running.empty());
  world.hello(world.node(0));
  EXPECT_EQ(world.starts(), Words{"t1"});
  EXPECT_EQ(world.task("t1").requeue_count, 0);
  world.end_run("t1");
  EXPECT_EQ(world.task("t1").result, TaskResult::success);
}

TEST_F(NodeLife, an_end_that_the_agent_never_got_is_repeated) {
  world.add_pool("p");
  world.add_job("j");
  world.add_task("t1");
  world.silent(world.node(0));
  world.terminate_task("t1");
  world.hello(world.node(0));
  world.answer_end("t1");
  EXPECT_EQ(world.used_slots(0), 0);
}

TEST_F(NodeLife, after_a_restart_running_tasks_are_adopted_with_their_slots) {
  world.add_pool("p", {.slots = 3});
  world.add_job("j");
  world.add_task("t1", {.slots = 2, .retries = 3});
  world.end_run("t1", 1);
  world.restart();
  EXPECT_EQ(world.state("t1"), TaskState::active) << "nobody has told that it runs";
  world.forget();
  world.hello(world.node(0));
  EXPECT_EQ(world.state("t1"), TaskState::running);
  EXPECT_EQ(world.used_slots(0), 2);
  world.expect_nothing_else();
  world.end_run("t1", 0);
  EXPECT_EQ(world.task("t1").result, TaskResult::success);
  EXPECT_EQ(world.task("t1").retry_count, 1);
  EXPECT_EQ(world.node_state(0), NodeState::idle);
}

TEST_F(NodeLife, after_a_restart_what_ended_meanwhile_is_taken_and_acknowledged) {
  world.add_pool("p");
  world.add_job("j");
  world.add_task("t1");
  world.restart();
  world.end_run_unheard("t1", 7);
  world.forget();
  world.hello(world.node(0));
  EXPECT_EQ(world.state("t1"), TaskState::completed);
  EXPECT_EQ(world.task("t1").exit_code, 7);
  EXPECT_EQ(world.used_slots(0), 0);
  EXPECT_EQ(world.acknowledged(), Words{"t1"});
  world.expect_nothing_else();
}

TEST_F(NodeLife, after_a_restart_runs_of_unknown_tasks_are_ended_and_cleaned_up) {
  world.add_pool("p");
  world.add_job("j");
  world.add_task("t1");
  world.silent(world.node(0));
  world.delete_task("t1");
  world.restart();
  world.forget();
  world.hello(world.node(0));
  EXPECT_EQ(world.ends(), Words{"t1"});
  EXPECT_EQ(world.used_slots(0), 1);
  world.answer_end("t1");
  EXPECT_EQ(world.used_slots(0), 0);
  EXPECT_EQ(world.removed(), Words{"workitems/j/job-1/t1"});
}

TEST_F(NodeLife, after_a_restart_a_run_of_a_deleted_task_is_not_taken_for_its_successor) {
  world.add_pool("p");
  world.add_job("j");
  world.add_task("t1");
  world.silent(world.node(0));
  world.delete_task("t1");
  world.restart();
  world.add_task("before");
  world.add_task("t1");  // would have the number of the deleted one if numbers began anew
  world.delete_task("before");
  world.hello(world.node(0));
  EXPECT_EQ(world.state("t1"), TaskState::active);
  world.answer_end("t1");
  EXPECT_EQ(world.state("t1"), TaskState::running);
  EXPECT_EQ(world.task("t1").attempt, 0);
}

TEST_F(NodeLife, after_a_restart_nothing_starts_until_every_node_was_heard) {
  world.add_pool("p", {.nodes = 2});
  world.add_job("j");
  world.restart();
  world.forget();
  world.add_task("t1");
  world.hello(world.node(0));
  EXPECT_EQ(world.starts(), Words{});
  world.dead(world.node(1));
  EXPECT_EQ(world.starts(), Words{"t1"});
}

TEST_F(NodeLife, after_a_restart_an_old_attempt_is_ended_and_the_newer_one_kept) {
  world.add_pool("p", {.nodes = 2});
  world.add_job("j", {.retries = 1});
  world.add_task("t1");
  const NodeKey first = *world.task("t1").node;
  const agent::RunRef old = run_ref(world.job(), world.task("t1"));
  world.end_run("t1", 1);
  world.agent(first).running.clear();
  world.silent(first);
  world.restart();
  world.agent(first).running.emplace(old, "workitems/j/job-1/t1");
  world.forget();
  world.hello(first);
  EXPECT_EQ(world.ends(), Words{"t1"}) << "attempt 0 is over for the service";
  EXPECT_EQ(world.state("t1"), TaskState::active);
}

// The start of the second attempt was sent before the end of the first was durable, and the second
// ended too before the service was back.
TEST_F(NodeLife, after_a_restart_of_several_attempts_that_ended_the_newest_is_the_tasks_end) {
  world.add_pool("p");
  world.add_job("j", {.retries = 1});
  world.add_task("t1");
  WorldAgent& agent = world.agent(world.node(0));
  agent::RunEnd first{
      .run = run_ref(world.job(), world.task("t1")),
      .start_time = world.now(),
      .end_time = world.now(),
      .exit_code = 1,
      .failure_info = batch::FailureInfo{
          batch::ErrorCategory::user_error, "FailureExitCode", "The task exited with 1", {}}};
  agent::RunEnd second{
      .run = first.run, .start_time = world.now(), .end_time = world.now(), .exit_code = 0};
  second.run.attempt = second.run.retry_count = 1;
  world.silent(world.node(0));
  world.restart();
  agent.running.clear();
  agent.unacknowledged = {{first.run, first}, {second.run, second}};
  world.forget();
  world.hello(world.node(0));
  EXPECT_EQ(world.starts(), Words{});
  EXPECT_EQ(world.state("t1"), TaskState::completed);
  EXPECT_EQ(world.task("t1").exit_code, 0);
  EXPECT_EQ(world.task("t1").retry_count, 1);
  EXPECT_EQ(world.used_slots(0), 0);
}

TEST_F(NodeLife, an_agent_of_a_node_that_is_gone_is_sent_home) {
  world.add_pool("p");
  agent::Hello hello{.node_id = "who", .process_id = 5};
  world.act([&](Core& core, Effects& out, Timestamp now) {
    on_hello(core, out, {{"p"}, {"who"}}, hello, now);
    ASSERT_EQ(out.frames.size(), 1u);
    EXPECT_EQ(out.frames[0].second.shutdown, true);
    EXPECT_TRUE(out.changes.empty());
  });
}

// -- start tasks --

class StartTasks : public NodeLife {
 protected:
  void begin(batch::StartTask start) {
    start.command_line = "prepare";
    world.add_pool("p", {.start_task = start});
    EXPECT_EQ(world.starts(), Words{"startup"});
    world.forget();
    world.add_job("j");
    world.add_task("t1");
  }
  const batch::StartTaskInfo& info() {
    return *world.node_record(world.node(0)).wire.start_task_info;
  }
};

TEST_F(StartTasks, are_waited_for) {
  begin({});
  EXPECT_EQ(world.node_state(0), NodeState::waiting_for_start_task);
  EXPECT_EQ(info().state, StartTaskState::running);
  EXPECT_EQ(world.starts(), Words{});
  world.end_start_task(world.node(0), 0);
  EXPECT_EQ(info().state, StartTaskState::completed);
  EXPECT_EQ(info().result, TaskResult::success);
  EXPECT_EQ(info().exit_code, 0);
  EXPECT_EQ(world.starts(), Words{"t1"});
}

TEST_F(StartTasks, are_tried_again_as_often_as_they_say) {
  begin({.max_task_retry_count = 1});
  world.end_start_task(world.node(0), 2);
  EXPECT_EQ(world.node_state(0), NodeState::waiting_for_start_task);
  EXPECT_EQ(info().retry_count, 1);
  EXPECT_EQ(info().last_retry_time, world.now());
  EXPECT_EQ(world.starts(), Words{"startup"});
  world.end_start_task(world.node(0), 2);
  EXPECT_EQ(world.node_state(0), NodeState::start_task_failed);
  EXPECT_EQ(info().result, TaskResult::failure);
  EXPECT_EQ(info().exit_code, 2);
  EXPECT_EQ(world.starts(), Words{}) << "a node whose start task failed takes no tasks";
  EXPECT_EQ(world.pool().wire.allocation_state, batch::AllocationState::steady);
}

TEST_F(StartTasks, that_need_not_succeed_do_not_hold_tasks_up) {
  begin({.wait_for_success = false});
  EXPECT_EQ(world.starts(), Words{"t1"});
  EXPECT_EQ(world.node_state(0), NodeState::running);
  world.end_start_task(world.node(0), 1);
  EXPECT_EQ(world.node_state(0), NodeState::running);
  EXPECT_EQ(info().result, TaskResult::failure);
}

TEST_F(StartTasks, run_again_when_the_agent_is_another) {
  begin({});
  world.end_start_task(world.node(0), 0);
  world.dead(world.node(0));
  world.forget();
  world.hello(world.node(0));
  EXPECT_EQ(world.starts(), Words{"startup"});
  EXPECT_EQ(world.node_state(0), NodeState::waiting_for_start_task);
}

TEST_F(StartTasks, go_on_through_a_restart_of_the_service) {
  begin({});
  world.restart();
  world.hello(world.node(0));
  EXPECT_EQ(world.node_state(0), NodeState::waiting_for_start_task);
  EXPECT_EQ(world.starts(), Words{});
  world.end_start_task(world.node(0), 0);
  EXPECT_EQ(world.starts(), Words{"t1"});
}

TEST_F(StartTasks, that_the_agent_never_got_are_sent_again) {
  begin({});
  world.agent(world.node(0)).running.clear();
  world.restart();
  world.hello(world.node(0));
  EXPECT_EQ(world.starts(), Words{"startup"});
  world.silent(world.node(0));
  world.agent(world.node(0)).running.clear();
  world.hello(world.node(0));
  EXPECT_EQ(world.starts(), Words{"startup"});
  world.end_start_task(world.node(0), 0);
  EXPECT_EQ(world.starts(), Words{"t1"});
}

TEST_F(StartTasks, an_end_that_is_told_again_after_a_restart_changes_nothing) {
  begin({.max_task_retry_count = 1});
  world.agent(world.node(0)).connected = false;
  world.end_start_task(world.node(0), 1);
  const agent::RunEnd end = world.agent(world.node(0)).unacknowledged.begin()->second;
  world.hello(world.node(0));
  EXPECT_EQ(world.starts(), Words{"startup"});
  world.restart();
  world.agent(world.node(0)).unacknowledged.emplace(end.run, end);
  world.hello(world.node(0));
  EXPECT_EQ(world.starts(), Words{}) << "the second try runs already";
  EXPECT_EQ(info().retry_count, 1);
  world.end_start_task(world.node(0), 0);
  EXPECT_EQ(world.starts(), Words{"t1"});
}

}  // namespace
}  // namespace dms::service
