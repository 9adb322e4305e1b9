// The list of what preparation and release tasks did, as clients see it.
#include "tests/service/batch_fixture.h"

namespace dms::service {
namespace {

using NodeStatus = batch::JobPreparationAndReleaseTaskStatus;

class BatchNodeTasks : public BatchServiceTest {
 protected:
  static constexpr const char* list = "/jobs/j/jobpreparationandreleasetaskstatus";

  void add_prepared_job() {
    const Response added = send("POST", "/jobs",
                                R"({"id":"j","poolInfo":{"poolId":"p"},)"
                                R"("jobPreparationTask":{"commandLine":"prepare"},)"
                                R"("jobReleaseTask":{"commandLine":"clean"}})");
    ASSERT_EQ(added.status, 201) << added.body;
  }
  std::size_t count(const std::string& query) {
    return get<batch::Page<NodeStatus>>(list + query).value.size();
  }
};

TEST_F(BatchNodeTasks, are_listed_for_jobs_that_have_them) {
  add_pool("p", 3);
  add_job("plain");
  EXPECT_EQ(outcome(send("GET", "/jobs/plain/jobpreparationandreleasetaskstatus")),
            "409 JobPreparationTaskOrReleaseTaskNotSpecified");
  EXPECT_EQ(outcome(send("GET", list)), "404 JobNotFound");
  add_prepared_job();
  EXPECT_EQ(count(""), 0u);
  for (const char* id : {"t1", "t2", "t3"}) add_task(id);
  end_all(0);
  end_all(0);
  const Response response = send("GET", list);
  EXPECT_NE(response.body.find("$metadata#jobpreparationandreleasetaskstatuslist"),
            std::string::npos);
  const auto page = get<batch::Page<NodeStatus>>(list);
  ASSERT_EQ(page.value.size(), 3u);
  const NodeStatus& one = page.value.front();
  EXPECT_EQ(one.pool_id, "p");
  EXPECT_EQ(one.node_url, std::string(base) + "/pools/p/nodes/" + *one.node_id);
  const auto& info = *one.job_preparation_task_execution_info;
  EXPECT_EQ(info.state, batch::NodeTaskState::completed);
  EXPECT_EQ(info.exit_code, 0);
  EXPECT_EQ(info.task_root_directory, "workitems/j/job-1/jobpreparation");
  EXPECT_EQ(info.task_root_directory_url, *one.node_url + "/files/" + *info.task_root_directory);
  EXPECT_FALSE(one.job_release_task_execution_info);
}

TEST_F(BatchNodeTasks, are_filtered_selected_and_paged) {
  add_pool("p", 3);
  add_prepared_job();
  for (const char* id : {"t1", "t2", "t3"}) add_task(id);
  EXPECT_EQ(count("?$filter=jobPreparationTaskExecutionInfo/state%20eq%20'running'"), 3u);
  end_all(0);
  end_all(0);
  send("POST", "/jobs/j/terminate");
  tick();
  EXPECT_EQ(count("?$filter=jobReleaseTaskExecutionInfo/state%20eq%20'running'"), 3u);
  end_all(4);
  EXPECT_EQ(count("?$filter=jobPreparationTaskExecutionInfo/state%20eq%20'running'"), 0u);
  EXPECT_EQ(count("?$filter=jobPreparationTaskExecutionInfo/result%20eq%20'Success'"), 3u);
  EXPECT_EQ(
      count("?$filter=jobReleaseTaskExecutionInfo/exitCode%20gt%203%20and%20poolId%20eq%20'P'"),
      3u);
  EXPECT_EQ(
      count(
          "?$filter=jobPreparationTaskExecutionInfo/endTime%20lt%20DateTime'2001-01-01T00:00:00Z'"),
      0u);
  EXPECT_EQ(outcome(send("GET", std::string(list) + "?$filter=nodeUrl%20eq%20'x'")),
            "400 InvalidQueryParameterValue");
  const auto first =
      get<batch::Page<NodeStatus>>(std::string(list) + "?maxresults=2&$select=nodeId");
  ASSERT_EQ(first.value.size(), 2u);
  EXPECT_FALSE(first.value[0].pool_id);
  EXPECT_LT(*first.value[0].node_id, *first.value[1].node_id);
  ASSERT_TRUE(first.next_link);
  const auto rest = get<batch::Page<NodeStatus>>(first.next_link->substr(std::string(base).size()));
  ASSERT_EQ(rest.value.size(), 1u);
  EXPECT_FALSE(rest.next_link);
  const std::string node = *rest.value[0].node_id;
  EXPECT_EQ(count("?$filter=nodeId%20eq%20'" + node + "'"), 1u);
}

}  // namespace
}  // namespace dms::service
