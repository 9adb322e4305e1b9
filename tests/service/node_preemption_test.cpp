// Low-priority nodes that are taken away. World: tests/service/world.h.
#include "service/core/node_operations.h"
#include "tests/service/world.h"

namespace dms::service {
namespace {

using batch::NodeState;
using batch::TaskState;
using std::chrono::seconds;

class NodePreemption : public CoreTest {
 protected:
  NodeRecord& node(int number = 0) { return world.node_record(world.node(number)); }
  std::string preempt(int number = 0, std::optional<seconds> after = seconds(30)) {
    std::optional<Duration> span;
    if (after) span = Duration{std::chrono::duration_cast<Ticks>(*after)};
    return code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
      Status status = preempt_node(core, out, world.pool(), node(number), span, now);
      schedule(core, out, world.pool().id(), now);
      return status;
    }));
  }
  void restart_node(Status (*operation)(Core&, Effects&, PoolRecord&, NodeRecord&,
                                        NodeDeallocationOption, Timestamp)) {
    EXPECT_EQ(code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
                return operation(core, out, world.pool(), node(),
                                 NodeDeallocationOption::task_completion, now);
              })),
              "");
  }
  // It is away at once, and back and idle when its time has come.
  void expect_away_and_back() {
    EXPECT_EQ(world.node_state(0), NodeState::preempted);
    world.end_stopped();
    world.tick();
    EXPECT_EQ(world.node_state(0), NodeState::preempted);
    world.pass(seconds(30));
    world.tick();
    EXPECT_EQ(world.node_state(0), NodeState::starting);
    world.hello_all();
    EXPECT_EQ(world.node_state(0), NodeState::idle);
  }
};

TEST_F(NodePreemption, dedicated_nodes_are_refused) {
  world.add_pool("p");
  EXPECT_EQ(preempt(), "OperationNotValidOnNode");
  EXPECT_EQ(world.node_state(0), NodeState::idle);
}

TEST_F(NodePreemption, of_an_idle_node) {
  world.add_pool("p", {.nodes = 0, .low_priority_nodes = 1});
  EXPECT_EQ(preempt(), "");
  EXPECT_EQ(count_nodes(world.pool()).low_priority.preempted, 1);
  EXPECT_EQ(world.agents_stopped(), Words{"erased"});
  expect_away_and_back();
}

TEST_F(NodePreemption, of_a_running_node_recovers_its_tasks_uncounted) {
  world.add_pool("p", {.nodes = 0, .low_priority_nodes = 2});
  world.add_job("j");
  world.add_task("t1");
  world.forget();
  const int busy = world.used_slots(0) > 0 ? 0 : 1;
  EXPECT_EQ(preempt(busy), "");
  EXPECT_EQ(world.state("t1"), TaskState::running) << "the other node runs it";
  EXPECT_EQ(world.task("t1").node, world.node(1 - busy));
  EXPECT_EQ(world.task("t1").requeue_count, 0);
  EXPECT_EQ(world.task("t1").retry_count, 0);
  world.end_stopped();
  world.end_run("t1");
  EXPECT_EQ(world.state("t1"), TaskState::completed);
}

TEST_F(NodePreemption, of_a_creating_and_of_a_starting_node) {
  batch::Pool wire;
  wire.id = "p";
  wire.vm_size = "small";
  wire.target_low_priority_nodes = 1;
  world.act([&](Core& core, Effects& out, Timestamp now) {
    EXPECT_TRUE(add_pool(core, out, wire, now));
  });
  EXPECT_EQ(world.node_state(0), NodeState::creating);
  EXPECT_EQ(preempt(), "");
  world.end_stopped();
  world.pass(seconds(30));
  world.tick();
  EXPECT_EQ(world.node_state(0), NodeState::starting);
  EXPECT_EQ(preempt(), "");
  expect_away_and_back();
}

TEST_F(NodePreemption, of_a_node_that_waits_for_its_start_task_and_of_one_where_it_failed) {
  world.add_pool(
      "p",
      {.nodes = 0, .low_priority_nodes = 1, .start_task = batch::StartTask{.command_line = "x"}});
  EXPECT_EQ(world.node_state(0), NodeState::waiting_for_start_task);
  EXPECT_EQ(preempt(), "");
  world.end_stopped();
  world.pass(seconds(31));
  world.tick();
  world.hello_all();
  world.end_start_task(world.node(0), 1);
  EXPECT_EQ(world.node_state(0), NodeState::start_task_failed);
  EXPECT_EQ(preempt(), "");
  EXPECT_EQ(world.node_state(0), NodeState::preempted);
  world.end_stopped();
}

TEST_F(NodePreemption, of_an_offline_and_of_an_unknown_node) {
  world.add_pool("p", {.nodes = 0, .low_priority_nodes = 1});
  restart_node(disable_scheduling);
  EXPECT_EQ(world.node_state(0), NodeState::offline);
  EXPECT_EQ(preempt(), "");
  world.end_stopped();
  world.pass(seconds(31));
  world.tick();
  world.hello_all();
  EXPECT_EQ(world.node_state(0), NodeState::offline) << "scheduling stays disabled";
  world.silent(world.node(0));
  EXPECT_EQ(preempt(), "");
  EXPECT_EQ(world.node_state(0), NodeState::preempted);
  world.end_stopped();
}

TEST_F(NodePreemption, of_a_node_that_reboots_and_of_one_that_is_reimaged) {
  world.add_pool("p", {.nodes = 0, .low_priority_nodes = 1});
  restart_node(reboot_node);
  world.tick();
  EXPECT_EQ(world.agents_stopped(), Words{"kept"});
  EXPECT_EQ(preempt(), "");
  expect_away_and_back();
  restart_node(reimage_node);
  EXPECT_EQ(preempt(), "");
  expect_away_and_back();
}

TEST_F(NodePreemption, is_refused_for_a_node_that_is_away_or_leaves) {
  world.add_pool("p", {.nodes = 0, .low_priority_nodes = 2});
  EXPECT_EQ(preempt(), "");
  EXPECT_EQ(preempt(), "OperationInvalidForCurrentState");
  world.end_stopped();
  world.pass(seconds(31));
  world.settle();
  restart_node(deallocate_node);
  EXPECT_EQ(preempt(), "OperationInvalidForCurrentState");
  world.settle();
  EXPECT_EQ(world.node_state(0), NodeState::deallocated);
  EXPECT_EQ(preempt(), "OperationInvalidForCurrentState");
  EXPECT_EQ(world.delete_pool("p"), "");
  EXPECT_EQ(preempt(1), "OperationInvalidForCurrentState");
}

TEST_F(NodePreemption, without_a_return_the_node_stays_away_and_its_pool_is_steady) {
  world.add_pool("p", {.nodes = 0, .low_priority_nodes = 1});
  EXPECT_EQ(preempt(0, std::nullopt), "");
  world.end_stopped();
  world.pass(std::chrono::days(1));
  world.settle();
  EXPECT_EQ(world.node_state(0), NodeState::preempted);
  EXPECT_EQ(world.pool().wire.allocation_state, batch::AllocationState::steady);
  EXPECT_EQ(show_pool(world.core, world.pool()).current_low_priority_nodes, 1);
}

TEST_F(NodePreemption, the_return_is_remembered_over_a_restart) {
  world.add_pool("p", {.nodes = 0, .low_priority_nodes = 1});
  EXPECT_EQ(preempt(), "");
  world.restart();  // before the agent has ended
  EXPECT_EQ(world.node_state(0), NodeState::preempted);
  world.hello_all();
  EXPECT_EQ(world.node_state(0), NodeState::preempted) << "an agent that still lives is no return";
  world.settle();
  EXPECT_EQ(world.agents_stopped(), (Words{"erased", "erased"}));
  world.pass(seconds(31));
  world.settle();
  EXPECT_EQ(world.node_state(0), NodeState::idle);
}

TEST_F(NodePreemption, a_shrinking_pool_gives_preempted_nodes_up_first) {
  world.add_pool("p", {.nodes = 0, .low_priority_nodes = 2});
  EXPECT_EQ(preempt(1, std::nullopt), "");
  const NodeKey kept = world.node(0);
  world.end_stopped();
  world.act([&](Core& core, Effects& out, Timestamp now) {
    EXPECT_TRUE(
        service::resize_pool(core, out, world.pool(), {.target_low_priority_nodes = 1}, now));
  });
  world.settle();
  EXPECT_EQ(world.pool().nodes.size(), 1u);
  EXPECT_TRUE(world.pool().nodes.contains(kept.node));
}

}  // namespace
}  // namespace dms::service
