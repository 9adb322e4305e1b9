// What the Batch service answers, through signing, routing and engine. Source of the expectations:
// REST reference; fixture: tests/service/batch_fixture.h.
#include <fstream>

#include "service/core/rows.h"
#include "tests/service/batch_fixture.h"

namespace dms::service {
namespace {

using batch::TaskState;

class BatchAnswers : public BatchServiceTest {};

std::string filled(std::string_view path) {
  std::string target;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '{') {
      target += path[i];
      continue;
    }
    target += "x";
    i = path.find('}', i);
  }
  return target;
}

TEST_F(BatchAnswers, every_operation_of_the_table) {
  batch::op::for_each([&](const auto& row) {
    EXPECT_TRUE(service.router().answers(row.name)) << row.name;
    const Response response = send(std::string(row.method), filled(row.path));
    EXPECT_NE(response.status, 405) << row.name;
    EXPECT_NE(response.status, 500) << row.name;
    EXPECT_EQ(response.body.find("ResourceNotFound"), std::string::npos) << row.name;
  });
  EXPECT_FALSE(service.router().answers("EvaluateEverything"));
}

TEST_F(BatchAnswers, a_new_pool_with_201_and_where_it_is) {
  const Response added = send("POST", "/pools", R"({"id":"p","vmSize":"small"})",
                              {{"client-request-id", "0aa"}, {"return-client-request-id", "true"}});
  EXPECT_EQ(added.status, 201);
  EXPECT_EQ(added.body, "");
  const std::string url = std::string(base) + "/pools/p";
  EXPECT_EQ(added.headers.get("DataServiceId"), url);
  EXPECT_EQ(added.headers.get("Location"), url);
  EXPECT_EQ(added.headers.get("ETag"), clock.now().etag());
  EXPECT_EQ(added.headers.get("Last-Modified"), clock.now().rfc1123());
  EXPECT_EQ(added.headers.get("DataServiceVersion"), "3.0");
  EXPECT_EQ(added.headers.get("request-id").size(), 36u);
  EXPECT_EQ(added.headers.get("client-request-id"), "0aa");
  EXPECT_FALSE(added.headers.contains("Content-Type")) << "there is no body";
}

TEST_F(BatchAnswers, the_client_request_id_only_when_asked) {
  for (const Headers& headers :
       {Headers{{"client-request-id", "0aa"}},
        Headers{{"client-request-id", "0aa"}, {"return-client-request-id", "false"}},
        Headers{{"return-client-request-id", "true"}}})
    EXPECT_FALSE(send("GET", "/pools", "", headers).headers.contains("client-request-id"));
}

TEST_F(BatchAnswers, a_pool_with_its_metadata_first) {
  add_pool();
  const Response response = send("GET", "/pools/P");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.get("Content-Type"), "application/json; odata=minimalmetadata");
  EXPECT_EQ(response.body.find("{\"odata.metadata\":\"" + std::string(base) +
                               "/$metadata#pools/@Element\",\"id\":\"p\""),
            0u)
      << response.body;
  const auto pool = decode<batch::Pool>(response.body);
  ASSERT_TRUE(pool);
  EXPECT_EQ(pool->etag, response.headers.get("ETag"));
  EXPECT_EQ(pool->allocation_state, batch::AllocationState::resizing);
  EXPECT_EQ(pool->url, std::string(base) + "/pools/p");
  EXPECT_EQ(pool->current_dedicated_nodes, 1);
}

TEST_F(BatchAnswers, head_for_a_pool_without_a_body) {
  add_pool();
  const Response there = send("HEAD", "/pools/p");
  EXPECT_EQ(there.status, 200);
  EXPECT_EQ(there.body, "");
  EXPECT_TRUE(there.headers.contains("ETag"));
  const Response missing = send("HEAD", "/pools/q");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.body, "");
  EXPECT_TRUE(missing.headers.contains("request-id"));
}

TEST_F(BatchAnswers, deletions_without_an_etag_and_shows_them_at_once) {
  add_pool();
  const Response deleted = send("DELETE", "/pools/p");
  EXPECT_EQ(deleted.status, 202);
  EXPECT_FALSE(deleted.headers.contains("ETag"));
  EXPECT_EQ(get<batch::Pool>("/pools/p").state, batch::PoolState::deleting);
  EXPECT_EQ(outcome(send("DELETE", "/pools/p")), "409 PoolBeingDeleted");
  tick();
  host.bury_retired();
  tick();
  EXPECT_EQ(outcome(send("GET", "/pools/p")), "404 PoolNotFound");
}

TEST_F(BatchAnswers, resizes_and_node_counts) {
  add_pool("p", 2);
  tick();
  tick();
  const Response resized =
      send("POST", "/pools/p/resize",
           R"({"targetDedicatedNodes":1,"nodeDeallocationOption":"taskCompletion"})");
  EXPECT_EQ(resized.status, 202);
  EXPECT_EQ(resized.headers.get("DataServiceId"), std::string(base) + "/pools/p/resize");
  EXPECT_TRUE(resized.headers.contains("ETag"));
  EXPECT_EQ(get<batch::Pool>("/pools/p").allocation_state, batch::AllocationState::resizing);
  const auto counts =
      get<batch::Page<batch::PoolNodeCounts>>("/nodecounts?$filter=poolId%20eq%20'p'");
  ASSERT_EQ(counts.value.size(), 1u);
  EXPECT_EQ(counts.value[0].dedicated.leaving_pool, 1);
  EXPECT_EQ(counts.value[0].dedicated.idle, 1);
}

TEST_F(BatchAnswers, nodes) {
  add_pool("p", 2);
  const auto nodes = get<batch::Page<batch::Node>>("/pools/p/nodes?$filter=state%20eq%20'idle'");
  ASSERT_EQ(nodes.value.size(), 2u);
  const auto node = get<batch::Node>("/pools/p/nodes/" + nodes.value[0].id);
  EXPECT_EQ(node, nodes.value[0]);
  EXPECT_EQ(outcome(send("GET", "/pools/p/nodes/x")), "404 NodeNotFound");
  EXPECT_EQ(outcome(send("GET", "/pools/x/nodes")), "404 PoolNotFound");
}

TEST_F(BatchAnswers, jobs_from_add_to_delete) {
  add_job();
  EXPECT_EQ(outcome(send("POST", "/jobs", R"({"id":"J","poolInfo":{"poolId":"p"}})")),
            "409 JobExists");
  clock.advance(std::chrono::seconds(2));
  const Response patched =
      send("PATCH", "/jobs/j", R"({"priority":7,"onAllTasksComplete":"noAction"})");
  EXPECT_EQ(patched.status, 200);
  EXPECT_EQ(patched.headers.get("ETag"), clock.now().etag());
  EXPECT_EQ(get<batch::Job>("/jobs/j").priority, 7);
  EXPECT_EQ(send("POST", "/jobs/j/terminate").status, 202) << "its body is optional";
  const auto job = get<batch::Job>("/jobs/j");
  EXPECT_EQ(job.state, batch::JobState::terminating);
  EXPECT_EQ(job.execution_info->terminate_reason, "UserTerminate");
  tick();
  EXPECT_EQ(get<batch::Job>("/jobs/j").state, batch::JobState::completed);
  EXPECT_EQ(send("DELETE", "/jobs/j").status, 202);
  EXPECT_EQ(get<batch::Job>("/jobs/j").state, batch::JobState::deleting);
  tick();
  EXPECT_EQ(outcome(send("GET", "/jobs/j")), "404 JobNotFound");
}

TEST_F(BatchAnswers, tasks_from_add_to_delete) {
  add_pool();
  add_job();
  const Response added = send("POST", "/jobs/j/tasks", R"({"id":"t1","commandLine":"true"})");
  EXPECT_EQ(added.status, 201);
  EXPECT_EQ(added.headers.get("Location"), std::string(base) + "/jobs/j/tasks/t1");
  add_task("t2");
  EXPECT_EQ(get<batch::Task>("/jobs/j/tasks/t1").state, TaskState::running);
  EXPECT_EQ(send("PUT", "/jobs/j/tasks/t2", R"({"constraints":{"maxTaskRetryCount":2}})").status,
            200);
  end_all();
  EXPECT_EQ(get<batch::Task>("/jobs/j/tasks/t1").execution_info->exit_code, 0);
  const Response terminated = send("POST", "/jobs/j/tasks/t2/terminate");
  EXPECT_EQ(terminated.status, 204);
  EXPECT_EQ(terminated.body, "");
  EXPECT_EQ(get<batch::Task>("/jobs/j/tasks/t2").state, TaskState::completed);
  host.answer_ends();
  EXPECT_EQ(send("POST", "/jobs/j/tasks/t2/reactivate").status, 204);
  EXPECT_EQ(get<batch::Task>("/jobs/j/tasks/t2").state, TaskState::running);
  const auto counts = get<batch::TaskCountsResult>("/jobs/j/taskcounts");
  EXPECT_EQ(counts.task_counts, (batch::TaskCounts{0, 1, 1, 1, 0}));
  const Response deleted = send("DELETE", "/jobs/j/tasks/t2");
  EXPECT_EQ(deleted.status, 200);
  EXPECT_FALSE(deleted.headers.contains("ETag"));
  EXPECT_EQ(outcome(send("GET", "/jobs/j/tasks/t2")), "404 TaskNotFound");
}

TEST_F(BatchAnswers, a_collection_with_one_result_per_task) {
  add_pool();
  add_job();
  add_task("t1");
  const Response response = send(
      "POST", "/jobs/j/addtaskcollection",
      R"({"value":[{"id":"T1","commandLine":"x"},{"id":"t2","commandLine":"x"},)"
      R"({"id":"bad id","commandLine":"x"},{"id":"t3","commandLine":"x","requiredSlots":9}]})");
  EXPECT_EQ(response.status, 200);
  const auto results = decode<batch::TaskAddCollectionResult>(response.body);
  ASSERT_TRUE(results);
  ASSERT_EQ(results->value.size(), 4u);
  EXPECT_EQ(results->value[0].status, batch::TaskAddStatus::client_error);
  EXPECT_EQ(results->value[0].task_id, "T1");
  EXPECT_EQ(results->value[0].error->code, "TaskExists");
  EXPECT_EQ(results->value[1].status, batch::TaskAddStatus::success);
  EXPECT_EQ(results->value[1].etag, clock.now().etag());
  EXPECT_EQ(results->value[1].location, std::string(base) + "/jobs/j/tasks/t2");
  EXPECT_EQ(results->value[2].error->code, "InvalidPropertyValue");
  EXPECT_EQ(results->value[3].error->code, "InvalidPropertyValue");
  EXPECT_EQ(get<batch::TaskCountsResult>("/jobs/j/taskcounts").task_counts.active, 1);
}

TEST_F(BatchAnswers, select_with_these_members_only) {
  add_pool();
  add_job();
  add_task("t1");
  EXPECT_EQ(send("GET", "/jobs/j/tasks/t1?$select=id,%20state").body,
            "{\"odata.metadata\":\"" + std::string(base) +
                R"(/$metadata#tasks/@Element","id":"t1","state":"running"})");
  EXPECT_EQ(
      send("GET", "/jobs/j/tasks?%24select=id").body,
      "{\"odata.metadata\":\"" + std::string(base) + R"(/$metadata#tasks","value":[{"id":"t1"}]})");
}

TEST_F(BatchAnswers, lists_filtered_and_by_pages_with_links_that_can_be_followed) {
  add_pool();
  add_job();
  for (int i = 0; i < 5; ++i) add_task("t" + std::to_string(i));
  end_all(3);
  auto page = get<batch::Page<batch::Task>>(
      "/jobs/j/tasks?maxresults=2&$filter=state%20eq%20'active'&$select=id");
  ASSERT_EQ(page.value.size(), 2u);
  EXPECT_EQ(page.value[0].id, "t2");
  ASSERT_TRUE(page.next_link);
  page = get<batch::Page<batch::Task>>(page.next_link->substr(std::string(base).size()));
  ASSERT_EQ(page.value.size(), 1u);
  EXPECT_EQ(page.value[0].id, "t4");
  EXPECT_FALSE(page.value[0].state) << "the link repeats $select";
  EXPECT_FALSE(page.next_link);
  EXPECT_EQ(get<batch::Page<batch::Task>>("/jobs/j/tasks?$filter=executionInfo/exitCode%20ne%200")
                .value.size(),
            1u);
  EXPECT_EQ(get<batch::Page<batch::Job>>(
                "/jobs?$filter=executionInfo/poolId%20eq%20'p'%20and%20state%20eq%20'active'")
                .value.size(),
            1u);
  EXPECT_EQ(get<batch::Page<batch::Pool>>("/pools?$filter=startswith(id,'q')").value.size(), 0u);
}

TEST_F(BatchAnswers, files_of_tasks_and_nodes) {
  add_pool();
  add_job();
  add_task("t1");
  add_task("t2");
  EXPECT_EQ(outcome(send("GET", "/jobs/j/tasks/t2/files")), "409 TaskFilesUnavailable");
  const std::string node = host.running().at(0).first.node.text;
  const std::string root = directory / ("p/" + node);
  const std::string wd = root + "/workitems/j/job-1/t1/wd";
  std::filesystem::create_directories(wd);
  std::ofstream(wd + "/a b.txt") << "hello";
  for (const char* path :
       {"/jobs/j/tasks/t1/files/wd%2Fa%20b.txt", "/jobs/j/tasks/t1/files/wd/a%20b.txt",
        "/jobs/j/tasks/t1/files/wd%5Ca%20b.txt"})
    EXPECT_EQ(send("GET", path).body, "hello") << path;
  const std::string file =
      "/pools/p/nodes/" + node + "/files/workitems%2Fj%2Fjob-1%2Ft1%2Fwd%2Fa%20b.txt";
  const Response sliced = send("GET", file, "", {{"ocp-range", "bytes=1-2"}});
  EXPECT_EQ(sliced.status, 200) << "not 206";
  EXPECT_EQ(sliced.body, "el");
  const Response described = send("HEAD", file);
  EXPECT_EQ(described.headers.get("Content-Length"), "5");
  EXPECT_EQ(described.headers.get("ocp-batch-file-url"), std::string(base) + file);
  EXPECT_EQ(described.headers.get("Content-Type"), "text/plain");
  EXPECT_EQ(outcome(send("GET", file, "", {{"ocp-range", "bytes=5-"}})), "416 InvalidRange");
  EXPECT_EQ(outcome(send("GET", "/jobs/j/tasks/t1/files/none")), "404 FileNotFound");
  EXPECT_EQ(outcome(send("GET", "/jobs/j/tasks/t1/files/%2e%2e%2ft2")), "400 InvalidUri");
  const auto listed = get<batch::Page<batch::NodeFile>>("/jobs/j/tasks/t1/files?recursive=true");
  ASSERT_EQ(listed.value.size(), 2u);
  EXPECT_EQ(listed.value[1].name, "wd/a b.txt");
  EXPECT_EQ(outcome(send("GET", "/pools/p/nodes/x/files")), "404 NodeNotFound");
}

TEST_F(BatchAnswers, what_was_answered_is_stored) {
  add_pool();
  add_job();
  add_task("t1");
  end_all(4);
  Core core;
  ASSERT_TRUE(load_core(core, *store));
  ASSERT_NE(core.find_task({"j"}, {"t1"}), nullptr);
  EXPECT_EQ(core.find_task({"j"}, {"t1"})->exit_code, 4);
}

}  // namespace
}  // namespace dms::service
