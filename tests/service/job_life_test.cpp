// The life of jobs, seen through the Core's handlers. World: tests/service/world.h.
#include "tests/service/world.h"

namespace dms::service {
namespace {

using batch::JobState;
using batch::OnAllTasksComplete;
using batch::TaskState;

class JobLife : public CoreTest {
 protected:
  void SetUp() override { world.add_pool("p"); }

  JobState job_state() { return *world.job().wire.state; }
  std::string patch(const batch::JobPatch& patch) {
    return code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
      return patch_job(core, out, world.job(), patch, now);
    }));
  }
  std::string add(const batch::Job& wire) {
    return code_of(world.act(
        [&](Core& core, Effects& out, Timestamp now) { return add_job(core, out, wire, now); }));
  }
};

TEST_F(JobLife, a_new_job_is_active_and_shows_its_defaults) {
  world.add_job("j");
  const batch::Job wire = show_job(world.core, world.job());
  EXPECT_EQ(wire.url, "http://h:1/jobs/j");
  EXPECT_EQ(wire.state, JobState::active);
  EXPECT_EQ(wire.etag, world.now().etag());
  EXPECT_EQ(wire.priority, 0);
  EXPECT_EQ(wire.max_parallel_tasks, -1);
  EXPECT_EQ(wire.on_all_tasks_complete, OnAllTasksComplete::no_action);
  EXPECT_EQ(wire.execution_info->start_time, world.now());
  EXPECT_EQ(wire.execution_info->pool_id, "p");
  EXPECT_TRUE(wire.constraints->max_wall_clock_time->is_unlimited());
}

TEST_F(JobLife, terminated_shows_terminating_until_the_next_tick_and_then_completed) {
  world.add_job("j");
  world.terminate_job("j", "enough");
  EXPECT_EQ(job_state(), JobState::terminating);
  world.act([](Core& core, Effects& out, Timestamp now) { on_tick(core, out, now); });
  EXPECT_EQ(job_state(), JobState::terminating) << "no time has passed";
  EXPECT_FALSE(world.tick());
  EXPECT_EQ(job_state(), JobState::completed);
  const auto& info = *world.job().wire.execution_info;
  EXPECT_EQ(info.terminate_reason, "enough");
  EXPECT_EQ(info.end_time, world.now());
  EXPECT_EQ(world.job().wire.previous_state, JobState::terminating);
  EXPECT_EQ(world.terminate_job("j"), "JobCompleted");
  EXPECT_EQ(world.add_task("t"), "JobCompleted");
  EXPECT_EQ(patch({.priority = 1}), "JobCompleted");
}

TEST_F(JobLife, terminated_ends_what_runs_and_leaves_what_waits) {
  world.add_job("j");
  world.add_task("t1");
  world.add_task("t2");
  world.forget();
  world.terminate_job("j");
  EXPECT_EQ(world.ends(), Words{"t1"});
  EXPECT_EQ(world.state("t1"), TaskState::completed);
  EXPECT_EQ(world.task("t1").failure->code, "TaskEnded");
  EXPECT_EQ(world.state("t2"), TaskState::active);
  EXPECT_EQ(world.add_task("t3"), "JobBeingTerminated");
  EXPECT_TRUE(world.tick());
  EXPECT_EQ(job_state(), JobState::terminating) << "t1 is still there";
  world.answer_end("t1");
  world.tick();
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(world.starts(), Words{}) << "t2 never runs";
}

TEST_F(JobLife, terminating_again_is_no_error) {
  world.add_job("j");
  world.terminate_job("j", "first");
  EXPECT_EQ(world.terminate_job("j", "second"), "");
  EXPECT_EQ(world.job().wire.execution_info->terminate_reason, "first");
}

TEST_F(JobLife, deleted_shows_deleting_and_goes_with_its_directories_when_nothing_runs) {
  world.add_job("j");
  world.add_task("t1");
  world.forget();
  EXPECT_EQ(world.delete_job("j"), "");
  EXPECT_EQ(job_state(), JobState::deleting);
  EXPECT_EQ(world.delete_job("j"), "JobBeingDeleted");
  EXPECT_EQ(world.terminate_job("j"), "JobBeingDeleted");
  EXPECT_EQ(world.add_task("t2"), "JobBeingDeleted");
  batch::Job again;
  again.id = "J";
  again.pool_info.pool_id = "p";
  EXPECT_EQ(add(again), "JobBeingDeleted");
  world.tick();
  EXPECT_EQ(job_state(), JobState::deleting) << "t1 is still there";
  EXPECT_EQ(world.ends(), Words{"t1"});
  world.answer_end("t1");
  world.forget();
  EXPECT_FALSE(world.tick());
  EXPECT_TRUE(world.core.jobs.empty());
  EXPECT_EQ(world.removed(), Words{"workitems/j"});
  EXPECT_EQ(add(again), "");
}

TEST_F(JobLife, ends_when_all_its_tasks_are_completed_if_it_asked_for_that) {
  world.add_job("j");
  world.add_task("t1");
  world.add_task("t2");
  EXPECT_EQ(patch({.on_all_tasks_complete = OnAllTasksComplete::terminate_job}), "");
  world.tick();
  EXPECT_EQ(job_state(), JobState::active);
  world.end_run("t1");
  world.end_run("t2", 1);
  EXPECT_TRUE(world.tick());
  EXPECT_EQ(job_state(), JobState::terminating);
  world.tick();
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(world.job().wire.execution_info->terminate_reason, "AllTasksComplete");
}

TEST_F(JobLife, a_job_without_tasks_counts_as_all_completed) {
  world.add_job("j");
  patch({.on_all_tasks_complete = OnAllTasksComplete::terminate_job});
  EXPECT_EQ(job_state(), JobState::terminating) << "at once: PATCH is followed by a look";
}

TEST_F(JobLife, ends_its_tasks_when_its_wall_clock_time_is_over) {
  world.add_job("j", {.max_wall_clock_time = *Duration::parse("PT1M")});
  world.add_task("t1");
  world.pass(std::chrono::seconds(59));
  world.tick();
  EXPECT_EQ(job_state(), JobState::active);
  world.forget();
  world.pass(std::chrono::seconds(1));
  EXPECT_TRUE(world.tick());
  EXPECT_EQ(job_state(), JobState::terminating);
  EXPECT_EQ(world.job().wire.execution_info->terminate_reason, "MaxWallClockTimeExpiry");
  EXPECT_EQ(world.ends(), Words{"t1"});
}

TEST_F(JobLife, a_patch_changes_what_it_names_and_the_etag) {
  world.add_job("j", {.priority = 5, .retries = 2});
  world.pass(std::chrono::seconds(1));
  EXPECT_EQ(patch({.max_parallel_tasks = 3}), "");
  EXPECT_EQ(world.job().wire.priority, 5);
  EXPECT_EQ(world.job().wire.max_parallel_tasks, 3);
  EXPECT_EQ(world.job().wire.constraints->max_task_retry_count, 2);
  EXPECT_EQ(world.job().wire.etag, world.now().etag());
  EXPECT_EQ(patch({.constraints = batch::JobConstraints{}}), "");
  EXPECT_EQ(world.job().wire.constraints->max_task_retry_count, 0) << "replaced whole";
}

TEST_F(JobLife, a_patch_that_is_refused_changes_nothing) {
  world.add_job("j");
  const std::string before = encode(world.job().wire);
  EXPECT_EQ(patch({.priority = 1, .pool_info = batch::PoolInfo{"other", {}}}),
            "OperationInvalidForCurrentState");
  EXPECT_EQ(patch({.priority = 1001}), "OutOfRangePriority");
  EXPECT_EQ(encode(world.job().wire), before);
  patch({.on_all_tasks_complete = OnAllTasksComplete::terminate_job});
  world.tick();
}

TEST_F(JobLife, refuses_what_it_cannot_do) {
  const auto code = [&](auto change) {
    batch::Job wire;
    wire.id = "x";
    wire.pool_info.pool_id = "p";
    change(wire);
    return add(wire);
  };
  EXPECT_EQ(code([](batch::Job& w) { w.id = "with blank"; }), "InvalidPropertyValue");
  EXPECT_EQ(code([](batch::Job& w) { w.id = std::string(65, 'a'); }), "InvalidPropertyValue");
  EXPECT_EQ(code([](batch::Job& w) { w.id = ""; }), "MissingRequiredProperty");
  EXPECT_EQ(code([](batch::Job& w) { w.priority = 1001; }), "OutOfRangePriority");
  EXPECT_EQ(code([](batch::Job& w) { w.priority = -1001; }), "OutOfRangePriority");
  EXPECT_EQ(code([](batch::Job& w) { w.pool_info.pool_id.reset(); }), "MissingRequiredProperty");
  EXPECT_EQ(code([&](batch::Job& w) { w.pool_info.auto_pool_specification.emplace(); }),
            "InvalidPropertyValue")
      << "one pool, named or made";
  EXPECT_EQ(code([&](batch::Job& w) { w.job_manager_task.emplace(); }), "InvalidPropertyValue");
  EXPECT_EQ(code([](batch::Job& w) { w.max_parallel_tasks = 0; }), "InvalidPropertyValue");
  EXPECT_EQ(code([](batch::Job& w) { w.max_parallel_tasks = -2; }), "InvalidPropertyValue");
  EXPECT_EQ(code([](batch::Job& w) {
              w.constraints = batch::JobConstraints{.max_task_retry_count = -2};
            }),
            "InvalidConstraintValue");
  EXPECT_EQ(code([](batch::Job& w) {
              w.constraints = batch::JobConstraints{.max_wall_clock_time = Duration{}};
            }),
            "InvalidConstraintValue");
  EXPECT_TRUE(world.core.jobs.empty());
  EXPECT_EQ(code([](batch::Job&) {}), "");
  EXPECT_EQ(code([](batch::Job& w) { w.id = "X"; }), "JobExists");
}

TEST_F(JobLife, refuses_tasks_it_cannot_run) {
  world.add_job("j");
  const auto code = [&](auto change) {
    batch::Task wire;
    wire.id = "x";
    wire.command_line = "true";
    change(wire);
    return code_of(check_task(&world.pool(), wire));
  };
  EXPECT_EQ(code([](batch::Task&) {}), "");
  EXPECT_EQ(code([](batch::Task& w) { w.id = "a/b"; }), "InvalidPropertyValue");
  EXPECT_EQ(code([](batch::Task& w) { w.command_line = ""; }), "InvalidPropertyValue");
  EXPECT_EQ(code([](batch::Task& w) { w.required_slots = 2; }), "InvalidPropertyValue");
  EXPECT_EQ(code([](batch::Task& w) { w.required_slots = 0; }), "InvalidPropertyValue");
  const auto many = [&](int count, const std::string& coordination, int slots) {
    return code([&](batch::Task& w) {
      w.multi_instance_settings = batch::MultiInstanceSettings{count, coordination, {}};
      w.required_slots = slots;
    });
  };
  EXPECT_EQ(many(2, "true", 1), "") << "even where it will never run";
  EXPECT_EQ(many(0, "true", 1), "InvalidPropertyValue");
  EXPECT_EQ(many(2, "", 1), "InvalidPropertyValue");
  EXPECT_EQ(many(2, "true", 2), "InvalidPropertyValue");
  EXPECT_EQ(code([](batch::Task& w) {
              w.multi_instance_settings =
                  batch::MultiInstanceSettings{2, "true", {{.file_path = "no source"}}};
            }),
            "InvalidPropertyValue");
  EXPECT_EQ(code([&](batch::Task& w) { w.container_settings.emplace(); }), "UnsupportedProperty");
  EXPECT_EQ(code([](batch::Task& w) { w.resource_files = {{.file_path = "f"}}; }),
            "InvalidPropertyValue");
  EXPECT_EQ(code([](batch::Task& w) { w.resource_files = {{.http_url = "http://u"}}; }),
            "InvalidPropertyValue");
  EXPECT_EQ(code([](batch::Task& w) {
              w.resource_files = {
                  {.http_url = "http://u", .storage_container_url = "http://c", .file_path = "f"}};
            }),
            "InvalidPropertyValue");
  EXPECT_EQ(code([](batch::Task& w) { w.output_files = {{.file_pattern = "*"}}; }),
            "InvalidPropertyValue");
}

}  // namespace
}  // namespace dms::service
