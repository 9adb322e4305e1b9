// Jobs with a manager task. World: tests/service/world.h.
#include "service/core/job_manager.h"

#include "tests/service/world.h"

namespace dms::service {
namespace {

using batch::JobState;
using batch::TaskState;

class JobManager : public CoreTest {
 protected:
  static batch::Job with_manager(const std::string& id = "j") {
    batch::Job wire;
    wire.id = id;
    wire.pool_info.pool_id = "p";
    wire.job_manager_task.emplace();
    wire.job_manager_task->id = "Boss";
    wire.job_manager_task->command_line = "lead";
    return wire;
  }
  JobState job_state() { return *world.job().wire.state; }
};

TEST_F(JobManager, is_a_task_of_its_job_that_runs_first) {
  world.add_pool("p");
  batch::Job wire = with_manager();
  wire.job_manager_task->display_name = "the boss";
  wire.job_manager_task->environment_settings = {{"A", "b"}};
  EXPECT_EQ(world.add_job(wire), "");
  EXPECT_EQ(world.add_task("a"), "");
  EXPECT_EQ(world.starts(), Words{"Boss"});
  const auto shown = show_task(world.core, world.job(), world.task("boss"));
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->command_line, "lead");
  EXPECT_EQ(shown->display_name, "the boss");
  EXPECT_EQ(shown->environment_settings.at(0).name, "A");
  EXPECT_EQ(world.add_task("BOSS"), "TaskExists");
}

TEST_F(JobManager, ends_its_job_when_it_completes) {
  world.add_pool("p", {.nodes = 2});
  world.add_job(with_manager());
  for (const char* id : {"a", "b"}) world.add_task(id);
  world.end_run("Boss", 1);
  EXPECT_EQ(job_state(), JobState::terminating);
  EXPECT_EQ(world.job().wire.execution_info->terminate_reason, "JMComplete");
  EXPECT_EQ(world.state("a"), TaskState::completed) << "it ran";
  EXPECT_EQ(world.state("b"), TaskState::active) << "it waits for ever";
  world.answer_end("a");
  world.tick();
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(JobManager, may_leave_its_job_to_others) {
  world.add_pool("p");
  batch::Job wire = with_manager();
  wire.job_manager_task->kill_job_on_completion = false;
  world.add_job(wire);
  world.add_task("a");
  world.end_run("Boss");
  EXPECT_EQ(job_state(), JobState::active);
  EXPECT_EQ(world.state("a"), TaskState::running);
}

TEST_F(JobManager, shows_its_defaults_and_inherits_the_jobs_retries) {
  world.add_pool("p");
  batch::Job wire = with_manager();
  wire.constraints = batch::JobConstraints{.max_task_retry_count = 2};
  world.add_job(wire);
  const auto& manager = *show_job(world.core, world.job()).job_manager_task;
  EXPECT_EQ(manager.kill_job_on_completion, true);
  EXPECT_EQ(manager.run_exclusive, true);
  EXPECT_EQ(manager.allow_low_priority_node, true);
  EXPECT_EQ(manager.required_slots, 1);
  EXPECT_EQ(manager.constraints->max_task_retry_count, 2);
  EXPECT_EQ(manager.constraints->retention_time, Duration::parse("P7D").value());
  for (int run = 0; run < 2; ++run) world.end_run("Boss", 1);
  EXPECT_EQ(world.state("Boss"), TaskState::running);
  EXPECT_EQ(world.task("Boss").retry_count, 2);
  EXPECT_EQ(job_state(), JobState::active);
}

TEST_F(JobManager, shares_its_node_with_no_other_task) {
  world.add_pool("p", {.slots = 3});
  world.add_job("other");
  world.add_task("o1", {}, "other");
  world.add_job(with_manager());
  EXPECT_EQ(world.starts(), Words{"o1"}) << "the node is not empty";
  world.add_job("third", {.priority = -1});
  world.add_task("o2", {}, "third");
  EXPECT_EQ(world.starts(), Words{"o2"}) << "others need not wait with it";
  world.end_run("o1", 0, "other");
  world.end_run("o2", 0, "third");
  EXPECT_EQ(world.starts(), Words{"Boss"});
  EXPECT_EQ(world.used_slots(0), 3);
  world.add_task("a");
  EXPECT_EQ(world.starts(), Words{});
  world.restart();
  world.hello_all();
  EXPECT_EQ(world.used_slots(0), 3) << "its slots are known after a restart";
  EXPECT_EQ(world.starts(), Words{});
  world.end_run("Boss");
  EXPECT_EQ(world.used_slots(0), 0);
}

TEST_F(JobManager, may_share_its_node) {
  world.add_pool("p", {.slots = 3});
  batch::Job wire = with_manager();
  wire.job_manager_task->run_exclusive = false;
  wire.job_manager_task->required_slots = 2;
  world.add_job(wire);
  world.add_task("a");
  EXPECT_EQ(world.starts(), (Words{"Boss", "a"}));
}

TEST_F(JobManager, may_want_a_dedicated_node) {
  world.add_pool("p");
  world.node_record(world.node(0)).wire.is_dedicated = false;
  batch::Job wire = with_manager();
  wire.job_manager_task->allow_low_priority_node = false;
  world.add_job(wire);
  EXPECT_EQ(world.starts(), Words{});
  world.node_record(world.node(0)).wire.is_dedicated = true;
  world.add_task("a");
  EXPECT_EQ(world.starts(), Words{"Boss"});
}

TEST_F(JobManager, that_is_terminated_ends_its_job) {
  world.add_pool("p");
  world.add_job(with_manager());
  EXPECT_EQ(world.terminate_task("Boss"), "");
  EXPECT_EQ(job_state(), JobState::terminating);
  EXPECT_EQ(world.job().wire.execution_info->terminate_reason, "JMComplete");
  world.answer_end("Boss");
}

TEST_F(JobManager, is_brought_back_by_a_restart) {
  world.add_pool("p");
  world.add_job(with_manager());
  world.restart();
  world.end_run_unheard("Boss");
  world.hello_all();
  EXPECT_EQ(job_state(), JobState::terminating);
}

TEST_F(JobManager, is_refused_with_what_no_task_may_have) {
  world.add_pool("p");
  const auto code = [&](auto change) {
    batch::Job wire = with_manager("x");
    change(wire, *wire.job_manager_task);
    return world.add_job(wire);
  };
  using Job = batch::Job;
  using Manager = batch::JobManagerTask;
  EXPECT_EQ(code([](Job&, Manager& m) { m.id = "a b"; }), "InvalidPropertyValue");
  EXPECT_EQ(code([](Job&, Manager& m) { m.command_line = ""; }), "InvalidPropertyValue");
  EXPECT_EQ(code([](Job&, Manager& m) { m.required_slots = 2; }), "InvalidPropertyValue");
  EXPECT_EQ(code([](Job&, Manager& m) { m.container_settings.emplace(); }), "UnsupportedProperty");
  EXPECT_TRUE(world.core.jobs.empty());
  EXPECT_EQ(code([](Job&, Manager& m) {
              m.authentication_token_settings = batch::AuthenticationTokenSettings{{"job"}};
            }),
            "");
}

}  // namespace
}  // namespace dms::service
