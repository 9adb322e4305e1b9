// Preparation and release tasks, by hand. World: tests/service/world.h.
#include "service/core/node_tasks.h"

#include <gmock/gmock.h>

#include "service/core/run_spec.h"
#include "tests/service/world.h"

namespace dms::service {
namespace {

using batch::JobState;
using batch::NodeTaskState;
using batch::TaskResult;
using batch::TaskState;
using testing::HasSubstr;

constexpr const char* preparation = "jobpreparation";
constexpr const char* release = "jobrelease";

batch::JobPreparationTask prepares() { return {.command_line = "prepare"}; }
batch::JobReleaseTask releases() { return {.command_line = "clean"}; }

class NodeTasks : public CoreTest {
 protected:
  const JobOnNode& on(int node) { return world.job().on_nodes.at(world.node(node)); }
  JobState job_state() { return *world.job().wire.state; }
  // The node's agent dies with all that it runs, and a new one is there.
  void reboot(int node) {
    const NodeKey key = world.node(node);
    world.dead(key);
    world.hello(key);
  }
  std::string add(batch::Job wire) {
    return code_of(
        world.act([&](Core& c, Effects& out, Timestamp at) { return add_job(c, out, wire, at); }));
  }
};

TEST_F(NodeTasks, let_tasks_wait_until_the_node_is_prepared) {
  world.add_pool("p", {.slots = 3});
  world.add_job("j", {.preparation = prepares()});
  world.add_task("t1", {.slots = 2});
  world.add_task("t2");
  EXPECT_EQ(world.starts(), Words{preparation});
  EXPECT_EQ(world.state("t1"), TaskState::preparing);
  EXPECT_EQ(world.state("t2"), TaskState::preparing);
  EXPECT_EQ(world.task("t1").node, world.node(0));
  EXPECT_EQ(world.job().counts.running, 2);
  EXPECT_EQ(world.used_slots(0), 3) << "they hold their slots, the preparation needs none";
  EXPECT_EQ(on(0).preparation->state, NodeTaskState::running);
  world.expect_consistent();
  world.end_run(preparation);
  EXPECT_EQ(world.starts(), (Words{"t1", "t2"}));
  EXPECT_EQ(world.state("t1"), TaskState::running);
  EXPECT_EQ(world.task("t1").previous_state, TaskState::preparing);
  EXPECT_EQ(on(0).preparation->result, TaskResult::success);
  EXPECT_EQ(on(0).preparation->exit_code, 0);
  world.end_run("t1");
  world.add_task("t3");
  EXPECT_EQ(world.starts(), Words{"t3"}) << "once is enough";
}

TEST_F(NodeTasks, prepare_each_node_that_gets_a_task) {
  world.add_pool("p", {.nodes = 3});
  world.add_job("j", {.preparation = prepares()});
  world.add_task("t1");
  world.add_task("t2");
  EXPECT_EQ(world.starts(), (Words{preparation, preparation}));
  EXPECT_EQ(world.job().on_nodes.size(), 2u) << "the third has had no task";
  world.end_run(preparation);
  EXPECT_EQ(world.starts().size(), 1u) << "the other node is still being prepared";
  world.end_run(preparation);
  EXPECT_EQ(world.starts().size(), 1u);
}

TEST_F(NodeTasks, of_a_failed_preparation_bar_the_node_and_give_its_tasks_back) {
  world.add_pool("p", {.nodes = 1, .slots = 2});
  world.add_job("j", {.preparation = prepares()});
  world.add_task("t1");
  world.add_task("t2");
  world.forget();
  world.end_run(preparation, 7);
  EXPECT_EQ(world.state("t1"), TaskState::active);
  EXPECT_EQ(world.state("t2"), TaskState::active);
  EXPECT_EQ(world.used_slots(0), 0);
  EXPECT_EQ(on(0).preparation->exit_code, 7);
  EXPECT_EQ(on(0).preparation->result, TaskResult::failure);
  EXPECT_EQ(on(0).preparation->failure->code, "FailureExitCode");
  world.add_task("t3");
  EXPECT_EQ(world.starts(), Words{}) << "the node takes no task of this job";
  world.add_job("k");
  world.add_task("other", {}, "k");
  EXPECT_EQ(world.starts(), Words{"other"}) << "but of others";
  world.resize_pool("p", 2, batch::NodeDeallocationOption::requeue);
  world.hello_all();
  EXPECT_EQ(world.starts(), Words{preparation}) << "a new node is tried";
  world.end_run(preparation);
  EXPECT_EQ(world.starts(), (Words{"t1", "t2"}));
  EXPECT_EQ(world.task("t1").node, world.node(1));
}

TEST_F(NodeTasks, retry_a_preparation_as_often_as_it_says) {
  world.add_pool("p");
  auto twice = prepares();
  twice.constraints = batch::TaskConstraints{.max_task_retry_count = 2};
  world.add_job("j", {.preparation = twice});
  world.add_task("t1");
  world.end_run(preparation, 1);
  EXPECT_EQ(on(0).preparation->retry_count, 1);
  EXPECT_EQ(world.state("t1"), TaskState::preparing);
  const Timestamp retried = world.now();
  world.end_run(preparation, 1);
  world.end_run(preparation, 1);
  EXPECT_EQ(world.starts(), (Words{preparation, preparation, preparation}));
  EXPECT_EQ(on(0).preparation->retry_count, 2);
  EXPECT_GT(on(0).preparation->last_retry->at, retried.at);
  EXPECT_EQ(world.state("t1"), TaskState::active) << "that was the last";
}

TEST_F(NodeTasks, repeat_a_preparation_whose_runner_died_uncounted) {
  world.add_pool("p");
  world.add_job("j", {.preparation = prepares()});
  world.add_task("t1");
  agent::RunEnd lost;
  lost.ended_by = agent::EndedBy::lost;
  lost.failure_info = failure("Unknown");
  for (int i = 0; i < 10; ++i) world.end_run_as(preparation, lost);
  EXPECT_EQ(on(0).preparation->state, NodeTaskState::running);
  EXPECT_EQ(on(0).preparation->retry_count, 0);
  world.end_run_as(preparation, lost);
  EXPECT_EQ(on(0).preparation->result, TaskResult::failure) << "but not for ever";
}

TEST_F(NodeTasks, do_not_hold_tasks_back_that_need_no_success) {
  world.add_pool("p", {.slots = 2});
  auto loose = prepares();
  loose.wait_for_success = false;
  world.add_job("j", {.preparation = loose});
  world.add_task("t1");
  EXPECT_EQ(world.starts(), (Words{preparation, "t1"}));
  EXPECT_EQ(world.state("t1"), TaskState::running);
  world.end_run(preparation, 1);
  world.add_task("t2");
  EXPECT_EQ(world.starts(), Words{"t2"});
}

TEST_F(NodeTasks, prepare_a_rebooted_node_again_if_the_job_says_so) {
  world.add_pool("p");
  auto once = prepares();
  once.rerun_on_node_reboot_after_success = false;
  world.add_job("j", {.preparation = prepares()});
  world.add_job("k", {.preparation = once});
  world.add_task("t1");
  world.end_run(preparation);
  world.end_run("t1");
  world.add_task("u1", {}, "k");
  world.end_run(preparation, 0, "k");
  world.end_run("u1", 0, "k");
  reboot(0);
  world.forget();
  world.add_task("u2", {}, "k");
  EXPECT_EQ(world.starts(), Words{"u2"});
  world.end_run("u2", 0, "k");
  world.add_task("t2");
  EXPECT_EQ(world.starts(), Words{preparation});
  world.end_run(preparation);
  EXPECT_EQ(world.starts(), Words{"t2"});
}

TEST_F(NodeTasks, stay_failed_over_a_reboot) {
  world.add_pool("p");
  world.add_job("j", {.preparation = prepares()});
  world.add_task("t1");
  world.end_run(preparation, 1);
  world.forget();
  reboot(0);
  EXPECT_EQ(world.starts(), Words{});
  EXPECT_TRUE(is_barred(world.job(), world.node(0)));
}

TEST_F(NodeTasks, of_a_node_that_died_meanwhile_run_again) {
  world.add_pool("p");
  world.add_job("j", {.preparation = prepares()});
  world.add_task("t1");
  world.dead(world.node(0));
  EXPECT_EQ(world.state("t1"), TaskState::active);
  EXPECT_EQ(world.used_slots(0), 0);
  EXPECT_EQ(on(0).preparation->result, TaskResult::failure);
  world.forget();
  world.hello(world.node(0));
  EXPECT_EQ(world.starts(), Words{preparation});
  world.end_run(preparation);
  EXPECT_EQ(world.starts(), Words{"t1"});
  EXPECT_EQ(world.task("t1").retry_count, 0);
}

TEST_F(NodeTasks, give_slots_back_when_a_waiting_task_is_ended_or_deleted) {
  world.add_pool("p", {.slots = 2});
  world.add_job("j", {.preparation = prepares()});
  world.add_job("k");
  world.add_task("t1");
  world.add_task("t2");
  world.add_task("u1", {}, "k");
  world.add_task("u2", {}, "k");
  world.forget();
  world.terminate_task("t1");
  EXPECT_EQ(world.task("t1").failure->code, "TaskEnded");
  EXPECT_EQ(world.starts(), Words{"u1"});
  world.delete_task("t2");
  EXPECT_EQ(world.starts(), Words{"u2"});
  EXPECT_EQ(world.ends(), Words{}) << "no agent has heard of them";
  world.end_run(preparation);
  EXPECT_EQ(world.starts(), Words{});
}

TEST_F(NodeTasks, of_a_leaving_node_are_ended_and_its_waiting_tasks_wait_elsewhere) {
  for (const auto option :
       {batch::NodeDeallocationOption::requeue, batch::NodeDeallocationOption::terminate,
        batch::NodeDeallocationOption::task_completion}) {
    World local;
    local.add_pool("p");
    local.add_job("j", {.preparation = prepares()});
    local.add_task("t1");
    local.resize_pool("p", 0, option);
    EXPECT_EQ(local.state("t1"), TaskState::active);
    EXPECT_EQ(local.task("t1").requeue_count, 0) << "it had not begun";
    EXPECT_EQ(local.ends().front(), preparation);
    local.answer_end(preparation);
    local.settle();
    EXPECT_TRUE(local.pool().nodes.empty());
    const auto list = show_node_tasks(local.core, local.job());
    ASSERT_EQ(list.size(), 1u) << "nodes that have left are listed";
    EXPECT_EQ(list[0].job_preparation_task_execution_info->result, TaskResult::failure);
    local.expect_consistent();
  }
}

TEST_F(NodeTasks, release_each_prepared_node_once_after_its_last_task) {
  world.add_pool("p", {.nodes = 3});
  world.add_job("j", {.preparation = prepares(), .release = releases()});
  world.add_task("t1");
  world.add_task("t2");
  world.end_run(preparation);
  world.end_run(preparation);
  world.end_run("t2");
  world.forget();
  world.terminate_job("j");
  EXPECT_EQ(world.ends(), Words{"t1"});
  EXPECT_EQ(world.starts(), Words{}) << "terminating is seen first";
  world.tick();
  EXPECT_EQ(world.starts(), Words{release}) << "t1 is still there on the other node";
  world.end_run(release);
  world.tick();
  EXPECT_EQ(job_state(), JobState::terminating);
  world.answer_end("t1");
  world.tick();
  EXPECT_EQ(world.starts(), Words{release});
  world.tick();
  EXPECT_EQ(job_state(), JobState::terminating) << "the release runs";
  world.end_run(release, 3);
  world.tick();
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(world.starts(), Words{});
  int failed = 0;
  for (const auto& [key, there] : world.job().on_nodes)
    failed += there.release->result == TaskResult::failure;
  EXPECT_EQ(failed, 1);
  EXPECT_EQ(world.job().on_nodes.size(), 2u);
  world.forget();
  world.delete_job("j");
  world.settle();
  EXPECT_EQ(world.starts(), Words{}) << "not again";
  EXPECT_TRUE(world.core.jobs.empty());
}

TEST_F(NodeTasks, release_nodes_before_a_deleted_job_goes) {
  world.add_pool("p");
  world.add_job("j", {.preparation = prepares(), .release = releases()});
  world.add_task("t1");
  world.end_run(preparation);
  world.end_run("t1");
  world.forget();
  world.delete_job("j");
  world.tick();
  EXPECT_EQ(world.starts(), Words{release});
  EXPECT_EQ(world.removed(), Words{});
  world.end_run(release);
  world.tick();
  EXPECT_TRUE(world.core.jobs.empty());
  EXPECT_EQ(world.removed(), Words{"workitems/j"});
  int rows = 0;
  EXPECT_TRUE(world.store().load("node-task", [&](auto, auto) { ++rows; }));
  EXPECT_EQ(rows, 0);
}

TEST_F(NodeTasks, of_a_job_that_ends_end_and_are_released) {
  world.add_pool("p");
  world.add_job("j", {.preparation = prepares(), .release = releases()});
  world.add_task("t1");
  world.forget();
  world.terminate_job("j");
  EXPECT_EQ(world.state("t1"), TaskState::completed);
  world.tick();
  EXPECT_EQ(world.ends(), Words{preparation});
  world.tick();
  EXPECT_EQ(world.ends(), Words{}) << "asked once";
  EXPECT_EQ(world.starts(), Words{});
  world.answer_end(preparation);
  EXPECT_EQ(on(0).preparation->failure->code, "TaskEnded");
  EXPECT_EQ(world.used_slots(0), 0);
  world.tick();
  EXPECT_EQ(world.starts(), Words{release});
  world.end_run(release);
  world.tick();
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(NodeTasks, of_a_job_whose_end_is_forced_are_ended_and_not_released) {
  world.add_pool("p");
  world.add_job("j", {.preparation = prepares(), .release = releases()});
  world.add_task("t1");
  world.forget();
  ASSERT_TRUE(world.act([&](Core& c, Effects& out, Timestamp at) {
    return terminate_job(c, out, world.job(), "now", at, Force::yes);
  }));
  world.tick();
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(world.ends(), Words{preparation});
  EXPECT_EQ(world.starts(), Words{});
  world.answer_end(preparation);
  EXPECT_EQ(on(0).preparation->result, TaskResult::failure);
}

TEST_F(NodeTasks, do_not_hold_a_job_whose_nodes_have_left) {
  world.add_pool("p", {.nodes = 2});
  world.add_job("j", {.preparation = prepares(), .release = releases()});
  world.add_task("t1");
  world.add_task("t2");
  world.end_run(preparation);
  world.end_run(preparation);
  world.end_run("t1");
  world.end_run("t2");
  world.resize_pool("p", 0, batch::NodeDeallocationOption::requeue);
  world.settle();
  world.forget();
  world.terminate_job("j");
  world.tick();
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(world.starts(), Words{});
  EXPECT_EQ(show_node_tasks(world.core, world.job()).size(), 2u);
}

TEST_F(NodeTasks, of_a_node_that_died_release_it_when_it_is_back_but_not_twice) {
  world.add_pool("p", {.nodes = 2});
  world.add_job("j", {.preparation = prepares(), .release = releases()});
  world.add_task("t1");
  world.add_task("t2");
  world.end_run(preparation);
  world.end_run(preparation);
  world.end_run("t1");
  world.end_run("t2");
  world.dead(world.node(0));
  world.forget();
  world.terminate_job("j");
  world.tick();
  EXPECT_EQ(world.starts(), Words{release});
  world.dead(world.node(1));
  world.hello_all();
  world.tick();
  EXPECT_EQ(world.starts(), Words{release}) << "of the first node only";
  EXPECT_EQ(on(1).release->result, TaskResult::failure);
  world.end_run(release);
  world.tick();
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(NodeTasks, wait_a_quarter_of_an_hour_for_a_node_that_does_not_come_back) {
  world.add_pool("p");
  world.add_job("j", {.preparation = prepares(), .release = releases()});
  world.add_task("t1");
  world.end_run(preparation);
  world.end_run("t1");
  world.dead(world.node(0));
  world.terminate_job("j");
  world.pass(std::chrono::minutes(14));
  world.tick();
  EXPECT_EQ(job_state(), JobState::terminating);
  world.pass(std::chrono::minutes(1));
  world.tick();
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(NodeTasks, that_run_over_a_restart_are_not_repeated) {
  world.add_pool("p", {.slots = 2});
  world.add_job("j", {.preparation = prepares(), .release = releases()});
  world.add_task("t1");
  world.forget();
  world.restart();
  EXPECT_EQ(world.state("t1"), TaskState::active);
  EXPECT_EQ(on(0).preparation->state, NodeTaskState::running);
  world.hello_all();
  EXPECT_EQ(world.starts(), Words{}) << "the agent still prepares";
  EXPECT_EQ(world.state("t1"), TaskState::preparing);
  world.end_run(preparation);
  EXPECT_EQ(world.starts(), Words{"t1"});
  world.restart();
  world.hello_all();
  world.add_task("t2");
  EXPECT_EQ(world.starts(), Words{"t2"}) << "it is known to be prepared";
  world.end_run("t1");
  world.end_run("t2");
  world.terminate_job("j");
  world.tick();
  EXPECT_EQ(world.starts(), Words{release});
  world.restart();
  world.hello_all();
  world.tick();
  EXPECT_EQ(job_state(), JobState::terminating);
  world.end_run(release);
  world.restart();
  world.hello_all();
  world.settle();
  EXPECT_EQ(world.starts(), Words{});
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(on(0).release->result, TaskResult::success);
}

TEST_F(NodeTasks, that_ended_unheard_count) {
  world.add_pool("p");
  world.add_job("j", {.preparation = prepares(), .release = releases()});
  world.add_task("t1");
  world.restart();
  world.end_run_unheard(preparation, 1);
  world.forget();
  world.hello_all();
  EXPECT_EQ(world.starts(), Words{});
  EXPECT_TRUE(is_barred(world.job(), world.node(0)));
  world.terminate_job("j");
  world.tick();
  world.silent(world.node(0));
  world.end_run_unheard(release);
  world.restart();
  world.forget();
  world.settle();
  EXPECT_EQ(world.starts(), Words{});
  EXPECT_EQ(on(0).release->result, TaskResult::success);
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(NodeTasks, whose_starts_were_lost_are_started_once_more) {
  world.add_pool("p");
  world.add_job("j", {.preparation = prepares(), .release = releases()});
  // The node looks connected; what is sent to it goes nowhere.
  world.agent(world.node(0)).connected = false;
  world.add_task("t1");
  world.forget();
  world.hello_all();
  EXPECT_EQ(world.starts(), Words{preparation});
  EXPECT_EQ(world.state("t1"), TaskState::preparing);
  world.end_run(preparation);
  world.end_run("t1");
  world.agent(world.node(0)).connected = false;
  world.terminate_job("j");
  world.tick();
  world.forget();
  world.hello_all();
  EXPECT_EQ(world.starts(), Words{release});
}

TEST_F(NodeTasks, whose_rows_were_lost_are_told_by_the_agent) {
  world.add_pool("p");
  world.add_job("j", {.preparation = prepares(), .release = releases()});
  world.add_task("t1");
  world.forget();
  const auto before = world.job().on_nodes.at(world.node(0)).preparation;
  ASSERT_TRUE(world.store().commit({erase_job_on_node_rows(world.job())}));
  world.restart();
  ASSERT_TRUE(world.job().on_nodes.empty());
  world.hello_all();
  EXPECT_EQ(world.starts(), Words{});
  EXPECT_EQ(on(0).preparation->attempt, before->attempt);
  world.end_run(preparation);
  EXPECT_EQ(world.starts(), Words{"t1"});
}

TEST_F(NodeTasks, are_checked_when_their_job_is_added) {
  const auto code = [&](auto change) {
    batch::Job wire;
    wire.id = "x";
    wire.pool_info.pool_id = "p";
    wire.job_preparation_task = prepares();
    wire.job_release_task = releases();
    change(wire);
    return add(wire);
  };
  EXPECT_EQ(code([](batch::Job& w) { w.job_preparation_task.reset(); }), "InvalidPropertyValue");
  EXPECT_EQ(code([](batch::Job& w) { w.job_preparation_task->command_line = ""; }),
            "MissingRequiredProperty");
  EXPECT_EQ(code([](batch::Job& w) { w.job_release_task->command_line = ""; }),
            "MissingRequiredProperty");
  EXPECT_EQ(code([](batch::Job& w) { w.job_preparation_task->id = "a b"; }),
            "InvalidPropertyValue");
  EXPECT_EQ(code([](batch::Job& w) { w.job_release_task->id = "jobPreparation"; }),
            "InvalidPropertyValue");
  EXPECT_EQ(code([](batch::Job& w) { w.job_preparation_task->resource_files.emplace_back(); }),
            "InvalidPropertyValue");
  EXPECT_EQ(code([](batch::Job& w) { w.job_preparation_task->container_settings.emplace(); }),
            "UnsupportedProperty");
  EXPECT_EQ(code([](batch::Job& w) {
              w.job_release_task->max_wall_clock_time = *Duration::parse("PT15M1S");
            }),
            "InvalidPropertyValue");
  EXPECT_TRUE(world.core.jobs.empty());
  EXPECT_EQ(code([](batch::Job&) {}), "");
}

TEST_F(NodeTasks, show_their_defaults) {
  world.add_job("j", {.preparation = prepares(), .release = releases()});
  const std::string text = encode(show_job(world.core, world.job()));
  const std::string user =
      R"("userIdentity":{"autoUser":{"scope":"pool","elevationLevel":"nonadmin"}})";
  EXPECT_THAT(text,
              HasSubstr(R"("jobPreparationTask":{"id":"jobpreparation","commandLine":"prepare",)"
                        R"("constraints":{"maxWallClockTime":"P10675199DT2H48M5.4775807S",)"
                        R"("retentionTime":"P7D","maxTaskRetryCount":0},"waitForSuccess":true,)" +
                        user + R"(,"rerunOnNodeRebootAfterSuccess":true})"));
  EXPECT_THAT(text, HasSubstr(R"("jobReleaseTask":{"id":"jobrelease","commandLine":"clean",)"
                              R"("maxWallClockTime":"PT15M","retentionTime":"P7D",)" +
                              user + "}"));
}

TEST_F(NodeTasks, find_the_environment_that_batch_promises) {
  world.add_pool("p");
  auto prepare = prepares();
  prepare.id = "first";
  prepare.environment_settings = {{"OWN", "1"}};
  world.add_job("j", {.preparation = prepare, .release = releases()});
  world.job().wire.common_environment_settings = {{"COMMON", "all"}, {"OWN", "0"}};
  world.add_task("t1");
  world.end_run("first");
  const NodeKey node = world.node(0);
  const std::string root = node_root(world.core, node);
  const auto value = [](const agent::RunSpec& spec, std::string_view name) -> std::string {
    for (const auto& setting : spec.environment)
      if (setting.name == name) return *setting.value;
    return "none";
  };
  const auto first = run_spec_of_node_task(world.core, world.job(), node,
                                           agent::RunKind::preparation, *on(0).preparation);
  EXPECT_EQ(first.task_directory, "workitems/j/job-1/first");
  EXPECT_EQ(first.command_line, "prepare");
  EXPECT_EQ(first.max_wall_clock_time, std::nullopt);
  EXPECT_EQ(first.run.required_slots, 0);
  EXPECT_EQ(value(first, "AZ_BATCH_JOB_ID"), "j");
  EXPECT_EQ(value(first, "AZ_BATCH_TASK_ID"), "first");
  EXPECT_EQ(value(first, "AZ_BATCH_TASK_WORKING_DIR"), root + "/workitems/j/job-1/first/wd");
  EXPECT_EQ(value(first, "AZ_BATCH_JOB_PREP_DIR"), "none");
  EXPECT_EQ(value(first, "COMMON"), "all");
  EXPECT_EQ(value(first, "OWN"), "1");
  const auto last =
      run_spec_of_node_task(world.core, world.job(), node, agent::RunKind::release, NodeTask{});
  EXPECT_EQ(last.task_directory, "workitems/j/job-1/jobrelease");
  EXPECT_EQ(last.max_wall_clock_time, *Duration::parse("PT15M"));
  const auto task =
      run_spec_of_task(world.core, world.job(), world.task("t1"), *world.task("t1").node);
  ASSERT_TRUE(task);
  for (const auto* spec : {&last, &*task}) {
    EXPECT_EQ(value(*spec, "AZ_BATCH_JOB_PREP_DIR"), root + "/workitems/j/job-1/first");
    EXPECT_EQ(value(*spec, "AZ_BATCH_JOB_PREP_WORKING_DIR"), root + "/workitems/j/job-1/first/wd");
    EXPECT_EQ(value(*spec, "OWN"), "0");
  }
}

}  // namespace
}  // namespace dms::service
