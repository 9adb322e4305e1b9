// What the Batch service answers about job schedules and auto pools, through signing, routing and
// engine. Fixture: tests/service/batch_fixture.h.
#include "tests/service/batch_fixture.h"

namespace dms::service {
namespace {

using batch::JobScheduleState;

class BatchSchedules : public BatchServiceTest {
 protected:
  static constexpr const char* hourly = R"({"recurrenceInterval":"PT1H"})";

  static std::string body_of(const std::string& id, const std::string& schedule = hourly,
                             const std::string& more = "") {
    return R"({"id":")" + id + R"(","schedule":)" + schedule +
           R"(,"jobSpecification":{"poolInfo":{"poolId":"p"}})" + more + "}";
  }
  Response add(const std::string& id, const std::string& schedule = hourly,
               const std::string& more = "") {
    return send("POST", "/jobschedules", body_of(id, schedule, more));
  }
  batch::JobSchedule look(const std::string& id = "s") {
    return get<batch::JobSchedule>("/jobschedules/" + id);
  }
  // The ids of a list's page.
  template <class T>
  std::vector<std::string> ids(const std::string& target) {
    std::vector<std::string> found;
    for (const auto& item : get<batch::Page<T>>(target).value) found.push_back(item.id);
    return found;
  }
  using Ids = std::vector<std::string>;
};

TEST_F(BatchSchedules, are_added_with_201_and_where_they_are) {
  const Response added = add("s");
  EXPECT_EQ(added.status, 201) << added.body;
  EXPECT_EQ(added.body, "");
  EXPECT_EQ(added.headers.get("Location"), std::string(base) + "/jobschedules/s");
  EXPECT_EQ(added.headers.get("DataServiceId"), std::string(base) + "/jobschedules/s");
  EXPECT_EQ(added.headers.get("ETag"), clock.now().etag());
  EXPECT_EQ(outcome(add("S")), "409 JobScheduleExists");
  EXPECT_EQ(outcome(send("POST", "/jobs", R"({"id":"s","poolInfo":{"poolId":"p"}})")),
            "409 JobScheduleWithSameIdExists");
  add_job("j");
  EXPECT_EQ(outcome(add("j")), "409 JobWithSameIdExists");
}

// The recorded answers of case 16: the first job at once, the next an interval later.
TEST_F(BatchSchedules, show_their_first_job_at_once) {
  const Timestamp start = clock.now();
  add("s", hourly, R"(,"displayName":"Hourly","metadata":[{"name":"a","value":"b"}])");
  const Response response = send("GET", "/jobschedules/s");
  EXPECT_EQ(response.body.find("{\"odata.metadata\":\"" + std::string(base) +
                               "/$metadata#jobschedules/@Element\",\"id\":\"s\""),
            0u)
      << response.body;
  EXPECT_EQ(response.headers.get("ETag"), start.etag());
  const auto schedule = look();
  EXPECT_EQ(schedule.display_name, "Hourly");
  EXPECT_EQ(schedule.state, JobScheduleState::active);
  EXPECT_EQ(schedule.schedule->recurrence_interval, Duration::parse("PT1H").value());
  EXPECT_EQ(schedule.execution_info->next_run_time->at, start.at + std::chrono::hours(1));
  EXPECT_EQ(schedule.execution_info->recent_job->id, "s:job-1");
  EXPECT_EQ(schedule.execution_info->recent_job->url, std::string(base) + "/jobs/s:job-1");
  EXPECT_EQ(get<batch::Job>("/jobs/s:job-1").state, batch::JobState::active);
  EXPECT_EQ(get<batch::Job>("/jobs/s%3Ajob-1").id, "s:job-1");
}

TEST_F(BatchSchedules, refuse_what_is_incomplete) {
  EXPECT_EQ(outcome(send("POST", "/jobschedules", R"({"id":"s","schedule":{}})")),
            "400 MissingRequiredProperty");
  EXPECT_EQ(outcome(send("POST", "/jobschedules",
                         R"({"id":"s","jobSpecification":{"poolInfo":{"poolId":"p"}}})")),
            "400 MissingRequiredProperty");
  EXPECT_EQ(outcome(add("s", R"({"recurrenceInterval":"PT30S"})")), "400 InvalidPropertyValue");
  EXPECT_EQ(outcome(send("PUT", "/jobschedules/s", R"({"schedule":{}})")),
            "400 MissingRequiredProperty");
}

TEST_F(BatchSchedules, that_are_not_there_are_404) {
  for (const char* method : {"GET", "PATCH", "DELETE"})
    EXPECT_EQ(outcome(send(method, "/jobschedules/x")), "404 JobScheduleNotFound") << method;
  for (const char* action : {"disable", "enable", "terminate"})
    EXPECT_EQ(outcome(send("POST", "/jobschedules/x/" + std::string(action))),
              "404 JobScheduleNotFound");
  EXPECT_EQ(outcome(send("GET", "/jobschedules/x/jobs")), "404 JobScheduleNotFound");
  EXPECT_EQ(send("HEAD", "/jobschedules/x").status, 404);
  add("s");
  const Response there = send("HEAD", "/jobschedules/s");
  EXPECT_EQ(there.status, 200);
  EXPECT_EQ(there.body, "");
  EXPECT_EQ(there.headers.get("ETag"), clock.now().etag());
}

TEST_F(BatchSchedules, obey_conditional_headers) {
  add("s");
  const std::string tag = look().etag.value();
  EXPECT_EQ(send("GET", "/jobschedules/s", "", {{"If-None-Match", tag}}).status, 304);
  EXPECT_EQ(outcome(send("PATCH", "/jobschedules/s", "{}", {{"If-Match", "0x1"}})),
            "412 ConditionNotMet");
  EXPECT_EQ(outcome(send("DELETE", "/jobschedules/s", "", {{"If-Match", "0x1"}})),
            "412 ConditionNotMet");
  EXPECT_EQ(outcome(send("POST", "/jobschedules/s/disable", "", {{"If-Match", "0x1"}})),
            "412 ConditionNotMet");
  clock.advance(std::chrono::seconds(1));
  const Response patched = send("PATCH", "/jobschedules/s", "{}", {{"If-Match", tag}});
  EXPECT_EQ(patched.status, 200);
  EXPECT_EQ(patched.headers.get("ETag"), clock.now().etag());
  EXPECT_NE(look().etag, tag);
}

TEST_F(BatchSchedules, change_by_patch_and_put) {
  add("s", hourly, R"(,"metadata":[{"name":"a","value":"b"}])");
  EXPECT_EQ(
      send("PATCH", "/jobschedules/s", R"({"schedule":{"recurrenceInterval":"PT2H"}})").status,
      200);
  EXPECT_EQ(look().schedule->recurrence_interval, Duration::parse("PT2H").value());
  EXPECT_EQ(look().metadata.size(), 1u);
  EXPECT_EQ(send("PUT", "/jobschedules/s",
                 R"({"schedule":{"recurrenceInterval":"PT3H"},
                     "jobSpecification":{"priority":5,"poolInfo":{"poolId":"q"}}})")
                .status,
            200);
  EXPECT_EQ(look().schedule->recurrence_interval, Duration::parse("PT3H").value());
  EXPECT_EQ(look().job_specification.priority, 5);
  EXPECT_TRUE(look().metadata.empty());
}

TEST_F(BatchSchedules, are_disabled_enabled_terminated_and_deleted) {
  add("s");
  Response done = send("POST", "/jobschedules/s/disable");
  EXPECT_EQ(done.status, 204);
  EXPECT_TRUE(done.headers.contains("ETag"));
  EXPECT_EQ(done.headers.get("DataServiceId"), std::string(base) + "/jobschedules/s/disable");
  EXPECT_EQ(look().state, JobScheduleState::disabled);
  EXPECT_EQ(send("POST", "/jobschedules/s/enable").status, 204);
  EXPECT_EQ(look().state, JobScheduleState::active);
  EXPECT_EQ(send("POST", "/jobschedules/s/terminate").status, 202);
  EXPECT_EQ(look().state, JobScheduleState::terminating) << "the first look shows it";
  tick();
  tick();
  EXPECT_EQ(look().state, JobScheduleState::completed);
  EXPECT_EQ(get<batch::Job>("/jobs/s:job-1").execution_info->terminate_reason,
            "TerminateJobSchedule");
  EXPECT_EQ(outcome(send("POST", "/jobschedules/s/enable")), "409 JobScheduleCompleted");
  done = send("DELETE", "/jobschedules/s?force=true");
  EXPECT_EQ(done.status, 202);
  EXPECT_FALSE(done.headers.contains("ETag"));
  EXPECT_EQ(look().state, JobScheduleState::deleting);
  EXPECT_EQ(outcome(send("DELETE", "/jobschedules/s")), "409 JobScheduleBeingDeleted");
  tick();
  tick();
  EXPECT_EQ(send("GET", "/jobschedules/s").status, 404);
  EXPECT_EQ(send("GET", "/jobs/s:job-1").status, 404);
}

TEST_F(BatchSchedules, are_listed_filtered_selected_and_paged) {
  add("a");
  add("b", R"({"doNotRunUntil":"2100-01-01T00:00:00Z"})");
  add("c", R"({"doNotRunAfter":"2100-01-01T00:00:00Z"})");
  send("POST", "/jobschedules/a/disable");
  const auto listed = [&](const std::string& filter) {
    return ids<batch::JobSchedule>("/jobschedules?$filter=" + filter);
  };
  EXPECT_EQ(ids<batch::JobSchedule>("/jobschedules"), (Ids{"a", "b", "c"}));
  EXPECT_EQ(listed("state%20eq%20'disabled'"), Ids{"a"});
  EXPECT_EQ(listed("startswith(id,'b')"), Ids{"b"});
  EXPECT_EQ(listed("schedule/doNotRunUntil%20gt%20DateTime'2099-01-01T00:00:00Z'"), Ids{"b"});
  EXPECT_EQ(listed("schedule/doNotRunAfter%20gt%20DateTime'2099-01-01T00:00:00Z'"), Ids{"c"});
  EXPECT_EQ(outcome(send("GET", "/jobschedules?$filter=displayName%20eq%20'x'")),
            "400 InvalidQueryParameterValue");
  const Response selected = send("GET", "/jobschedules?$select=id,state&maxresults=1");
  EXPECT_NE(selected.body.find(R"("value":[{"id":"a","state":"disabled"}])"), std::string::npos)
      << selected.body;
  const auto page = get<batch::Page<batch::JobSchedule>>("/jobschedules?maxresults=2");
  ASSERT_TRUE(page.next_link);
  EXPECT_EQ(ids<batch::JobSchedule>(page.next_link->substr(std::string(base).size())), Ids{"c"});
}

TEST_F(BatchSchedules, list_their_own_jobs) {
  add("s", R"({"recurrenceInterval":"PT1M"})");
  add("s2");
  add_job("s3");
  for (int i = 1; i <= 2; ++i) {
    send("POST", "/jobs/s:job-" + std::to_string(i) + "/terminate");
    tick();
    clock.advance(std::chrono::minutes(1));
    tick();
  }
  const std::string jobs = "/jobschedules/S/jobs";
  EXPECT_EQ(ids<batch::Job>(jobs), (Ids{"s:job-1", "s:job-2", "s:job-3"}));
  EXPECT_EQ(ids<batch::Job>(jobs + "?$filter=state%20eq%20'active'"), Ids{"s:job-3"});
  EXPECT_EQ(outcome(send("GET", jobs + "?$filter=id%20eq%20's:job-1'")),
            "400 InvalidQueryParameterValue")
      << "no property of this list";
  const Response selected = send("GET", jobs + "?$select=id&maxresults=1");
  EXPECT_NE(selected.body.find(R"("value":[{"id":"s:job-1"}])"), std::string::npos)
      << selected.body;
  const auto page = get<batch::Page<batch::Job>>(jobs + "?maxresults=2");
  ASSERT_TRUE(page.next_link);
  EXPECT_EQ(ids<batch::Job>(page.next_link->substr(std::string(base).size())), Ids{"s:job-3"});
  EXPECT_FALSE(get<batch::Page<batch::Job>>(jobs + "?maxresults=3").next_link);
}

TEST_F(BatchSchedules, keep_the_service_from_ending_itself_while_a_job_is_to_come) {
  EXPECT_FALSE(engine.is_busy());
  add("s");
  EXPECT_TRUE(engine.is_busy());
  send("POST", "/jobschedules/s/disable");
  EXPECT_FALSE(engine.is_busy());
}

TEST_F(BatchSchedules, tasks_of_their_jobs_run) {
  add_pool("p");
  add("s");
  EXPECT_EQ(send("POST", "/jobs/s:job-1/tasks", R"({"id":"t","commandLine":"true"})").status, 201);
  end_all();
  const auto task = get<batch::Task>("/jobs/s:job-1/tasks/t");
  EXPECT_EQ(task.state, batch::TaskState::completed);
  EXPECT_EQ(task.node_info->task_root_directory, "workitems/s/job-1/t");
}

TEST_F(BatchSchedules, auto_pools_are_made_shown_and_deleted) {
  const Response added = send("POST", "/jobs",
                              R"({"id":"j","poolInfo":{"autoPoolSpecification":{
      "autoPoolIdPrefix":"mine","poolLifetimeOption":"job",
      "pool":{"vmSize":"small","targetDedicatedNodes":1}}}})");
  ASSERT_EQ(added.status, 201) << added.body;
  host.hello_all();
  const auto job = get<batch::Job>("/jobs/j");
  const std::string pool = job.execution_info->pool_id.value_or("");
  EXPECT_TRUE(pool.starts_with("mine_")) << pool;
  EXPECT_EQ(get<batch::Pool>("/pools/" + pool).target_dedicated_nodes, 1);
  EXPECT_EQ(ids<batch::Job>("/jobs?$filter=startswith(executionInfo/poolId,'mine_')"), Ids{"j"});
  add_task("t");
  end_all();
  EXPECT_EQ(get<batch::Task>("/jobs/j/tasks/t").state, batch::TaskState::completed);
  send("POST", "/jobs/j/terminate");
  tick();
  EXPECT_EQ(get<batch::Pool>("/pools/" + pool).state, batch::PoolState::deleting);
  EXPECT_EQ(outcome(send("POST", "/jobs",
                         R"({"id":"k","poolInfo":{"autoPoolSpecification":{
      "poolLifetimeOption":"job","pool":{"targetDedicatedNodes":1}}}})")),
            "400 MissingRequiredProperty")
      << "vmSize";
}

}  // namespace
}  // namespace dms::service
