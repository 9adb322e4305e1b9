// What clients ask of single nodes: rebooting, reimaging, deallocating, scheduling, users. World:
// tests/service/world.h.
#include "service/core/node_operations.h"

#include "tests/service/world.h"

namespace dms::service {
namespace {

using batch::NodeState;
using batch::SchedulingState;
using batch::TaskState;
using enum NodeDeallocationOption;

class NodeOperations : public CoreTest {
 protected:
  NodeRecord& node(int number = 0) { return world.node_record(world.node(number)); }

  // The service's code of a refusal, "" for success.
  template <class Operation>
  std::string ask(Operation operation, int number = 0) {
    return code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
      Status status = operation(core, out, world.pool(), node(number), now);
      schedule(core, out, world.pool().id(), now);
      return status;
    }));
  }
  using Restart = Status (*)(Core&, Effects&, PoolRecord&, NodeRecord&, NodeDeallocationOption,
                             Timestamp);
  std::string ask(Restart restart, NodeDeallocationOption option, int number = 0) {
    return ask([&](Core& core, Effects& out, PoolRecord& pool, NodeRecord& one,
                   Timestamp now) { return restart(core, out, pool, one, option, now); },
               number);
  }
  std::string reboot(NodeDeallocationOption option = requeue) { return ask(reboot_node, option); }
  std::string start() {
    return ask([](Core&, Effects& out, PoolRecord& pool, NodeRecord& one, Timestamp now) {
      return start_node(out, pool, one, now);
    });
  }
  std::string enable() {
    return ask([](Core&, Effects& out, PoolRecord& pool, NodeRecord& one, Timestamp) {
      return enable_scheduling(out, pool, one);
    });
  }
  std::string add_user(const std::string& name, std::optional<Timestamp> expiry = {}) {
    return ask([&](Core&, Effects& out, PoolRecord& pool, NodeRecord& one, Timestamp now) {
      batch::NodeUser user{.name = name, .expiry_time = expiry, .password = "hidden"};
      return add_node_user(out, pool, one, user, now);
    });
  }

  void start_one_task(const WorldPool& pool = {}) {
    world.add_pool("p", pool);
    world.add_job("j");
    world.add_task("t1");
    world.forget();
  }
};

TEST_F(NodeOperations, a_reboot_shows_each_state_and_keeps_the_files) {
  world.add_pool("p");
  EXPECT_EQ(reboot(), "");
  EXPECT_EQ(world.node_state(0), NodeState::rebooting);
  EXPECT_EQ(world.agents_stopped(), Words{}) << "somebody must see it rebooting";
  world.tick();
  EXPECT_EQ(world.agents_stopped(), Words{"kept"});
  EXPECT_EQ(world.node_state(0), NodeState::rebooting);
  world.end_stopped();
  EXPECT_EQ(world.node_state(0), NodeState::starting);
  EXPECT_EQ(world.agents_started().size(), 1u);
  const Timestamp before = *node().wire.last_boot_time;
  world.hello_all();
  EXPECT_EQ(world.node_state(0), NodeState::idle);
  EXPECT_GT(*node().wire.last_boot_time, before);
  world.expect_nothing_else();
}

TEST_F(NodeOperations, a_reboot_with_requeue_runs_the_tasks_again_and_counts_it) {
  start_one_task();
  EXPECT_EQ(reboot(), "");
  EXPECT_EQ(world.ends(), Words{"t1"});
  EXPECT_EQ(world.state("t1"), TaskState::active);
  EXPECT_EQ(world.task("t1").requeue_count, 1);
  world.tick();
  EXPECT_EQ(world.agents_stopped(), Words{}) << "its run has not ended";
  world.answer_end("t1");
  world.settle();
  EXPECT_EQ(world.state("t1"), TaskState::running);
  EXPECT_EQ(world.task("t1").retry_count, 0);
}

TEST_F(NodeOperations, a_reboot_with_terminate_completes_the_tasks) {
  start_one_task();
  EXPECT_EQ(reboot(terminate), "");
  EXPECT_EQ(world.state("t1"), TaskState::completed);
  EXPECT_EQ(world.task("t1").failure->code, "TaskEnded");
  EXPECT_EQ(world.task("t1").failure->message, "The task was ended because its node was rebooted");
}

TEST_F(NodeOperations, a_reboot_with_task_completion_waits_and_starts_no_other_task) {
  start_one_task();
  world.add_task("t2");
  EXPECT_EQ(reboot(task_completion), "");
  EXPECT_EQ(world.node_state(0), NodeState::rebooting);
  for (int i = 0; i < 5; ++i) world.tick();
  world.expect_nothing_else();
  EXPECT_EQ(world.state("t1"), TaskState::running);
  world.end_run("t1");
  EXPECT_EQ(world.state("t1"), TaskState::completed);
  EXPECT_EQ(world.state("t2"), TaskState::active);
  world.settle();
  EXPECT_EQ(world.state("t2"), TaskState::running);
}

TEST_F(NodeOperations, a_reboot_with_retained_data_waits_for_the_retention) {
  start_one_task();
  EXPECT_EQ(reboot(retained_data), "");
  world.end_run("t1");
  for (int i = 0; i < 5; ++i) world.tick();
  EXPECT_EQ(world.agents_stopped(), Words{});
  world.pass(std::chrono::days(6));
  world.tick();
  EXPECT_EQ(world.agents_stopped(), Words{}) << "a task's files stay for a week";
  world.restart();
  world.hello_all();
  world.tick();
  EXPECT_EQ(world.agents_stopped(), Words{});
  world.pass(std::chrono::days(1));
  world.tick();
  EXPECT_EQ(world.agents_stopped(), Words{"kept"});
}

TEST_F(NodeOperations, deleting_the_task_ends_the_wait_for_its_data) {
  start_one_task();
  EXPECT_EQ(reboot(retained_data), "");
  world.end_run("t1");
  world.tick();
  world.delete_task("t1");
  world.pass(std::chrono::seconds(6));
  world.tick();
  EXPECT_EQ(world.agents_stopped(), Words{"kept"});
}

TEST_F(NodeOperations, a_reboot_goes_on_after_a_restart_of_the_service) {
  world.add_pool("p");
  EXPECT_EQ(reboot(), "");
  world.restart();
  EXPECT_EQ(world.node_state(0), NodeState::rebooting);
  world.hello_all();
  EXPECT_EQ(world.node_state(0), NodeState::rebooting) << "the old agent's hello is no boot";
  world.settle();
  EXPECT_EQ(world.node_state(0), NodeState::idle);
  EXPECT_EQ(world.agents_stopped(), Words{"kept"});
}

TEST_F(NodeOperations, an_agent_that_dies_while_it_is_rebooted_has_rebooted) {
  start_one_task();
  EXPECT_EQ(reboot(task_completion), "");
  world.dead(world.node(0));
  EXPECT_EQ(world.node_state(0), NodeState::starting);
  world.hello_all();
  EXPECT_EQ(world.state("t1"), TaskState::running);
  EXPECT_EQ(world.task("t1").requeue_count, 0);
}

TEST_F(NodeOperations, the_start_task_runs_again_after_a_reboot_as_the_pool_has_it_then) {
  batch::StartTask before{.command_line = "before"};
  world.add_pool("p", {.start_task = before});
  world.end_start_task(world.node(0), 0);
  world.forget();
  batch::PoolPatch patch;
  patch.start_task = batch::StartTask{.command_line = "after"};
  EXPECT_EQ(code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
              return patch_pool(core, out, world.pool(), patch, now);
            })),
            "");
  EXPECT_EQ(node().wire.start_task->command_line, "before");
  EXPECT_EQ(reboot(), "");
  world.tick();
  world.end_stopped();
  world.hello_all();
  EXPECT_EQ(world.starts(), Words{"startup"});
  EXPECT_EQ(world.node_state(0), NodeState::waiting_for_start_task);
  EXPECT_EQ(node().wire.start_task->command_line, "after");
}

TEST_F(NodeOperations, a_start_task_that_the_pool_loses_still_ends_on_its_node) {
  world.add_pool("p", {.start_task = batch::StartTask{.command_line = "x"}});
  EXPECT_EQ(code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
              return update_pool(core, out, world.pool(), {}, now);
            })),
            "");
  EXPECT_FALSE(world.pool().wire.start_task);
  world.end_start_task(world.node(0), 0);
  EXPECT_EQ(world.node_state(0), NodeState::idle);
}

TEST_F(NodeOperations, a_failed_start_task_is_told_as_an_error_and_a_reboot_tries_again) {
  world.add_pool("p", {.start_task = batch::StartTask{.command_line = "x"}});
  world.end_start_task(world.node(0), 3);
  EXPECT_EQ(world.node_state(0), NodeState::start_task_failed);
  ASSERT_EQ(node().wire.errors.size(), 1u);
  EXPECT_EQ(node().wire.errors[0].code, "StartTaskFailed");
  EXPECT_EQ(reboot(), "");
  world.tick();
  world.end_stopped();
  world.hello_all();
  EXPECT_TRUE(node().wire.errors.empty());
  world.end_start_task(world.node(0), 0);
  EXPECT_EQ(world.node_state(0), NodeState::idle);
}

TEST_F(NodeOperations, reimaging_erases_the_files_and_forgets_the_users) {
  world.add_pool("p");
  EXPECT_EQ(add_user("u"), "");
  EXPECT_EQ(ask(reimage_node, requeue), "");
  EXPECT_EQ(world.node_state(0), NodeState::reimaging);
  world.tick();
  EXPECT_EQ(world.agents_stopped(), Words{"erased"});
  world.end_stopped();
  world.hello_all();
  EXPECT_EQ(world.node_state(0), NodeState::idle);
  EXPECT_TRUE(node().users.empty());
}

TEST_F(NodeOperations, a_dead_agent_that_was_to_be_reimaged_is_not_started_with_its_old_files) {
  world.add_pool("p");
  EXPECT_EQ(ask(reimage_node, requeue), "");
  world.forget();
  world.dead(world.node(0));
  EXPECT_EQ(world.node_state(0), NodeState::reimaging);
  EXPECT_EQ(world.agents_started(), Words{});
  EXPECT_EQ(world.agents_stopped(), Words{"erased"});
  world.end_stopped();
  EXPECT_EQ(world.node_state(0), NodeState::starting);
}

TEST_F(NodeOperations, a_deallocated_node_stays_off_until_it_is_started) {
  start_one_task();
  EXPECT_EQ(ask(deallocate_node, requeue), "");
  EXPECT_EQ(world.node_state(0), NodeState::deallocating);
  world.answer_end("t1");
  world.tick();
  world.end_stopped();
  EXPECT_EQ(world.node_state(0), NodeState::deallocated);
  EXPECT_EQ(count_nodes(world.pool()).dedicated.deallocated, 1);
  EXPECT_EQ(world.agents_started(), Words{});
  world.restart();
  world.find_dead();
  world.settle();
  EXPECT_EQ(world.node_state(0), NodeState::deallocated);
  EXPECT_EQ(world.state("t1"), TaskState::active);
  EXPECT_EQ(start(), "");
  EXPECT_EQ(world.node_state(0), NodeState::starting);
  world.hello_all();
  EXPECT_EQ(world.state("t1"), TaskState::running);
}

TEST_F(NodeOperations, operations_on_a_node_that_is_not_ready_are_refused) {
  world.add_pool("p");
  EXPECT_EQ(start(), "OperationInvalidForCurrentState");
  EXPECT_EQ(reboot(), "");
  EXPECT_EQ(reboot(), "NodeBeingRebooted");
  EXPECT_EQ(ask(disable_scheduling, requeue), "NodeNotReady");
  EXPECT_EQ(enable(), "NodeNotReady");
  EXPECT_EQ(add_user("u"), "NodeNotReady");
  world.tick();
  world.end_stopped();
  EXPECT_EQ(ask(reimage_node, requeue), "NodeBeingStarted");
  world.hello_all();
  EXPECT_EQ(ask(reimage_node, requeue), "");
  EXPECT_EQ(reboot(), "NodeBeingReimaged");
  world.settle();
  EXPECT_EQ(ask(deallocate_node, requeue), "");
  EXPECT_EQ(ask(deallocate_node, requeue), "OperationInvalidForCurrentState");
}

TEST_F(NodeOperations, disabled_scheduling_is_seen_at_once_and_starts_no_task) {
  world.add_pool("p");
  world.add_job("j");
  EXPECT_EQ(ask(disable_scheduling, requeue), "");
  EXPECT_EQ(ask(disable_scheduling, requeue), "NodeAlreadyInTargetSchedulingState");
  EXPECT_EQ(node().wire.scheduling_state, SchedulingState::disabled);
  EXPECT_EQ(world.node_state(0), NodeState::offline);
  world.add_task("t1");
  EXPECT_EQ(world.state("t1"), TaskState::active);
  world.restart();
  world.hello_all();
  EXPECT_EQ(world.state("t1"), TaskState::active);
  EXPECT_EQ(enable(), "");
  EXPECT_EQ(world.state("t1"), TaskState::running);
  EXPECT_EQ(enable(), "NodeAlreadyInTargetSchedulingState");
}

TEST_F(NodeOperations, disabling_deals_with_what_runs_as_asked) {
  start_one_task({.nodes = 2});
  const int busy = world.used_slots(0) > 0 ? 0 : 1;
  EXPECT_EQ(ask(disable_scheduling, task_completion, busy), "");
  EXPECT_EQ(world.node_state(busy), NodeState::running);
  world.end_run("t1");
  EXPECT_EQ(world.node_state(busy), NodeState::offline);
  world.add_task("t2");
  EXPECT_EQ(world.used_slots(1 - busy), 1);
  EXPECT_EQ(ask(disable_scheduling, requeue, 1 - busy), "");
  EXPECT_EQ(world.state("t2"), TaskState::active);
  EXPECT_EQ(world.task("t2").requeue_count, 1);
}

TEST_F(NodeOperations, users_are_kept_without_their_passwords) {
  world.add_pool("p");
  EXPECT_EQ(add_user("u"), "");
  EXPECT_EQ(add_user("U"), "NodeUserExists");
  EXPECT_EQ(add_user(std::string(21, 'u')), "InvalidPropertyValue");
  world.restart();
  world.hello_all();
  ASSERT_EQ(node().users.size(), 1u);
  EXPECT_EQ(node().users[0].name, "u");
  EXPECT_TRUE(world.store().load("node", [](std::string_view, std::string_view row) {
    EXPECT_EQ(row.find("hidden"), std::string_view::npos);
  }));
  const auto remove = [&](const std::string& name) {
    return ask([&](Core&, Effects& out, PoolRecord& pool, NodeRecord& one, Timestamp now) {
      return delete_node_user(out, pool, one, name, now);
    });
  };
  EXPECT_EQ(remove("other"), "NodeUserNotFound");
  EXPECT_EQ(remove("u"), "");
  EXPECT_EQ(remove("u"), "NodeUserNotFound");
}

TEST_F(NodeOperations, a_user_whose_time_is_over_is_gone) {
  world.add_pool("p");
  EXPECT_EQ(add_user("u", Timestamp{world.now().at + std::chrono::minutes(1)}), "");
  EXPECT_EQ(add_user("u"), "NodeUserExists");
  world.pass(std::chrono::minutes(1));
  EXPECT_EQ(add_user("u"), "");
}

TEST_F(NodeOperations, a_node_counts_its_tasks_and_shows_the_recent_ones_after_a_restart) {
  world.add_pool("p");
  world.add_job("j");
  for (int i = 0; i < 12; ++i) {
    const std::string id = "t" + std::to_string(i);
    world.add_task(id);
    world.pass(std::chrono::seconds(1));
    world.end_run(id, i == 5 ? 1 : 0);
  }
  world.add_task("running");
  const auto check = [&] {
    const auto wire = show_node(world.core, world.pool(), node());
    EXPECT_EQ(wire.total_tasks_run, 12);
    EXPECT_EQ(wire.total_tasks_succeeded, 11);
    ASSERT_EQ(wire.recent_tasks.size(), 11u);
    EXPECT_EQ(wire.recent_tasks.front().task_id, "t2");
    EXPECT_EQ(wire.recent_tasks[3].execution_info->exit_code, 1);
    EXPECT_EQ(wire.recent_tasks.back().task_id, "running");
    EXPECT_EQ(wire.recent_tasks.back().task_url, "http://h:1/jobs/j/tasks/running");
  };
  check();
  world.restart();
  world.hello_all();
  check();
}

TEST_F(NodeOperations, endpoints_are_numbered_by_node_and_lead_to_their_own_ports) {
  batch::Pool wire;
  wire.id = "p";
  wire.vm_size = "small";
  wire.target_dedicated_nodes = 2;
  batch::InboundNatPool nat{.name = "web",
                            .protocol = batch::InboundEndpointProtocol::udp,
                            .backend_port = 8080,
                            .frontend_port_range_start = 60000,
                            .frontend_port_range_end = 60039};
  wire.network_configuration.emplace();
  wire.network_configuration->endpoint_configuration = batch::PoolEndpointConfiguration{{nat}};
  EXPECT_EQ(code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
              return add_pool(core, out, wire, now);
            })),
            "");
  world.restart();
  const auto shown = show_node(world.core, world.pool(), node(1));
  const auto& endpoints = shown.endpoint_configuration->inbound_endpoints;
  ASSERT_EQ(endpoints.size(), 2u);
  EXPECT_EQ(endpoints[0].name, "web.1");
  EXPECT_EQ(endpoints[0].protocol, batch::InboundEndpointProtocol::udp);
  EXPECT_EQ(endpoints[0].frontend_port, 60001);
  EXPECT_EQ(endpoints[0].backend_port, 8080);
  EXPECT_EQ(endpoints[0].public_ip_address, shown.ip_address);
  EXPECT_EQ(endpoints[1].name, "SSHRule.1");
  EXPECT_EQ(endpoints[1].frontend_port, 50001);
  EXPECT_EQ(endpoints[1].backend_port, 22);
}

}  // namespace
}  // namespace dms::service
