// Operations on jobs as clients call them. Fixture: tests/service/batch_fixture.h.
#include "tests/service/batch_fixture.h"

namespace dms::service {
namespace {

class BatchJobs : public BatchServiceTest {
 protected:
  void SetUp() override {
    add_pool();
    add_job();
  }
  std::string state(const std::string& id = "j") {
    return std::string(text_of(get<batch::Job>("/jobs/" + id).state.value()));
  }
};

TEST_F(BatchJobs, are_replaced_and_patched) {
  EXPECT_EQ(send("PUT", "/jobs/j",
                 R"({"priority":500,"constraints":{"maxTaskRetryCount":3},"poolInfo":{"poolId":"p"},
                     "metadata":[{"name":"a","value":"b"}]})")
                .status,
            200);
  EXPECT_EQ(send("PATCH", "/jobs/j", R"({"priority":900})").status, 200);
  const auto job = get<batch::Job>("/jobs/j");
  EXPECT_EQ(job.priority, 900);
  EXPECT_EQ(job.constraints->max_task_retry_count, 3);
  EXPECT_EQ(job.metadata.size(), 1u);
  EXPECT_EQ(send("PUT", "/jobs/j", R"({"poolInfo":{"poolId":"p"}})").status, 200);
  EXPECT_TRUE(get<batch::Job>("/jobs/j").metadata.empty());
  EXPECT_EQ(outcome(send("PUT", "/jobs/j", R"({"priority":1})")), "400 MissingRequiredProperty");
  EXPECT_EQ(outcome(send("PUT", "/jobs/x", R"({"poolInfo":{"poolId":"p"}})")), "404 JobNotFound");
}

TEST_F(BatchJobs, are_disabled_and_enabled_with_every_step_in_sight) {
  const Response disabled = send("POST", "/jobs/j/disable", R"({"disableTasks":"terminate"})");
  EXPECT_EQ(disabled.status, 202);
  EXPECT_EQ(disabled.headers.get("DataServiceId"), std::string(base) + "/jobs/j/disable");
  EXPECT_EQ(state(), "disabling");
  tick();
  EXPECT_EQ(state(), "disabled");
  EXPECT_EQ(send("POST", "/jobs/j/enable").status, 202);
  EXPECT_EQ(state(), "enabling");
  tick();
  EXPECT_EQ(state(), "active");
  EXPECT_EQ(outcome(send("POST", "/jobs/j/enable")), "409 OperationInvalidForCurrentState");
  EXPECT_EQ(outcome(send("POST", "/jobs/j/disable")), "400 MissingRequiredProperty");
  EXPECT_EQ(outcome(send("POST", "/jobs/j/disable", R"({"disableTasks":"never"})")),
            "400 InvalidPropertyValue");
  EXPECT_EQ(send("POST", "/jobs/j/disable", R"({"disableTasks":"Requeue"})").status, 202);
}

TEST_F(BatchJobs, are_disabled_only_when_their_conditions_hold) {
  const Headers stale{{"If-Match", "0x1"}};
  EXPECT_EQ(outcome(send("POST", "/jobs/j/disable", R"({"disableTasks":"wait"})", stale)),
            "412 ConditionNotMet");
  EXPECT_EQ(state(), "active");
}

TEST_F(BatchJobs, end_at_the_next_tick_by_force) {
  add_task("t");
  EXPECT_EQ(send("POST", "/jobs/j/terminate?force=true").status, 202);
  EXPECT_EQ(state(), "terminating");
  tick();
  EXPECT_EQ(state(), "completed");
  add_job("k");
  EXPECT_EQ(send("DELETE", "/jobs/k?force=True").status, 202);
  EXPECT_EQ(state("k"), "deleting");
  tick();
  EXPECT_EQ(outcome(send("GET", "/jobs/k")), "404 JobNotFound");
}

TEST_F(BatchJobs, end_after_what_runs_without_force) {
  add_task("t");
  EXPECT_EQ(send("POST", "/jobs/j/terminate?force=false").status, 202);
  tick();
  EXPECT_EQ(state(), "terminating");
  end_all(137);
  tick();
  EXPECT_EQ(state(), "completed");
}

// Others wait for each commit, so that many tasks go in several.
TEST_F(BatchJobs, a_job_of_many_tasks_is_erased_in_parts) {
  ASSERT_EQ(send("POST", "/jobs", R"({"id":"q","poolInfo":{"poolId":"none"}})").status, 201);
  for (int i = 0; i < 41; ++i) {
    batch::TaskCollection tasks;
    for (int k = 0; k < 100; ++k)
      tasks.value.push_back({.id = std::to_string(i * 100 + k), .command_line = "true"});
    ASSERT_EQ(send("POST", "/jobs/q/addtaskcollection", encode(tasks)).status, 200);
  }
  EXPECT_EQ(send("DELETE", "/jobs/q").status, 202);
  tick();
  EXPECT_EQ(get<batch::Job>("/jobs/q").state, batch::JobState::deleting);
  EXPECT_EQ(get<batch::TaskCountsResult>("/jobs/q/taskcounts").task_counts.active, 100);
  tick();
  EXPECT_EQ(send("GET", "/jobs/q").status, 404);
  int rows = 0;
  ASSERT_TRUE(store->load("task", [&](std::string_view, std::string_view) { ++rows; }));
  EXPECT_EQ(rows, 0);
}

}  // namespace
}  // namespace dms::service
