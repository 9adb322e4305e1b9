// What a task's exit does to its job. World: tests/service/world.h.
#include "service/core/exit_conditions.h"
#include "tests/service/world.h"

namespace dms::service {
namespace {

using agent::EndedBy;
using batch::DependencyAction;
using batch::ExitConditions;
using batch::ExitOptions;
using batch::JobAction;
using batch::JobState;
using batch::OnTaskFailure;
using batch::TaskState;

constexpr ExitDecision goes_on{JobAction::none, true};
constexpr ExitDecision fails{JobAction::terminate, false};

ExitOptions disables() { return {JobAction::disable, {}}; }
ExitOptions satisfies() { return {{}, DependencyAction::satisfy}; }

agent::RunEnd failed_upload(int exit_code) {
  agent::RunEnd end = ended_by_itself(exit_code);
  end.failure_info = failure("FileUploadAccessDenied");
  return end;
}

agent::RunEnd failed_download() {
  agent::RunEnd end;
  end.failure_info = failure("BlobNotFound");
  return end;
}

TEST(ExitConditions, are_decided_by_success_where_there_are_none) {
  EXPECT_EQ(decide_exit({}, ended_by_itself(0)), goes_on);
  EXPECT_EQ(decide_exit({}, ended_by_itself(1)), fails);
  EXPECT_EQ(decide_exit({}, failed_download()), fails);
  EXPECT_EQ(decide_exit({}, failed_upload(0)), fails);
  EXPECT_EQ(decide_exit(ExitConditions{}, ended_by_itself(1)), fails);
}

TEST(ExitConditions, look_at_codes_before_ranges_and_at_those_before_the_default) {
  ExitConditions all;
  all.exit_codes = {{3, {JobAction::none, {}}}};
  all.exit_code_ranges = {{2, 4, disables()}, {4, 9, {JobAction::none, {}}}};
  all.otherwise = satisfies();
  EXPECT_EQ(decide_exit(all, ended_by_itself(3)).job_action, JobAction::none);
  EXPECT_EQ(decide_exit(all, ended_by_itself(2)).job_action, JobAction::disable);
  EXPECT_EQ(decide_exit(all, ended_by_itself(4)).job_action, JobAction::disable) << "the first";
  EXPECT_EQ(decide_exit(all, ended_by_itself(9)).job_action, JobAction::none);
  EXPECT_EQ(decide_exit(all, ended_by_itself(10)), (ExitDecision{JobAction::terminate, true}));
  EXPECT_EQ(decide_exit(all, ended_by_itself(0)), goes_on) << "the default is for failures";
}

TEST(ExitConditions, speak_of_success_only_when_its_code_is_listed) {
  ExitConditions listed;
  listed.exit_codes = {{0, {JobAction::disable, DependencyAction::block}}};
  EXPECT_EQ(decide_exit(listed, ended_by_itself(0)), (ExitDecision{JobAction::disable, false}));
  ExitConditions range;
  range.exit_code_ranges = {{-1, 1, {{}, DependencyAction::block}}};
  EXPECT_EQ(decide_exit(range, ended_by_itself(0)), (ExitDecision{JobAction::none, false}));
}

TEST(ExitConditions, know_failures_before_and_after_the_command) {
  ExitConditions all;
  all.pre_processing_error = disables();
  all.file_upload_error = satisfies();
  EXPECT_EQ(decide_exit(all, failed_download()).job_action, JobAction::disable);
  EXPECT_EQ(decide_exit(all, failed_upload(0)), (ExitDecision{JobAction::terminate, true}));
  EXPECT_EQ(decide_exit(all, failed_upload(1)), (ExitDecision{JobAction::terminate, true}));
  EXPECT_EQ(decide_exit(all, ended_by_itself(1)), fails);
  all.pre_processing_error.reset();
  all.file_upload_error.reset();
  all.otherwise = disables();
  EXPECT_EQ(decide_exit(all, failed_download()).job_action, JobAction::disable);
  EXPECT_EQ(decide_exit(all, failed_upload(0)).job_action, JobAction::disable);
}

TEST(ExitConditions, let_a_listed_code_win_over_the_upload_after_it) {
  ExitConditions all;
  all.exit_codes = {{7, satisfies()}};
  all.file_upload_error = disables();
  EXPECT_EQ(decide_exit(all, failed_upload(7)), (ExitDecision{JobAction::terminate, true}));
  EXPECT_EQ(decide_exit(all, failed_upload(8)).job_action, JobAction::disable);
}

TEST(ExitConditions, take_lost_runs_and_passed_limits_for_other_failures) {
  ExitConditions all;
  all.pre_processing_error = disables();
  all.otherwise = satisfies();
  agent::RunEnd lost;
  lost.ended_by = EndedBy::lost;
  lost.failure_info = failure("MaxInternalRetryCountReached");
  EXPECT_EQ(decide_exit(all, lost), (ExitDecision{JobAction::terminate, true}));
  agent::RunEnd late = ended_by_itself(137);
  late.ended_by = EndedBy::wall_clock;
  late.failure_info = failure("TaskEnded");
  EXPECT_EQ(decide_exit(all, late), (ExitDecision{JobAction::terminate, true}));
}

class JobActions : public CoreTest {
 protected:
  void SetUp() override {
    world.add_pool("p", {.slots = 3});
    add_job("j", OnTaskFailure::perform_exit_options_job_action);
  }

  void add_job(const std::string& id, OnTaskFailure on_failure) {
    batch::Job wire;
    wire.id = id;
    wire.pool_info.pool_id = "p";
    wire.on_task_failure = on_failure;
    ASSERT_EQ(world.add_job(wire), "");
  }
  std::string add(const std::string& id, const ExitConditions& conditions,
                  const std::string& job = "j") {
    batch::Task wire;
    wire.id = id;
    wire.command_line = "true";
    wire.exit_conditions = conditions;
    return world.add_task(wire, job);
  }
  static ExitConditions on_code(int code, JobAction action) {
    ExitConditions conditions;
    conditions.exit_codes = {{code, {action, {}}}};
    return conditions;
  }
  JobState job_state() { return *world.job().wire.state; }
};

TEST_F(JobActions, a_failed_task_ends_its_job_and_what_runs_in_it) {
  for (const char* id : {"t1", "t2"}) world.add_task(id);
  world.forget();
  world.end_run("t1", 1);
  EXPECT_EQ(job_state(), JobState::terminating);
  EXPECT_EQ(world.job().wire.execution_info->terminate_reason, "TaskFailed");
  EXPECT_EQ(world.state("t2"), TaskState::completed);
  EXPECT_EQ(world.ends(), Words{"t2"});
  world.answer_end("t2");
  world.tick();
  EXPECT_EQ(job_state(), JobState::completed);
}

TEST_F(JobActions, nothing_happens_to_a_job_that_performs_none) {
  add_job("k", OnTaskFailure::no_action);
  world.add_task("t1", {}, "k");
  world.end_run("t1", 1, "k");
  EXPECT_EQ(world.job("k").wire.state, JobState::active);
}

TEST_F(JobActions, a_retry_is_no_failure_yet) {
  world.add_task("t1", {.retries = 1});
  world.end_run("t1", 1);
  EXPECT_EQ(job_state(), JobState::active);
  world.end_run("t1", 1);
  EXPECT_EQ(job_state(), JobState::terminating);
}

TEST_F(JobActions, none_lets_the_job_go_on) {
  EXPECT_EQ(add("t1", on_code(3, JobAction::none)), "");
  world.end_run("t1", 3);
  EXPECT_EQ(job_state(), JobState::active);
  EXPECT_EQ(world.task("t1").result, batch::TaskResult::failure);
}

TEST_F(JobActions, disable_requeues_what_runs) {
  add("t1", on_code(3, JobAction::disable));
  world.add_task("t2");
  world.end_run("t1", 3);
  EXPECT_EQ(job_state(), JobState::disabling);
  EXPECT_EQ(world.state("t2"), TaskState::active);
  EXPECT_EQ(world.task("t2").requeue_count, 1);
  world.answer_end("t2");
  world.tick();
  EXPECT_EQ(job_state(), JobState::disabled);
  world.enable_job("j");
  world.tick();
  EXPECT_EQ(world.state("t2"), TaskState::running);
}

TEST_F(JobActions, success_that_is_listed_ends_the_job_too) {
  add("t1", on_code(0, JobAction::terminate));
  world.end_run("t1");
  EXPECT_EQ(job_state(), JobState::terminating);
}

TEST_F(JobActions, a_task_that_somebody_ended_leaves_its_job_alone) {
  for (const char* id : {"t1", "t2"}) world.add_task(id);
  world.terminate_task("t1");
  world.disable_job("j", batch::DisableJobOption::terminate);
  EXPECT_EQ(job_state(), JobState::disabling);
  for (const char* id : {"t1", "t2"}) world.answer_end(id);
}

TEST_F(JobActions, a_failure_while_the_job_is_disabling_ends_it) {
  for (const char* id : {"t1", "t2"}) world.add_task(id);
  add("t3", on_code(3, JobAction::disable));
  world.disable_job("j", batch::DisableJobOption::wait);
  world.end_run("t3", 3);
  EXPECT_EQ(job_state(), JobState::disabling);
  EXPECT_EQ(world.state("t2"), TaskState::running) << "it is disabling already, and waits";
  world.end_run("t1", 1);
  EXPECT_EQ(job_state(), JobState::terminating);
  world.answer_end("t2");
}

TEST_F(JobActions, are_not_performed_again_after_a_restart) {
  for (const char* id : {"t1", "t2"}) world.add_task(id);
  world.end_run("t1", 1);
  world.restart();
  EXPECT_EQ(job_state(), JobState::terminating);
  world.hello_all();
  world.answer_end("t2");
  world.tick();
  EXPECT_EQ(job_state(), JobState::completed);
  EXPECT_EQ(world.job().wire.execution_info->terminate_reason, "TaskFailed");
}

TEST_F(JobActions, follow_a_failure_that_was_told_late) {
  add("t1", on_code(3, JobAction::disable));
  world.restart();
  world.end_run_unheard("t1", 3);
  EXPECT_EQ(job_state(), JobState::active);
  world.hello_all();
  EXPECT_EQ(job_state(), JobState::disabling);
  world.tick();
}

TEST_F(JobActions, conditions_are_kept_and_shown) {
  ExitConditions conditions = on_code(3, JobAction::disable);
  conditions.exit_code_ranges = {{4, 9, {JobAction::none, {}}}};
  conditions.pre_processing_error = disables();
  add("t1", conditions);
  world.restart();
  EXPECT_EQ(show_task(world.core, world.job(), world.task("t1"))->exit_conditions, conditions);
  world.hello_all();
}

TEST_F(JobActions, conditions_that_the_job_does_not_know_are_refused) {
  add_job("k", OnTaskFailure::no_action);
  EXPECT_EQ(add("t1", on_code(1, JobAction::none), "k"), "InvalidPropertyValue");
  for (auto member : {&ExitConditions::pre_processing_error, &ExitConditions::file_upload_error,
                      &ExitConditions::otherwise}) {
    ExitConditions conditions;
    conditions.*member = disables();
    EXPECT_EQ(add("t1", conditions, "k"), "InvalidPropertyValue");
    conditions.*member = satisfies();
    EXPECT_EQ(add("t1", conditions), "InvalidPropertyValue") << "no dependencies";
  }
  ExitConditions range;
  range.exit_code_ranges = {{5, 4, {}}};
  EXPECT_EQ(add("t1", range), "InvalidPropertyValue");
  range.exit_code_ranges = {{4, 4, {}}};
  EXPECT_EQ(add("t1", range, "k"), "") << "options may be empty";
  world.terminate_task("t1", "k");
  world.answer_end("t1", "k");
}

}  // namespace
}  // namespace dms::service
