// The life of one task, seen through the Core's handlers. World: tests/service/world.h.
#include "tests/service/world.h"

namespace dms::service {
namespace {

using agent::EndedBy;
using batch::TaskResult;
using batch::TaskState;
using std::chrono::seconds;

class TaskLife : public CoreTest {
 protected:
  void SetUp() override {
    world.add_pool("p");
    world.add_job("j");
  }

  batch::Task shown(const std::string& id) {
    auto wire = show_task(world.core, world.job(), world.task(id));
    EXPECT_TRUE(wire);
    return *wire;
  }
};

TEST_F(TaskLife, goes_from_active_over_running_to_completed) {
  const Timestamp added = world.now();
  world.add_task("t1", {.slots = 1});
  world.add_task("t2");
  EXPECT_EQ(world.starts(), Words{"t1"});
  EXPECT_EQ(world.state("t1"), TaskState::running);
  EXPECT_EQ(world.state("t2"), TaskState::active);

  world.pass(seconds(5));
  const Timestamp began = world.now();
  world.end_run("t1");
  const batch::Task wire = shown("t1");
  EXPECT_EQ(wire.state, TaskState::completed);
  EXPECT_EQ(wire.previous_state, TaskState::running);
  EXPECT_EQ(wire.creation_time, added);
  EXPECT_EQ(wire.previous_state_transition_time, added);
  EXPECT_EQ(wire.state_transition_time, world.now());
  EXPECT_EQ(wire.execution_info->start_time, began);
  EXPECT_EQ(wire.execution_info->end_time, world.now());
  EXPECT_EQ(wire.execution_info->exit_code, 0);
  EXPECT_EQ(wire.execution_info->result, TaskResult::success);
  EXPECT_FALSE(wire.execution_info->failure_info);
  EXPECT_EQ(world.acknowledged(), Words{"t1"});
  EXPECT_EQ(world.starts(), Words{"t2"}) << "the free slot goes on";
  world.expect_nothing_else();
}

TEST_F(TaskLife, counts_tasks_and_their_slots) {
  world.add_pool("wide", {.slots = 4});
  world.add_job("w", {.pool = "wide"});
  world.add_task("a", {.slots = 3}, "w");
  world.add_task("b", {.slots = 2}, "w");
  world.add_task("c", {.slots = 1}, "w");
  EXPECT_EQ(world.job("w").counts.running, 1);
  EXPECT_EQ(world.job("w").counts.active, 2);
  EXPECT_EQ(world.job("w").slot_counts.running, 3);
  EXPECT_EQ(world.job("w").slot_counts.active, 3);
  world.end_run("a", 1, "w");
  world.end_run("b", 0, "w");
  EXPECT_EQ(world.job("w").counts, (batch::TaskCounts{0, 1, 2, 1, 1}));
  EXPECT_EQ(world.job("w").slot_counts, (batch::TaskCounts{0, 1, 5, 2, 3}));
}

TEST_F(TaskLife, shows_what_was_added_with_the_defaults) {
  world.add_task("t1");
  const batch::Task wire = shown("t1");
  EXPECT_EQ(wire.url, "http://h:1/jobs/j/tasks/t1");
  EXPECT_EQ(wire.etag, world.now().etag());
  EXPECT_EQ(wire.command_line, "true");
  EXPECT_EQ(wire.required_slots, 1);
  EXPECT_TRUE(wire.constraints->max_wall_clock_time->is_unlimited());
  EXPECT_EQ(wire.constraints->retention_time->iso8601(), "P7D");
  EXPECT_EQ(wire.constraints->max_task_retry_count, 0);
  EXPECT_EQ(wire.user_identity->auto_user->scope, batch::AutoUserScope::pool);
  const NodeKey node = world.node(0);
  EXPECT_EQ(wire.node_info->affinity_id, "TVM:" + node.node.text);
  EXPECT_EQ(wire.node_info->task_root_directory, "workitems/j/job-1/t1");
  EXPECT_EQ(wire.node_info->task_root_directory_url,
            "http://h:1/pools/p/nodes/" + node.node.text + "/files/workitems/j/job-1/t1");
}

TEST_F(TaskLife, takes_the_retry_count_of_its_job_when_it_names_none) {
  world.add_job("r", {.retries = 2});
  world.add_task("own", {.retries = 5}, "r");
  world.add_task("default", {}, "r");
  EXPECT_EQ(world.task("own", "r").max_retry_count, 5);
  EXPECT_EQ(world.task("default", "r").max_retry_count, 2);
}

TEST_F(TaskLife, is_tried_again_up_to_its_retry_count) {
  world.add_task("t1", {.retries = 2});
  world.end_run("t1", 3);
  EXPECT_EQ(world.state("t1"), TaskState::running);
  EXPECT_EQ(world.task("t1").retry_count, 1);
  EXPECT_EQ(world.task("t1").last_retry, world.now());
  EXPECT_FALSE(shown("t1").execution_info->exit_code) << "the exit code is of a run that counts";
  world.end_run("t1", 3);
  world.end_run("t1", 4);
  EXPECT_EQ(world.starts(), (Words{"t1", "t1", "t1"}));
  EXPECT_EQ(world.state("t1"), TaskState::completed);
  EXPECT_EQ(world.task("t1").retry_count, 2);
  EXPECT_EQ(world.task("t1").exit_code, 4);
  EXPECT_EQ(world.task("t1").result, TaskResult::failure);
  EXPECT_EQ(world.task("t1").failure->code, "FailureExitCode");
}

TEST_F(TaskLife, is_tried_for_ever_with_a_retry_count_of_minus_one) {
  world.add_task("t1", {.retries = -1});
  for (int i = 0; i < 20; ++i) world.end_run("t1", 1);
  EXPECT_EQ(world.state("t1"), TaskState::running);
  world.end_run("t1", 0);
  EXPECT_EQ(world.task("t1").result, TaskResult::success);
  EXPECT_EQ(world.task("t1").retry_count, 20);
}

TEST_F(TaskLife, is_not_tried_again_for_anything_but_its_exit_code) {
  const auto end = [](EndedBy by, std::optional<int> exit_code, const char* code) {
    agent::RunEnd result;
    result.ended_by = by;
    result.exit_code = exit_code;
    result.failure_info = failure(code);
    return result;
  };
  const std::pair<const char*, agent::RunEnd> ends[] = {
      {"limit", end(EndedBy::wall_clock, 137, "TaskEnded")},
      {"download", end(EndedBy::itself, std::nullopt, "BlobNotFound")},
      {"upload", end(EndedBy::itself, 0, "FileUploadMiscError")},
      {"request", end(EndedBy::terminate, 137, "TaskEnded")}};
  for (const auto& [id, how] : ends) {
    world.add_task(id, {.retries = 3});
    world.end_run_as(id, how);
    EXPECT_EQ(world.state(id), TaskState::completed) << id;
    EXPECT_EQ(world.task(id).retry_count, 0) << id;
    EXPECT_EQ(world.task(id).result, TaskResult::failure) << id;
    EXPECT_EQ(world.task(id).failure->code, how.failure_info->code) << id;
    EXPECT_EQ(world.task(id).exit_code, how.exit_code) << id;
  }
}

TEST_F(TaskLife, runs_again_uncounted_when_its_run_was_lost) {
  world.add_task("t1");
  agent::RunEnd end;
  end.ended_by = EndedBy::lost;
  end.failure_info = failure("Unknown");
  world.end_run_as("t1", end);
  EXPECT_EQ(world.starts(), (Words{"t1", "t1"}));
  EXPECT_EQ(world.task("t1").retry_count, 0);
  EXPECT_EQ(world.task("t1").requeue_count, 0);
  EXPECT_EQ(world.task("t1").attempt, 1) << "its second run";
  world.end_run("t1");
  EXPECT_EQ(world.task("t1").result, TaskResult::success);
}

TEST_F(TaskLife, fails_when_it_takes_its_runner_along_again_and_again) {
  world.add_task("t1");
  agent::RunEnd end;
  end.ended_by = EndedBy::lost;
  int runs = 0;
  for (; world.state("t1") != TaskState::completed && runs < 100; ++runs)
    world.end_run_as("t1", end);
  EXPECT_EQ(runs, 11) << "the first, and ten more";
  EXPECT_EQ(world.task("t1").failure->code, "MaxInternalRetryCountReached");
  EXPECT_EQ(world.task("t1").failure->category, batch::ErrorCategory::server_error);
}

TEST_F(TaskLife, terminated_while_active_is_completed_and_never_runs) {
  world.add_task("t1");
  world.add_task("t2");
  world.forget();
  EXPECT_EQ(world.terminate_task("t2"), "");
  EXPECT_EQ(world.state("t2"), TaskState::completed);
  EXPECT_EQ(world.task("t2").result, TaskResult::failure);
  EXPECT_EQ(world.task("t2").failure->code, "TaskEnded");
  EXPECT_EQ(world.terminate_task("t2"), "TaskCompleted");
  world.end_run("t1");
  EXPECT_EQ(world.acknowledged(), Words{"t1"});
  world.expect_nothing_else();
}

TEST_F(TaskLife, terminated_while_running_is_completed_at_once_and_holds_its_slots_to_the_end) {
  world.add_task("t1");
  world.add_task("t2");
  world.forget();
  EXPECT_EQ(world.terminate_task("t1"), "");
  EXPECT_EQ(world.state("t1"), TaskState::completed);
  EXPECT_EQ(world.task("t1").failure->code, "TaskEnded");
  EXPECT_EQ(world.task("t1").ended, world.now());
  EXPECT_EQ(world.ends(), Words{"t1"});
  EXPECT_EQ(world.used_slots(0), 1);
  world.expect_nothing_else();

  world.answer_end("t1");
  EXPECT_EQ(world.state("t2"), TaskState::running);
  EXPECT_EQ(world.starts(), Words{"t2"});
  EXPECT_EQ(world.task("t1").failure->message, "The task was ended by user request");
  EXPECT_FALSE(world.task("t1").exit_code) << "what the late end says changes nothing";
}

TEST_F(TaskLife, deleted_while_running_leaves_its_directory_until_its_run_has_ended) {
  world.add_task("t1");
  world.forget();
  world.delete_task("t1");
  EXPECT_TRUE(world.job().tasks.empty());
  EXPECT_EQ(world.job().counts, batch::TaskCounts{});
  EXPECT_EQ(world.ends(), Words{"t1"});
  world.expect_nothing_else();

  EXPECT_EQ(world.add_task("t1"), "") << "the id is free at once";
  EXPECT_EQ(world.starts(), Words{}) << "but its node is not";
  world.answer_end("t1");
  EXPECT_EQ(world.removed(), Words{"workitems/j/job-1/t1"});
  EXPECT_EQ(world.starts(), Words{"t1"});
  world.end_run("t1");
  EXPECT_EQ(world.task("t1").result, TaskResult::success);
}

TEST_F(TaskLife, deleted_and_added_again_may_start_on_another_node_at_once) {
  world.add_pool("two", {.nodes = 2});
  world.add_job("k", {.pool = "two"});
  world.add_task("t1", {}, "k");
  const NodeKey first = *world.task("t1", "k").node;
  world.delete_task("t1", "k");
  world.add_task("t1", {}, "k");
  EXPECT_NE(world.task("t1", "k").node->node, first.node);
  EXPECT_EQ(world.used_slots(0), 0) << "of the other pool";
  EXPECT_EQ(world.node_record(first).used_slots, 1);
}

TEST_F(TaskLife, deleted_when_completed_takes_its_directory_along) {
  world.add_task("t1");
  world.end_run("t1");
  world.forget();
  world.delete_task("t1");
  EXPECT_EQ(world.removed(), Words{"workitems/j/job-1/t1"});
  world.expect_nothing_else();
}

TEST_F(TaskLife, terminated_and_then_deleted_keeps_its_directory_until_its_run_has_ended) {
  world.add_task("t1");
  world.terminate_task("t1");
  world.forget();
  world.delete_task("t1");
  world.expect_nothing_else();
  world.answer_end("t1");
  EXPECT_EQ(world.removed(), Words{"workitems/j/job-1/t1"});
}

TEST_F(TaskLife, reactivated_waits_and_runs_again) {
  world.add_task("t1", {.retries = 1});
  world.end_run("t1", 1);
  world.end_run("t1", 1);
  world.forget();
  EXPECT_EQ(world.reactivate_task("t1"), "");
  EXPECT_EQ(world.starts(), Words{"t1"});
  EXPECT_EQ(world.task("t1").retry_count, 0);
  EXPECT_FALSE(shown("t1").execution_info->exit_code);
  EXPECT_FALSE(shown("t1").execution_info->failure_info);
  EXPECT_FALSE(shown("t1").execution_info->result);
  world.end_run("t1", 0);
  EXPECT_EQ(world.reactivate_task("t1"), "TaskSucceeded");
  world.add_task("t2");
  EXPECT_EQ(world.reactivate_task("t2"), "TaskNotCompleted");
}

TEST_F(TaskLife, reactivated_while_its_old_run_is_being_ended_is_another_run) {
  world.add_task("t1");
  const agent::RunRef old = run_ref(world.job(), world.task("t1"));
  world.terminate_task("t1");
  world.reactivate_task("t1");
  EXPECT_EQ(world.state("t1"), TaskState::active) << "its directory is still in use";
  world.answer_end("t1");
  ASSERT_EQ(world.state("t1"), TaskState::running);
  EXPECT_NE(run_ref(world.job(), world.task("t1")), old)
      << "the old end, told once more, must not end the new run";
}

TEST_F(TaskLife, an_end_that_is_told_twice_is_acknowledged_again_and_changes_nothing) {
  world.add_task("t1");
  world.add_task("t2");
  const agent::RunRef run = run_ref(world.job(), world.task("t1"));
  world.end_run("t1", 0);
  const std::string before = encode(shown("t1"));
  world.forget();
  agent::RunEnd again = ended_by_itself(9);
  again.run = run;
  world.act([&](Core& core, Effects& out, Timestamp now) {
    on_runs_ended(core, out, world.node(0), {again}, now);
    EXPECT_TRUE(out.changes.empty());
  });
  EXPECT_EQ(world.acknowledged(), Words{"t1"});
  EXPECT_EQ(encode(shown("t1")), before);
  world.expect_nothing_else();
}

TEST_F(TaskLife, ids_compare_without_regard_to_case_and_keep_theirs) {
  world.add_task("Alpha");
  EXPECT_EQ(world.add_task("ALPHA"), "TaskExists");
  EXPECT_NE(world.core.find_task({"J"}, {"alpha"}), nullptr);
  EXPECT_EQ(shown("ALPHA").id, "Alpha");
  EXPECT_EQ(world.core.find_pool({"P"}), &world.pool());
}

TEST_F(TaskLife, new_constraints_apply_from_then_on) {
  world.add_task("t1", {.retries = 3});
  const auto update = [&](std::optional<batch::TaskConstraints> constraints) {
    return code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
      return update_task(core, out, world.job(), world.task("t1"), {constraints}, now);
    }));
  };
  EXPECT_EQ(update(batch::TaskConstraints{.max_task_retry_count = 1}), "");
  EXPECT_EQ(shown("t1").constraints->max_task_retry_count, 1);
  EXPECT_EQ(shown("t1").constraints->retention_time->iso8601(), "P7D");
  world.end_run("t1", 1);
  EXPECT_EQ(update(std::nullopt), "");
  EXPECT_EQ(shown("t1").constraints->max_task_retry_count, 0) << "left out: the default";
  world.end_run("t1", 1);
  EXPECT_EQ(world.state("t1"), TaskState::completed);
  EXPECT_EQ(update(std::nullopt), "TaskCompleted");
}

TEST_F(TaskLife, its_run_is_told_command_files_and_environment) {
  batch::Task wire;
  wire.id = "t1";
  wire.command_line = "run me";
  wire.environment_settings = {{"A", "task"}, {"B", std::nullopt}};
  wire.constraints = batch::TaskConstraints{.max_wall_clock_time = *Duration::parse("PT5M")};
  world.job().wire.common_environment_settings = {{"A", "job"}, {"C", "job"}};
  Effects out;
  ASSERT_TRUE(add_task(world.core, out, world.job(), wire, world.now()));
  schedule(world.core, out, {"p"}, world.now());
  ASSERT_EQ(out.frames.size(), 1u);
  const agent::RunSpec& spec = out.frames[0].second.start.at(0);
  EXPECT_EQ(spec.command_line, "run me");
  EXPECT_EQ(spec.task_directory, "workitems/j/job-1/t1");
  EXPECT_EQ(spec.max_wall_clock_time->iso8601(), "PT5M");
  std::map<std::string, std::string> environment;
  for (const auto& setting : spec.environment)
    EXPECT_TRUE(environment.emplace(setting.name, *setting.value).second) << setting.name;
  const std::string root = "/nodes/p/" + world.node(0).node.text;
  EXPECT_EQ(environment["A"], "task") << "the task's setting wins";
  EXPECT_EQ(environment["B"], "");
  EXPECT_EQ(environment["C"], "job");
  EXPECT_EQ(environment["AZ_BATCH_ACCOUNT_NAME"], "acct");
  EXPECT_EQ(environment["AZ_BATCH_ACCOUNT_URL"], "http://h:1/");
  EXPECT_EQ(environment["AZ_BATCH_JOB_ID"], "j");
  EXPECT_EQ(environment["AZ_BATCH_TASK_ID"], "t1");
  EXPECT_EQ(environment["AZ_BATCH_NODE_ROOT_DIR"], root);
  EXPECT_EQ(environment["AZ_BATCH_TASK_WORKING_DIR"], root + "/workitems/j/job-1/t1/wd");
}

}  // namespace
}  // namespace dms::service
