// Disabling and enabling jobs, ends by force, and what PUT and PATCH may change when. World:
// tests/service/world.h.
#include "tests/service/world.h"

namespace dms::service {
namespace {

using batch::DisableJobOption;
using batch::JobState;
using batch::OnAllTasksComplete;
using batch::TaskState;

class JobStates : public CoreTest {
 protected:
  void SetUp() override {
    world.add_pool("p", {.slots = 2});
    world.add_job("j");
  }

  JobState job_state() { return *world.job().wire.state; }
  std::string disable(DisableJobOption option) { return world.disable_job("j", option); }
  std::string patch(const batch::JobPatch& patch) {
    return code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
      return patch_job(core, out, world.job(), patch, now);
    }));
  }
  std::string put(const batch::JobUpdate& update) {
    return code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
      return update_job(core, out, world.job(), update, now);
    }));
  }
  std::string force_end() {
    return code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
      return terminate_job(core, out, world.job(), "UserTerminate", now, Force::yes);
    }));
  }
  std::string force_delete() {
    return code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
      return delete_job(core, out, world.job(), now, Force::yes);
    }));
  }
};

TEST_F(JobStates, an_idle_job_is_disabling_until_the_next_tick_and_then_disabled) {
  const std::string etag = *world.job().wire.etag;
  EXPECT_EQ(disable(DisableJobOption::requeue), "");
  EXPECT_EQ(job_state(), JobState::disabling);
  EXPECT_FALSE(world.tick());
  EXPECT_EQ(job_state(), JobState::disabled);
  EXPECT_EQ(world.job().wire.previous_state, JobState::disabling);
  EXPECT_NE(world.job().wire.etag, etag);
}

TEST_F(JobStates, a_disabled_job_takes_tasks_that_wait_until_it_is_active_again) {
  disable(DisableJobOption::wait);
  EXPECT_EQ(world.add_task("t1"), "");
  world.tick();
  EXPECT_EQ(world.add_task("t2"), "");
  EXPECT_EQ(world.starts(), Words{});
  EXPECT_EQ(world.enable_job("j"), "");
  EXPECT_EQ(job_state(), JobState::enabling);
  EXPECT_EQ(world.starts(), Words{});
  EXPECT_FALSE(world.tick());
  EXPECT_EQ(job_state(), JobState::active);
  EXPECT_EQ(world.starts(), (Words{"t1", "t2"}));
}

TEST_F(JobStates, disabling_with_requeue_ends_what_runs_and_queues_it_again) {
  world.add_task("t1");
  world.forget();
  disable(DisableJobOption::requeue);
  EXPECT_EQ(world.ends(), Words{"t1"});
  EXPECT_EQ(world.state("t1"), TaskState::active);
  EXPECT_EQ(world.task("t1").requeue_count, 1);
  EXPECT_EQ(world.task("t1").last_requeue, world.now());
  EXPECT_EQ(world.task("t1").retry_count, 0);
  EXPECT_TRUE(world.tick());
  EXPECT_EQ(job_state(), JobState::disabling) << "its process is still there";
  world.answer_end("t1");
  world.tick();
  EXPECT_EQ(job_state(), JobState::disabled);
  world.enable_job("j");
  world.tick();
  EXPECT_EQ(world.starts(), Words{"t1"});
  world.end_run("t1");
  EXPECT_EQ(world.state("t1"), TaskState::completed);
}

TEST_F(JobStates, disabling_with_terminate_completes_what_runs) {
  world.add_task("t1");
  world.forget();
  disable(DisableJobOption::terminate);
  EXPECT_EQ(world.ends(), Words{"t1"});
  EXPECT_EQ(world.state("t1"), TaskState::completed);
  EXPECT_EQ(world.task("t1").failure->code, "TaskEnded");
  world.answer_end("t1");
  world.tick();
  EXPECT_EQ(job_state(), JobState::disabled);
}

TEST_F(JobStates, disabling_with_wait_lets_what_runs_come_to_its_end) {
  for (const char* id : {"t1", "t2", "t3"}) world.add_task(id);
  world.forget();
  disable(DisableJobOption::wait);
  EXPECT_EQ(world.ends(), Words{});
  world.end_run("t1");
  EXPECT_EQ(world.starts(), Words{}) << "t3 waits";
  EXPECT_TRUE(world.tick());
  EXPECT_EQ(job_state(), JobState::disabling);
  world.end_run("t2");
  world.tick();
  EXPECT_EQ(job_state(), JobState::disabled);
  EXPECT_EQ(world.state("t1"), TaskState::completed);
  EXPECT_EQ(world.state("t3"), TaskState::active);
}

TEST_F(JobStates, a_disabled_job_may_be_disabled_again_and_a_pending_disable_taken_back) {
  disable(DisableJobOption::requeue);
  EXPECT_EQ(disable(DisableJobOption::requeue), "");
  world.tick();
  EXPECT_EQ(disable(DisableJobOption::requeue), "");
  EXPECT_EQ(job_state(), JobState::disabling);
  EXPECT_EQ(world.enable_job("j"), "");
  EXPECT_EQ(job_state(), JobState::enabling);
  EXPECT_EQ(world.enable_job("j"), "");
  EXPECT_EQ(disable(DisableJobOption::wait), "OperationInvalidForCurrentState");
  world.tick();
  EXPECT_EQ(job_state(), JobState::active);
  EXPECT_EQ(world.enable_job("j"), "OperationInvalidForCurrentState");
}

TEST_F(JobStates, a_job_that_ends_can_be_neither_disabled_nor_enabled_nor_changed) {
  const auto expect = [&](const std::string& code) {
    EXPECT_EQ(disable(DisableJobOption::wait), code);
    EXPECT_EQ(world.enable_job("j"), code);
    EXPECT_EQ(patch({.priority = 1}), code);
    EXPECT_EQ(put({.pool_info = {"p", {}}}), code);
  };
  world.terminate_job("j");
  expect("JobBeingTerminated");
  world.tick();
  expect("JobCompleted");
  world.delete_job("j");
  expect("JobBeingDeleted");
}

TEST_F(JobStates, a_disabled_job_can_be_terminated_and_deleted) {
  world.add_job("k");
  for (const char* id : {"j", "k"}) world.disable_job(id, DisableJobOption::wait);
  world.tick();
  EXPECT_EQ(world.terminate_job("j"), "");
  EXPECT_EQ(world.delete_job("k"), "");
  world.tick();
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_FALSE(world.core.jobs.contains({"k"}));
}

TEST_F(JobStates, a_disabled_job_does_not_end_with_its_tasks_but_with_its_wall_clock_time) {
  world.add_job("k", {.max_wall_clock_time = *Duration::parse("PT1M")});
  world.disable_job("k", DisableJobOption::wait);
  world.tick();
  EXPECT_EQ(code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
              return patch_job(core, out, world.job("k"),
                               {.on_all_tasks_complete = OnAllTasksComplete::terminate_job}, now);
            })),
            "");
  world.tick();
  EXPECT_EQ(world.job("k").wire.state, JobState::disabled);
  world.pass(std::chrono::minutes(1));
  world.tick();
  EXPECT_EQ(world.job("k").wire.state, JobState::terminating);
  EXPECT_EQ(world.job("k").wire.execution_info->terminate_reason, "MaxWallClockTimeExpiry");
  world.tick();
}

TEST_F(JobStates, a_restart_goes_on_disabling_and_enabling) {
  world.add_task("t1");
  world.add_task("t2");
  disable(DisableJobOption::wait);
  world.restart();
  world.tick();
  EXPECT_EQ(job_state(), JobState::disabling) << "the node is not heard yet";
  world.hello_all();
  world.tick();
  EXPECT_EQ(job_state(), JobState::disabling) << "both run";
  world.end_run("t1");
  world.end_run("t2");
  world.tick();
  EXPECT_EQ(job_state(), JobState::disabled);
  world.enable_job("j");
  world.restart();
  world.tick();
  EXPECT_EQ(job_state(), JobState::active);
}

TEST_F(JobStates, a_restart_does_not_take_a_requeued_run_for_a_current_one) {
  world.add_task("t1");
  disable(DisableJobOption::requeue);
  world.restart();
  world.forget();
  world.hello_all();
  EXPECT_EQ(world.ends(), Words{"t1"});
  EXPECT_EQ(world.state("t1"), TaskState::active);
  world.answer_end("t1");
  world.tick();
  EXPECT_EQ(job_state(), JobState::disabled);
  EXPECT_EQ(world.task("t1").requeue_count, 1);
}

TEST_F(JobStates, a_run_that_is_heard_of_when_its_job_ends_is_ended) {
  world.add_task("t1");
  world.restart();
  world.terminate_job("j");
  world.forget();
  world.hello_all();
  EXPECT_EQ(world.ends(), Words{"t1"});
  EXPECT_EQ(world.state("t1"), TaskState::completed);
  world.answer_end("t1");
  world.tick();
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(JobStates, a_forced_end_does_not_wait_for_what_runs) {
  world.add_task("t1");
  EXPECT_EQ(force_end(), "");
  EXPECT_EQ(job_state(), JobState::terminating);
  world.tick();
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(force_end(), "JobCompleted");
  world.answer_end("t1");
  EXPECT_EQ(world.used_slots(0), 0);
}

TEST_F(JobStates, an_end_that_waits_can_be_forced_later) {
  world.add_task("t1");
  world.terminate_job("j");
  EXPECT_TRUE(world.tick());
  EXPECT_EQ(force_end(), "");
  EXPECT_EQ(job_state(), JobState::terminating);
  world.restart();
  world.tick();
  EXPECT_EQ(job_state(), JobState::completed) << "force is kept over a restart";
  world.hello_all();
  world.answer_end("t1");
}

TEST_F(JobStates, a_forced_delete_leaves_a_running_tasks_directory_to_its_end) {
  world.add_task("done");
  world.end_run("done");
  world.add_task("runs");
  world.forget();
  EXPECT_EQ(force_delete(), "");
  EXPECT_EQ(force_delete(), "");
  world.tick();
  EXPECT_TRUE(world.core.jobs.empty());
  EXPECT_EQ(world.removed(), Words{"workitems/j/job-1/done"});
  world.answer_end("runs");
  EXPECT_EQ(world.removed(), Words{"workitems/j/job-1/runs"});
  world.restart();
  EXPECT_TRUE(world.core.jobs.empty());
}

TEST_F(JobStates, put_takes_what_is_left_out_back_to_its_default) {
  patch({.priority = 7,
         .max_parallel_tasks = 3,
         .allow_task_preemption = true,
         .constraints = batch::JobConstraints{*Duration::parse("P1D"), 5},
         .metadata = std::vector{batch::MetadataItem{"a", "b"}}});
  EXPECT_EQ(put({.priority = 500,
                 .constraints = batch::JobConstraints{.max_task_retry_count = 3},
                 .pool_info = {"P", {}}}),
            "OperationInvalidForCurrentState")
      << "ids of pools are compared as texts";
  EXPECT_EQ(world.job().wire.priority, 7);
  EXPECT_EQ(put({.priority = 500,
                 .constraints = batch::JobConstraints{.max_task_retry_count = 3},
                 .pool_info = {"p", {}}}),
            "");
  const batch::Job& wire = world.job().wire;
  EXPECT_EQ(wire.priority, 500);
  EXPECT_EQ(wire.constraints->max_task_retry_count, 3);
  EXPECT_TRUE(wire.constraints->max_wall_clock_time->is_unlimited());
  EXPECT_EQ(wire.max_parallel_tasks, -1);
  EXPECT_EQ(wire.allow_task_preemption, false);
  EXPECT_TRUE(wire.metadata.empty());
  EXPECT_EQ(put({.pool_info = {"p", {}}}), "");
  EXPECT_EQ(world.job().wire.priority, 0);
}

TEST_F(JobStates, put_without_on_all_tasks_complete_cannot_take_it_back) {
  world.add_task("t1");
  EXPECT_EQ(
      put({.pool_info = {"p", {}}, .on_all_tasks_complete = OnAllTasksComplete::terminate_job}),
      "");
  EXPECT_EQ(put({.pool_info = {"p", {}}}), "InvalidPropertyValue");
  EXPECT_EQ(patch({.on_all_tasks_complete = OnAllTasksComplete::no_action}),
            "InvalidPropertyValue");
  EXPECT_EQ(patch({.priority = 2}), "");
}

TEST_F(JobStates, a_change_is_refused_whole) {
  const std::string before = encode(world.job().wire);
  EXPECT_EQ(patch({.priority = 1, .max_parallel_tasks = 0}), "InvalidPropertyValue");
  EXPECT_EQ(
      patch({.priority = 1, .constraints = batch::JobConstraints{.max_task_retry_count = -2}}),
      "InvalidConstraintValue");
  EXPECT_EQ(put({.priority = 1001, .pool_info = {"p", {}}}), "OutOfRangePriority");
  EXPECT_EQ(encode(world.job().wire), before);
}

TEST_F(JobStates, the_pool_of_a_disabled_job_can_change) {
  world.add_pool("q");
  world.add_task("t1");
  EXPECT_EQ(patch({.pool_info = batch::PoolInfo{"q", {}}}), "OperationInvalidForCurrentState");
  EXPECT_EQ(patch({.pool_info = batch::PoolInfo{"p", {}}}), "") << "the same";
  disable(DisableJobOption::requeue);
  world.answer_end("t1");
  world.tick();
  EXPECT_EQ(patch({.pool_info = batch::PoolInfo{"q", {}}}), "");
  EXPECT_EQ(world.job().wire.execution_info->pool_id, "q");
  world.enable_job("j");
  world.tick();
  EXPECT_EQ(world.task("t1").node->pool.text, "q");
  world.restart();
  EXPECT_EQ(world.job().pool().text, "q");
  world.hello_all();
}

TEST_F(JobStates, network_configuration_is_kept_and_shown) {
  batch::Job wire;
  wire.id = "k";
  wire.pool_info.pool_id = "p";
  wire.network_configuration = batch::JobNetworkConfiguration{"subnet", {}};
  EXPECT_EQ(world.add_job(wire), "");
  EXPECT_EQ(show_job(world.core, world.job("k")).network_configuration->subnet_id, "subnet");
  EXPECT_EQ(patch({.network_configuration = batch::JobNetworkConfiguration{"other", true}}), "");
  EXPECT_EQ(world.job().wire.network_configuration->subnet_id, "other");
}

}  // namespace
}  // namespace dms::service
