// The life of pools, seen through the Core's handlers. World: tests/service/world.h.
#include "tests/service/world.h"

namespace dms::service {
namespace {

using batch::AllocationState;
using batch::NodeDeallocationOption;
using batch::NodeState;
using batch::PoolState;
using batch::TaskState;

class PoolLife : public CoreTest {
 protected:
  AllocationState allocation() { return *world.pool().wire.allocation_state; }
  std::string add(const batch::Pool& wire) {
    return code_of(world.act(
        [&](Core& core, Effects& out, Timestamp now) { return add_pool(core, out, wire, now); }));
  }
  static batch::Pool wire_of(const std::string& id, int nodes) {
    batch::Pool wire;
    wire.id = id;
    wire.vm_size = "Standard_D2";
    wire.target_dedicated_nodes = nodes;
    return wire;
  }
};

TEST_F(PoolLife, a_new_pool_is_resizing_until_its_nodes_are_there) {
  ASSERT_EQ(add(wire_of("p", 2)), "");
  EXPECT_EQ(allocation(), AllocationState::resizing);
  EXPECT_EQ(world.agents_started().size(), 2u);
  EXPECT_EQ(world.node_state(0), NodeState::creating);
  world.tick();
  EXPECT_TRUE(world.tick());
  EXPECT_EQ(allocation(), AllocationState::resizing);
  world.hello_all();
  EXPECT_EQ(world.node_state(0), NodeState::idle);
  EXPECT_FALSE(world.tick());
  EXPECT_EQ(allocation(), AllocationState::steady);
  EXPECT_EQ(show_pool(world.core, world.pool()).current_dedicated_nodes, 2);
}

TEST_F(PoolLife, even_an_empty_pool_is_seen_resizing) {
  add(wire_of("p", 0));
  EXPECT_EQ(allocation(), AllocationState::resizing);
  world.tick();
  EXPECT_EQ(allocation(), AllocationState::resizing) << "visible for a tick";
  world.tick();
  EXPECT_EQ(allocation(), AllocationState::steady);
}

TEST_F(PoolLife, shows_its_defaults_and_its_nodes) {
  batch::Pool wire = wire_of("p", 1);
  wire.target_low_priority_nodes = 1;
  add(wire);
  world.hello_all();
  const batch::Pool shown = show_pool(world.core, world.pool());
  EXPECT_EQ(shown.url, "http://h:1/pools/p");
  EXPECT_EQ(shown.vm_size, "standard_d2");
  EXPECT_EQ(shown.resize_timeout->iso8601(), "PT15M");
  EXPECT_EQ(shown.task_slots_per_node, 1);
  EXPECT_EQ(shown.current_dedicated_nodes, 1);
  EXPECT_EQ(shown.current_low_priority_nodes, 1);
  const auto counts = count_nodes(world.pool());
  EXPECT_EQ(counts.dedicated.idle, 1);
  EXPECT_EQ(counts.low_priority.idle, 1);
  EXPECT_EQ(counts.low_priority.total, 1);
  const auto node = show_node(world.core, world.pool(), world.node_record(world.node(0)));
  EXPECT_EQ(node.url, "http://h:1/pools/p/nodes/" + node.id);
  EXPECT_EQ(node.vm_size, "standard_d2");
  EXPECT_EQ(node.affinity_id, "TVM:" + node.id);
  EXPECT_EQ(node.last_boot_time, world.now());
}

TEST_F(PoolLife, gives_up_when_the_resize_timeout_has_passed) {
  add(wire_of("p", 1));
  world.tick();
  world.pass(std::chrono::minutes(15));
  world.tick();
  EXPECT_EQ(allocation(), AllocationState::steady);
  ASSERT_EQ(world.pool().wire.resize_errors.size(), 1u);
  EXPECT_EQ(world.pool().wire.resize_errors[0].code, "AllocationTimedout");
}

TEST_F(PoolLife, grows_visibly_and_is_then_steady) {
  world.add_pool("p");
  EXPECT_EQ(world.resize_pool("p", 3, NodeDeallocationOption::requeue), "");
  EXPECT_EQ(allocation(), AllocationState::resizing);
  EXPECT_EQ(world.agents_started().size(), 2u);
  EXPECT_EQ(world.resize_pool("p", 4, NodeDeallocationOption::requeue), "PoolBeingResized");
  world.settle();
  EXPECT_EQ(allocation(), AllocationState::steady);
  EXPECT_EQ(world.pool().nodes.size(), 3u);
}

TEST_F(PoolLife, gives_up_idle_nodes_before_busy_ones) {
  world.add_pool("p", {.nodes = 3});
  world.add_job("j");
  world.add_task("t1");
  world.forget();
  world.resize_pool("p", 1, NodeDeallocationOption::requeue);
  world.expect_nothing_else();
  world.settle();
  EXPECT_EQ(world.pool().nodes.size(), 1u);
  EXPECT_EQ(world.state("t1"), TaskState::running);
  EXPECT_EQ(world.task("t1").requeue_count, 0);
}

TEST_F(PoolLife, shrinking_with_requeue_runs_the_tasks_elsewhere_and_counts_it) {
  world.add_pool("p", {.nodes = 2});
  world.add_job("j");
  world.add_task("t1");
  world.add_task("t2");
  world.forget();
  world.resize_pool("p", 1, NodeDeallocationOption::requeue);
  const Words ended = world.ends();
  ASSERT_EQ(ended.size(), 1u);
  TaskRecord& task = world.task(ended[0]);
  EXPECT_EQ(task.state, TaskState::active);
  EXPECT_EQ(task.requeue_count, 1);
  EXPECT_EQ(task.last_requeue, world.now());
  EXPECT_EQ(task.retry_count, 0);
  world.answer_end(ended[0]);
  world.end_run(ended[0] == "t1" ? "t2" : "t1");
  EXPECT_EQ(task.state, TaskState::running);
  world.end_run(ended[0]);
  EXPECT_EQ(task.result, batch::TaskResult::success);
  world.settle();
  EXPECT_EQ(world.pool().nodes.size(), 1u);
}

TEST_F(PoolLife, shrinking_with_terminate_completes_the_tasks) {
  world.add_pool("p", {.nodes = 1});
  world.add_job("j");
  world.add_task("t1");
  world.resize_pool("p", 0, NodeDeallocationOption::terminate);
  EXPECT_EQ(world.state("t1"), TaskState::completed);
  EXPECT_EQ(world.task("t1").failure->code, "TaskEnded");
  EXPECT_EQ(world.ends(), Words{"t1"});
  EXPECT_EQ(world.node_state(0), NodeState::leaving_pool);
  world.tick();
  EXPECT_EQ(world.agents_retired(), Words{}) << "it still runs t1";
  world.answer_end("t1");
  world.settle();
  EXPECT_TRUE(world.pool().nodes.empty());
}

TEST_F(PoolLife, shrinking_with_task_completion_lets_tasks_end_and_starts_no_new_ones) {
  World own;
  own.add_pool("p");
  own.add_job("j");
  own.add_task("t1");
  own.add_task("t2");
  own.forget();
  own.resize_pool("p", 0, NodeDeallocationOption::task_completion);
  own.tick();
  own.expect_nothing_else();
  own.end_run("t1");
  EXPECT_EQ(own.task("t1").result, batch::TaskResult::success);
  EXPECT_EQ(own.starts(), Words{});
  own.settle();
  EXPECT_TRUE(own.pool().nodes.empty());
  EXPECT_EQ(own.state("t2"), TaskState::active);
}

TEST_F(PoolLife, a_shrinking_pool_does_not_start_its_start_task_again) {
  world.add_pool(
      "p", {.start_task = batch::StartTask{.command_line = "prepare", .max_task_retry_count = 3}});
  world.forget();
  world.resize_pool("p", 0, NodeDeallocationOption::requeue);
  EXPECT_EQ(world.ends(), Words{"startup"});
  agent::RunEnd end;
  end.run = world.agent(world.node(0)).running.begin()->first;
  end.ended_by = agent::EndedBy::terminate;
  end.exit_code = 137;
  end.failure_info = failure("TaskEnded");
  world.agent(world.node(0)).running.clear();
  world.act([&](Core& core, Effects& out, Timestamp now) {
    on_runs_ended(core, out, world.node(0), {end}, now);
  });
  EXPECT_EQ(world.starts(), Words{});
  EXPECT_EQ(world.node_state(0), NodeState::leaving_pool);
  world.settle();
  EXPECT_TRUE(world.pool().nodes.empty());
}

TEST_F(PoolLife, deleting_a_pool_queues_its_tasks_for_another_of_the_same_id) {
  world.add_pool("p", {.nodes = 2});
  world.add_job("j");
  world.add_task("t1");
  EXPECT_EQ(world.delete_pool("p"), "");
  EXPECT_EQ(world.pool().wire.state, PoolState::deleting);
  EXPECT_EQ(world.state("t1"), TaskState::active);
  EXPECT_EQ(world.task("t1").requeue_count, 1);
  EXPECT_EQ(world.delete_pool("p"), "PoolBeingDeleted");
  EXPECT_EQ(world.resize_pool("p", 1, NodeDeallocationOption::requeue), "PoolBeingDeleted");
  EXPECT_EQ(add(wire_of("P", 1)), "PoolBeingDeleted");
  world.tick();
  world.answer_end("t1");
  world.settle();
  EXPECT_TRUE(world.core.pools.empty());
  world.forget();
  world.add_pool("p");
  EXPECT_EQ(world.state("t1"), TaskState::running);
}

TEST_F(PoolLife, deleting_a_pool_does_not_wait_for_tasks_on_nodes_that_were_leaving) {
  world.add_pool("p");
  world.add_job("j");
  world.add_task("t1");
  world.resize_pool("p", 0, NodeDeallocationOption::task_completion);
  world.forget();
  world.delete_pool("p");
  EXPECT_EQ(world.ends(), Words{"t1"});
  EXPECT_EQ(world.state("t1"), TaskState::active);
}

TEST_F(PoolLife, an_empty_pool_is_seen_deleting) {
  world.add_pool("p", {.nodes = 0});
  world.delete_pool("p");
  world.act([](Core& core, Effects& out, Timestamp now) { on_tick(core, out, now); });
  EXPECT_EQ(world.pool().wire.state, PoolState::deleting);
  world.tick();
  EXPECT_TRUE(world.core.pools.empty());
}

TEST_F(PoolLife, nodes_have_addresses_of_their_own_even_after_a_restart) {
  world.add_pool("p", {.nodes = 3});
  world.resize_pool("p", 2, NodeDeallocationOption::requeue);
  world.settle();
  world.restart();
  world.hello_all();
  world.settle();
  world.resize_pool("p", 4, NodeDeallocationOption::requeue);
  std::set<std::string> addresses;
  for (const auto& [id, node] : world.pool().nodes) addresses.insert(*node.wire.ip_address);
  EXPECT_EQ(addresses.size(), 4u);
}

TEST_F(PoolLife, refuses_what_it_cannot_do) {
  const auto code = [&](auto change) {
    batch::Pool wire = wire_of("x", 0);
    change(wire);
    return add(wire);
  };
  EXPECT_EQ(code([](batch::Pool& w) { w.id = "über"; }), "InvalidPropertyValue");
  EXPECT_EQ(code([](batch::Pool& w) { w.target_dedicated_nodes = -1; }), "InvalidPropertyValue");
  EXPECT_EQ(code([](batch::Pool& w) { w.target_low_priority_nodes = 1001; }),
            "InvalidPropertyValue");
  EXPECT_EQ(code([](batch::Pool& w) { w.task_slots_per_node = 0; }), "InvalidPropertyValue");
  EXPECT_EQ(code([](batch::Pool& w) { w.task_slots_per_node = 257; }), "InvalidPropertyValue");
  EXPECT_EQ(code([](batch::Pool& w) {
              w.application_package_references = {{"app", {}}};
            }),
            "InvalidApplicationPackageReferences");
  EXPECT_EQ(code([&](batch::Pool& w) { w.mount_configuration.emplace_back(); }),
            "UnsupportedProperty");
  EXPECT_EQ(code([&](batch::Pool& w) {
              w.start_task = batch::StartTask{.command_line = "x"};
              w.start_task->container_settings.emplace();
            }),
            "UnsupportedProperty");
  EXPECT_TRUE(world.core.pools.empty());
  EXPECT_EQ(code([](batch::Pool&) {}), "");
  EXPECT_EQ(code([](batch::Pool& w) { w.id = "X"; }), "PoolExists");
}

}  // namespace
}  // namespace dms::service
