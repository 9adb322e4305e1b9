#include "tests/batch/client_fixture.h"

namespace dms::batch {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

class Schedules : public ClientTest {
 protected:
  static constexpr const char* state_only = "$select=id%2Cstate%2CexecutionInfo";

  // The answer to the next look of a wait.
  void expect_look(JobScheduleState state, const std::string& recent_job = {}) {
    JobSchedule schedule{.id = "s", .state = state};
    schedule.execution_info.emplace();
    if (!recent_job.empty())
      schedule.execution_info->recent_job = RecentJob{.id = recent_job, .url = "u"};
    transport.expect("GET", url("/jobschedules/s", state_only), answer(200, encode(schedule)));
  }
};

TEST_F(Schedules, are_created_with_a_specification_that_has_no_id) {
  transport.expect("POST", url("/jobschedules"), answer(201));
  JobSchedule schedule{.id = "s"};
  schedule.schedule = Schedule{.recurrence_interval = Duration::parse("PT1H").value()};
  schedule.job_specification.pool_info.pool_id = "p";
  ASSERT_TRUE(batch.create_job_schedule(schedule));
  EXPECT_EQ(last_request().body, R"({"id":"s","schedule":{"recurrenceInterval":"PT1H"},)"
                                 R"("jobSpecification":{"poolInfo":{"poolId":"p"}}})");
}

TEST_F(Schedules, that_exist_are_told_by_the_error) {
  transport.expect("POST", url("/jobschedules"), refusal(409, "JobScheduleExists"));
  const Status added = batch.create_job_schedule({.id = "s"});
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code, Code::already_exists);
  EXPECT_THAT(added.error().message, HasSubstr("adding job schedule 's'"));
}

TEST_F(Schedules, with_auto_pools_say_what_pool_they_want) {
  transport.expect("POST", url("/jobschedules"), answer(201));
  JobSchedule schedule{.id = "s"};
  schedule.schedule.emplace();
  AutoPoolSpecification wanted;
  wanted.pool_lifetime_option = PoolLifetimeOption::job_schedule;
  wanted.pool = Pool{.vm_size = "small", .target_dedicated_nodes = 2};
  schedule.job_specification.pool_info.auto_pool_specification = wanted;
  ASSERT_TRUE(batch.create_job_schedule(schedule));
  EXPECT_EQ(last_request().body,
            R"({"id":"s","schedule":{},"jobSpecification":{"poolInfo":{"autoPoolSpecification":)"
            R"({"poolLifetimeOption":"jobschedule","pool":{"vmSize":"small",)"
            R"("targetDedicatedNodes":2}}}}})");
}

TEST_F(Schedules, are_read_with_their_recent_job) {
  transport.expect("GET", url("/jobschedules/s"),
                   answer(200, R"({"id":"s","state":"active","executionInfo":{
                       "nextRunTime":"2026-01-02T04:00:00Z",
                       "recentJob":{"id":"s:job-1","url":"u"}}})"));
  const auto schedule = batch.get_job_schedule("s");
  ASSERT_TRUE(schedule) << schedule.error().message;
  EXPECT_EQ(schedule->state, JobScheduleState::active);
  EXPECT_EQ(schedule->execution_info->recent_job->id, "s:job-1");
  EXPECT_EQ(schedule->execution_info->next_run_time->iso8601(), "2026-01-02T04:00:00Z");
}

TEST_F(Schedules, and_their_jobs_are_listed_page_after_page) {
  transport.expect("GET", url("/jobschedules", "$filter=state%20eq%20%27active%27"),
                   answer(200, R"({"value":[{"id":"a"}],"odata.nextLink":")" +
                                   url("/jobschedules", "$skiptoken=1") + R"("})"));
  transport.expect("GET", url("/jobschedules", "$skiptoken=1"),
                   answer(200, R"({"value":[{"id":"b"}]})"));
  std::vector<std::string> ids;
  ASSERT_TRUE(batch.list_job_schedules({.filter = "state eq 'active'"}, [&](JobSchedule schedule) {
    ids.push_back(schedule.id);
    return ok();
  }));
  transport.expect("GET", url("/jobschedules/s/jobs"),
                   answer(200, R"({"value":[{"id":"s:job-1"}]})"));
  ASSERT_TRUE(batch.list_jobs_of_job_schedule("s", {}, [&](Job job) {
    ids.push_back(job.id);
    return ok();
  }));
  EXPECT_THAT(ids, ElementsAre("a", "b", "s:job-1"));
}

TEST_F(Schedules, are_patched_in_what_is_named) {
  transport.expect("PATCH", url("/jobschedules/s"), answer(200));
  ASSERT_TRUE(batch.patch_job_schedule(
      "s", {.schedule = Schedule{.recurrence_interval = Duration::parse("PT2H").value()}}));
  EXPECT_EQ(last_request().body, R"({"schedule":{"recurrenceInterval":"PT2H"}})");
}

TEST_F(Schedules, are_disabled_enabled_terminated_and_deleted) {
  transport.expect("POST", url("/jobschedules/s/disable"), answer(204));
  transport.expect("POST", url("/jobschedules/s/enable"), answer(204));
  transport.expect("POST", url("/jobschedules/s/terminate"), answer(202));
  transport.expect("DELETE", url("/jobschedules/s"), answer(202));
  EXPECT_TRUE(batch.disable_job_schedule("s"));
  EXPECT_TRUE(batch.enable_job_schedule("s"));
  EXPECT_TRUE(batch.terminate_job_schedule("s"));
  EXPECT_TRUE(batch.delete_job_schedule("s"));
}

// -- waits --

TEST_F(Schedules, are_waited_for_until_they_have_a_job) {
  expect_look(JobScheduleState::active);
  expect_look(JobScheduleState::disabled);
  expect_look(JobScheduleState::active, "s:job-1");
  const auto job = batch.wait_for_job_under_job_schedule("s");
  ASSERT_TRUE(job) << job.error().message;
  EXPECT_EQ(*job, "s:job-1");
  EXPECT_THAT(clock.sleeps(), ElementsAre(milliseconds(100), milliseconds(150)));
}

TEST_F(Schedules, that_are_completed_still_tell_their_job) {
  expect_look(JobScheduleState::completed, "s:job-3");
  EXPECT_EQ(batch.wait_for_job_under_job_schedule("s").value(), "s:job-3");
}

TEST_F(Schedules, that_end_without_a_job_are_not_waited_for) {
  expect_look(JobScheduleState::completed);
  const auto job = batch.wait_for_job_under_job_schedule("s");
  ASSERT_FALSE(job);
  EXPECT_EQ(job.error().code, Code::conflict);
  EXPECT_EQ(job.error().message, "job schedule 's' is completed and has made no job");
}

TEST_F(Schedules, without_a_job_are_waited_for_up_to_the_limit) {
  for (int i = 0; i < 3; ++i) expect_look(JobScheduleState::active);
  const auto job = batch.wait_for_job_under_job_schedule("s", {.limit = milliseconds(250)});
  ASSERT_FALSE(job);
  EXPECT_EQ(job.error().code, Code::timeout);
  EXPECT_EQ(job.error().message, "waiting for a job of job schedule 's': not done after 0.25 s");
}

TEST_F(Schedules, are_waited_for_until_they_are_completed) {
  expect_look(JobScheduleState::active, "s:job-1");
  expect_look(JobScheduleState::terminating, "s:job-1");
  expect_look(JobScheduleState::completed, "s:job-1");
  EXPECT_TRUE(batch.wait_for_job_schedule_to_complete("s"));
}

TEST_F(Schedules, that_do_not_complete_are_waited_for_up_to_the_limit) {
  for (int i = 0; i < 3; ++i) expect_look(JobScheduleState::active);
  const Status done = batch.wait_for_job_schedule_to_complete("s", {.limit = milliseconds(250)});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::timeout);
}

TEST_F(Schedules, that_are_deleted_or_not_there_end_a_wait) {
  expect_look(JobScheduleState::deleting);
  EXPECT_EQ(batch.wait_for_job_schedule_to_complete("s").error().code, Code::conflict);
  for (int i = 0; i < 2; ++i)
    transport.expect("GET", url("/jobschedules/s", state_only),
                     refusal(404, "JobScheduleNotFound"));
  EXPECT_EQ(batch.wait_for_job_schedule_to_complete("s").error().code, Code::not_found);
  EXPECT_EQ(batch.wait_for_job_under_job_schedule("s").error().code, Code::not_found);
}

TEST_F(Schedules, are_waited_for_no_longer_than_somebody_wants) {
  std::stop_source stop;
  clock.on_sleep = [&](auto) { stop.request_stop(); };
  expect_look(JobScheduleState::active);
  EXPECT_EQ(batch.wait_for_job_schedule_to_complete("s", {}, stop.get_token()).error().code,
            Code::cancelled);
  EXPECT_EQ(batch.wait_for_job_under_job_schedule("s", {}, stop.get_token()).error().code,
            Code::cancelled);
}

// -- jobs --

TEST_F(Schedules, jobs_are_replaced_by_put) {
  transport.expect("PUT", url("/jobs/j"), answer(200));
  ASSERT_TRUE(batch.update_job("j", {.priority = 5, .pool_info = {.pool_id = "p"}}));
  EXPECT_EQ(last_request().body, R"({"priority":5,"poolInfo":{"poolId":"p"}})");
}

TEST_F(Schedules, jobs_are_disabled_and_enabled) {
  transport.expect("POST", url("/jobs/j/disable"), answer(202));
  ASSERT_TRUE(batch.disable_job("j"));
  EXPECT_EQ(last_request().body, R"({"disableTasks":"requeue"})");
  transport.expect("POST", url("/jobs/j/disable"), answer(202));
  ASSERT_TRUE(batch.disable_job("j", DisableJobOption::wait));
  EXPECT_EQ(last_request().body, R"({"disableTasks":"wait"})");
  transport.expect("POST", url("/jobs/j/enable"), answer(202));
  ASSERT_TRUE(batch.enable_job("j"));
  EXPECT_EQ(last_request().body, "");
}

TEST_F(Schedules, jobs_tell_how_their_preparation_fares_on_each_node) {
  transport.expect("GET", url("/jobs/j/jobpreparationandreleasetaskstatus"),
                   answer(200, R"({"value":[{"poolId":"p","nodeId":"n1",
                       "jobPreparationTaskExecutionInfo":{"startTime":"2026-01-02T04:00:00Z",
                       "state":"completed","retryCount":0,"exitCode":3}}]})"));
  std::vector<JobPreparationAndReleaseTaskStatus> nodes;
  ASSERT_TRUE(batch.list_preparation_and_release_status(
      "j", {}, [&](JobPreparationAndReleaseTaskStatus status) {
        nodes.push_back(std::move(status));
        return ok();
      }));
  ASSERT_EQ(nodes.size(), 1u);
  EXPECT_EQ(nodes[0].node_id, "n1");
  EXPECT_EQ(nodes[0].job_preparation_task_execution_info->exit_code, 3);
  transport.expect("GET", url("/jobs/j/jobpreparationandreleasetaskstatus"),
                   refusal(409, "JobPreparationTaskNotSpecified"));
  const Status none = batch.list_preparation_and_release_status("j", {}, [](auto) { return ok(); });
  EXPECT_EQ(none.error().code, Code::conflict);
}

TEST_F(Schedules, a_schedule_is_looked_for_and_replaced) {
  transport.expect("HEAD", url("/jobschedules/s"), answer(200));
  transport.expect("HEAD", url("/jobschedules/s"), answer(404));
  EXPECT_TRUE(batch.exists_job_schedule("s").value());
  EXPECT_FALSE(batch.exists_job_schedule("s").value());
  transport.expect("PUT", url("/jobschedules/s"), answer(200));
  JobScheduleUpdate update;
  update.schedule.recurrence_interval = Duration{std::chrono::hours(1)};
  update.job_specification.pool_info.pool_id = "p";
  ASSERT_TRUE(batch.update_job_schedule("s", update));
  EXPECT_EQ(
      last_request().body,
      R"({"schedule":{"recurrenceInterval":"PT1H"},"jobSpecification":{"poolInfo":{"poolId":"p"}}})");
}

}  // namespace
}  // namespace dms::batch
