// What each method of AzureBatch puts on the wire, and what it makes of the answer.
#include "tests/batch/client_fixture.h"

namespace dms::batch {
namespace {

using testing::HasSubstr;

using Client = ClientTest;

TEST_F(Client, adds_a_pool_with_json) {
  transport.expect("POST", url("/pools"), answer(201));
  EXPECT_TRUE(batch.create_pool("p1", 3, {.metadata = {{.name = "k", .value = "v"}}}).value());
  EXPECT_EQ(last_request().body,
            R"({"id":"p1","vmSize":"standard_f2s_v2","virtualMachineConfiguration":)"
            R"({"imageReference":{"publisher":"microsoft-dsvm","offer":"ubuntu-hpc",)"
            R"("sku":"2204","version":"latest"},"nodeAgentSKUId":"batch.node.ubuntu 22.04"},)"
            R"("resizeTimeout":"PT15M","targetDedicatedNodes":3,"targetLowPriorityNodes":0,)"
            R"("enableInterNodeCommunication":false,"taskSlotsPerNode":2,)"
            R"("metadata":[{"name":"k","value":"v"}]})");
}

TEST_F(Client, a_pool_whose_nodes_talk_has_one_slot_per_node) {
  transport.expect("POST", url("/pools"), answer(201));
  EXPECT_TRUE(batch
                  .create_pool("p1", 2,
                               {.task_slots_per_node = 8,
                                .low_priority_nodes = 5,
                                .enable_inter_node_communication = true,
                                .start_task = StartTask{.command_line = "true"},
                                .app_packages = {{.application_id = "a", .version = "1"}}})
                  .value());
  const Pool sent = decode<Pool>(last_request().body).value();
  EXPECT_EQ(sent.task_slots_per_node, 1);
  EXPECT_EQ(sent.enable_inter_node_communication, true);
  EXPECT_EQ(sent.target_low_priority_nodes, 5);
  EXPECT_EQ(sent.start_task->command_line, "true");
  EXPECT_EQ(sent.application_package_references[0].application_id, "a");
}

TEST_F(Client, a_pool_that_exists_is_no_error_but_one_being_deleted_is) {
  transport.expect("POST", url("/pools"), refusal(409, "PoolExists"));
  EXPECT_FALSE(batch.create_pool_if_not_exist({.id = "p1"}).value());
  transport.expect("POST", url("/pools"), refusal(409, "PoolBeingDeleted"));
  const auto deleting = batch.create_pool_if_not_exist({.id = "p1"});
  ASSERT_FALSE(deleting);
  EXPECT_EQ(deleting.error().code, Code::conflict);
  EXPECT_EQ(deleting.error().service_code, "PoolBeingDeleted");
  transport.expect("POST", url("/pools"), refusal(409, "PoolQuotaReached"));
  EXPECT_EQ(batch.create_pool_if_not_exist({.id = "p1"}).error().code, Code::exhausted);
}

TEST_F(Client, a_request_with_a_body_names_its_type) {
  transport.expect("POST", url("/jobs"), answer(201));
  ASSERT_TRUE(batch.create_job({.id = "j1", .pool_info = {.pool_id = "p1"}}));
  EXPECT_EQ(last_request().headers.get("Content-Type"), "application/json; odata=minimalmetadata");
  EXPECT_EQ(last_request().body, R"({"id":"j1","poolInfo":{"poolId":"p1"}})");
}

TEST_F(Client, a_request_without_a_body_names_no_type) {
  transport.expect("GET", url("/jobs/j1"), answer(200, R"({"id":"j1","state":"active"})"));
  transport.expect("POST", url("/jobs/j1/tasks/t1/terminate"), answer(204));
  EXPECT_EQ(batch.get_job("j1").value().state, JobState::active);
  ASSERT_TRUE(batch.terminate_task("j1", "t1"));
  for (const auto& request : transport.requests()) {
    EXPECT_FALSE(request.headers.contains("Content-Type"));
    EXPECT_EQ(request.headers.get("Accept"), "application/json");
    EXPECT_EQ(request.body, "");
  }
}

TEST_F(Client, each_request_has_an_id_of_its_own) {
  transport.expect("GET", url("/pools/p1"), answer(200, R"({"id":"p1"})"));
  transport.expect("GET", url("/pools/p1"), answer(200, R"({"id":"p1"})"));
  ASSERT_TRUE(batch.get_pool("p1"));
  ASSERT_TRUE(batch.get_pool("p1"));
  const auto requests = transport.requests();
  const auto first = requests[0].headers.get("client-request-id");
  EXPECT_EQ(first.size(), 36u);
  EXPECT_NE(first, requests[1].headers.get("client-request-id"));
}

TEST_F(Client, adds_are_idempotent_and_a_resize_is_not) {
  transport.expect("POST", url("/jobs/j1/tasks"), answer(201));
  ASSERT_TRUE(batch.add_task("j1", {.id = "t1", .command_line = "true"}));
  EXPECT_EQ(last_request().idempotency, Idempotency::idempotent);
  EXPECT_EQ(last_request().body, R"({"id":"t1","commandLine":"true"})");
  transport.expect("POST", url("/pools/p1/resize"), answer(202));
  ASSERT_TRUE(batch.resize_pool("p1", 5));
  EXPECT_EQ(last_request().idempotency, Idempotency::not_idempotent);
  EXPECT_EQ(last_request().body, R"({"targetDedicatedNodes":5,"resizeTimeout":"PT15M",)"
                                 R"("nodeDeallocationOption":"taskcompletion"})");
}

TEST_F(Client, changes_and_ends_jobs) {
  transport.expect("PATCH", url("/jobs/j1"), answer(200));
  ASSERT_TRUE(batch.mark_job_termination_on_task_completion("j1"));
  EXPECT_EQ(last_request().body, R"({"onAllTasksComplete":"terminatejob"})");
  transport.expect("PATCH", url("/jobs/j1"), answer(200));
  ASSERT_TRUE(batch.patch_job("j1", {.priority = 7}));
  EXPECT_EQ(last_request().body, R"({"priority":7})");
  transport.expect("POST", url("/jobs/j1/terminate"), answer(202));
  ASSERT_TRUE(batch.terminate_job("j1", "enough"));
  EXPECT_EQ(last_request().body, R"({"terminateReason":"enough"})");
  transport.expect("POST", url("/jobs/j1/terminate"), answer(202));
  ASSERT_TRUE(batch.terminate_job("j1"));
  EXPECT_EQ(last_request().body, "");
  transport.expect("DELETE", url("/jobs/j1"), answer(202));
  ASSERT_TRUE(batch.delete_job("j1"));
}

TEST_F(Client, reads_and_deletes_tasks) {
  transport.expect("GET", url("/jobs/j1/tasks/t1"),
                   answer(200, R"({"id":"t1","state":"running"})"));
  EXPECT_EQ(batch.get_task("j1", "t1").value().state, TaskState::running);
  transport.expect("DELETE", url("/jobs/j1/tasks/t1"), answer(200));
  EXPECT_TRUE(batch.delete_task("j1", "t1"));
  transport.expect("GET", url("/jobs/j1/taskcounts"),
                   answer(200, R"({"taskCounts":{"active":1,"failed":2},"taskSlotCounts":{}})"));
  const auto counts = batch.get_task_counts("j1").value().task_counts;
  EXPECT_EQ(counts, (TaskCounts{.active = 1, .failed = 2}));
}

TEST_F(Client, a_pool_exists_or_it_does_not) {
  transport.expect("HEAD", url("/pools/p1"), answer(200));
  EXPECT_TRUE(batch.exists_pool("p1").value());
  transport.expect("HEAD", url("/pools/p1"), answer(404));
  EXPECT_FALSE(batch.exists_pool("p1").value());
  transport.expect("HEAD", url("/pools/p1"), answer(403));
  EXPECT_EQ(batch.exists_pool("p1").error().code, Code::permission);
}

TEST_F(Client, deletes_a_pool) {
  transport.expect("DELETE", url("/pools/p1"), answer(202));
  EXPECT_TRUE(batch.delete_pool("p1"));
}

TEST_F(Client, a_refusal_tells_operation_path_code_and_request) {
  transport.expect("GET", url("/jobs/missing"),
                   refusal(404, "JobNotFound", "The specified job does not exist."));
  const auto job = batch.get_job("missing");
  ASSERT_FALSE(job);
  EXPECT_EQ(job.error().code, Code::not_found);
  EXPECT_EQ(job.error().http_status, 404);
  EXPECT_EQ(job.error().service_code, "JobNotFound");
  EXPECT_EQ(job.error().request_id, "r-1");
  EXPECT_EQ(job.error().message,
            "GetJob /jobs/missing: JobNotFound: The specified job does not exist");
}

TEST_F(Client, a_failure_of_the_transport_keeps_its_code) {
  transport.expect("GET", url("/jobs/j1"), fail(Code::unavailable, "connection refused"));
  const auto job = batch.get_job("j1");
  ASSERT_FALSE(job);
  EXPECT_EQ(job.error().code, Code::unavailable);
  EXPECT_EQ(job.error().message, "GetJob /jobs/j1: connection refused");
}

TEST_F(Client, another_success_status_than_the_operations_is_a_fault_of_the_service) {
  transport.expect("POST", url("/jobs"), answer(200));
  const auto job = batch.create_job({.id = "j1"});
  ASSERT_FALSE(job);
  EXPECT_EQ(job.error().code, Code::internal);
  EXPECT_THAT(job.error().message, HasSubstr("status 200 where 201"));
}

TEST_F(Client, an_answer_that_cannot_be_read_is_a_fault_of_the_service) {
  transport.expect("GET", url("/jobs/j1"), answer(200, R"({"id":"j1","priority":"high"})"));
  const auto job = batch.get_job("j1");
  ASSERT_FALSE(job);
  EXPECT_EQ(job.error().code, Code::internal);
  EXPECT_EQ(job.error().http_status, 200);
  EXPECT_THAT(job.error().message, HasSubstr("priority"));
}

TEST_F(Client, ids_are_encoded_and_those_that_would_change_the_path_are_refused) {
  transport.expect("GET", url("/jobs/s%3Ajob-1/tasks/a%2Fb"), answer(200, R"({"id":"x"})"));
  EXPECT_TRUE(batch.get_task("s:job-1", "a/b"));
  for (const char* id : {"", ".", ".."}) {
    EXPECT_EQ(batch.delete_task("j1", id).error().code, Code::invalid_argument);
    EXPECT_EQ(batch.delete_job(id).error().code, Code::invalid_argument);
  }
  EXPECT_THAT(batch.delete_task("j1", "").error().message, HasSubstr("taskId"));
}

TEST(ClientEndpoint, a_path_of_the_endpoint_stays_in_front) {
  ScriptedTransport transport;
  FakeClock clock;
  AzureBatch batch(*Url::parse("http://127.0.0.1:8080/local/"), transport, clock);
  transport.expect("DELETE", "http://127.0.0.1:8080/local/jobs/j1", {.status = 202});
  EXPECT_TRUE(batch.delete_job("j1"));
}

TEST_F(Client, a_list_is_narrowed_by_an_encoded_query) {
  transport.expect("GET",
                   url("/jobs/j1/tasks",
                       "$filter=state%20eq%20%27completed%27%20and%20executionInfo%2FexitCode%20"
                       "ne%200&$select=id%2Cstate&maxresults=100"),
                   answer(200, R"({"value":[]})"));
  EXPECT_TRUE(batch.list_tasks("j1",
                               {.filter = "state eq 'completed' and executionInfo/exitCode ne 0",
                                .select = {"id", "state"},
                                .max_results = 100},
                               [](const Task&) { return ok(); }));
}

TEST_F(Client, a_list_follows_the_links_of_the_service_as_they_stand) {
  const std::string second = "https://other.example:81/pools?api-version=1&$skiptoken=WATV2:p1:1$1";
  transport.expect("GET", url("/pools"),
                   answer(200, R"({"value":[{"id":"p1"}],"odata.nextLink":")" + second + R"("})"));
  transport.expect("GET", second,
                   answer(200, R"({"value":[],"odata.nextLink":"https://b.example/x?f=a b"})"));
  transport.expect("GET", "https://b.example/x?f=a%20b", answer(200, R"({"value":[{"id":"p2"}]})"));
  std::vector<std::string> ids;
  ASSERT_TRUE(batch.list_pools({}, [&](const Pool& pool) {
    ids.push_back(pool.id);
    return ok();
  }));
  EXPECT_EQ(ids, (std::vector<std::string>{"p1", "p2"}));
  EXPECT_EQ(last_request().headers.get("Accept"), "application/json");
}

TEST_F(Client, a_list_ends_when_the_caller_has_enough) {
  transport.expect("GET", url("/jobs"),
                   answer(200, R"({"value":[{"id":"a"},{"id":"b"}],"odata.nextLink":"x"})"));
  int seen = 0;
  const Status listed = batch.list_jobs({}, [&](const Job&) {
    ++seen;
    return fail(Code::cancelled, "enough");
  });
  EXPECT_EQ(listed.error().message, "enough");
  EXPECT_EQ(seen, 1);
}

TEST_F(Client, a_page_that_leads_nowhere_does_not_loop) {
  transport.expect("GET", url("/jobs"), answer(200, R"({"value":[],"odata.nextLink":"/jobs"})"));
  EXPECT_EQ(batch.list_jobs({}, [](const Job&) { return ok(); }).error().code, Code::internal);
  transport.expect("GET", url("/jobs"),
                   answer(200, R"({"value":[],"odata.nextLink":")" + url("/jobs") + R"("})"));
  EXPECT_EQ(batch.list_jobs({}, [](const Job&) { return ok(); }).error().code, Code::internal);
}

TEST_F(Client, lists_nodes_and_files) {
  transport.expect("GET", url("/pools/p1/nodes", "$select=id"),
                   answer(200, R"({"value":[{"id":"n1"}]})"));
  std::vector<std::string> names;
  ASSERT_TRUE(batch.list_nodes("p1", {.select = {"id"}}, [&](const Node& node) {
    names.push_back(node.id);
    return ok();
  }));
  transport.expect("GET", url("/jobs/j1/tasks/t1/files", "recursive=true"),
                   answer(200, R"({"value":[{"name":"wd/a","isDirectory":false}]})"));
  ASSERT_TRUE(batch.list_task_files("j1", "t1", true, [&](const NodeFile& file) {
    names.push_back(file.name);
    return ok();
  }));
  transport.expect("GET", url("/jobs/j1/tasks/t1/files", "recursive=false"),
                   answer(200, R"({"value":[]})"));
  ASSERT_TRUE(batch.list_task_files("j1", "t1", false, [](const NodeFile&) { return ok(); }));
  EXPECT_EQ(names, (std::vector<std::string>{"n1", "wd/a"}));
}

TEST_F(Client, reads_a_file_whose_path_is_one_segment) {
  transport.expect("GET", url("/jobs/j1/tasks/t1/files/wd%2Fout%20dir%2Fa%2Bb.txt"),
                   answer(200, "no JSON\n"));
  EXPECT_EQ(batch.read_task_file_as_string("j1", "t1", "wd/out dir/a+b.txt").value(), "no JSON\n");
  EXPECT_FALSE(last_request().headers.contains("ocp-range"));
  EXPECT_EQ(last_request().headers.get("Accept"), "*/*");
  transport.expect("GET", url("/pools/p1/nodes/n1/files/startup%2Fstdout.txt"), answer(200, "x"));
  EXPECT_EQ(batch.read_compute_node_file_as_string("p1", "n1", "startup/stdout.txt").value(), "x");
}

TEST_F(Client, reads_slices_of_a_file) {
  const auto range_of = [&](const FileSlice& slice) {
    transport.expect("GET", url("/jobs/j/tasks/t/files/f"), answer(200, "abc"));
    EXPECT_EQ(batch.read_task_file_as_string("j", "t", "f", slice).value(), "abc");
    return std::string(last_request().headers.get("ocp-range"));
  };
  EXPECT_EQ(range_of({.offset = 10, .length = 4}), "bytes=10-13");
  EXPECT_EQ(range_of({.length = 1}), "bytes=0-0");
  EXPECT_EQ(range_of({.offset = 7}), "bytes=7-9223372036854775807");
  EXPECT_EQ(range_of({.offset = 7, .length = ~std::uint64_t{0}}), "bytes=7-9223372036854775807");
}

TEST_F(Client, a_slice_may_be_answered_as_partial_content_and_a_whole_file_may_not) {
  transport.expect("GET", url("/jobs/j/tasks/t/files/f"), answer(206, "b"));
  EXPECT_EQ(batch.read_task_file_as_string("j", "t", "f", {.offset = 1, .length = 1}).value(), "b");
  transport.expect("GET", url("/jobs/j/tasks/t/files/f"), answer(206, "b"));
  EXPECT_EQ(batch.read_task_file_as_string("j", "t", "f").error().code, Code::internal);
}

TEST_F(Client, a_slice_past_the_end_is_empty) {
  transport.expect("GET", url("/jobs/j/tasks/t/files/f"), refusal(416, "InvalidRange"));
  EXPECT_EQ(batch.read_task_file_as_string("j", "t", "f", {.offset = 9}).value(), "");
  EXPECT_EQ(batch.read_task_file_as_string("j", "t", "f", {.length = 0}).value(), "");
  transport.expect("GET", url("/jobs/j/tasks/t/files/f"), refusal(404, "FileNotFound"));
  EXPECT_EQ(batch.read_task_file_as_string("j", "t", "f", {.offset = 9}).error().service_code,
            "FileNotFound");
}

TEST_F(Client, a_files_size_and_time_come_from_headers) {
  Response head{.status = 200,
                .headers = {{"Content-Length", "5000000000"},
                            {"Last-Modified", "Tue, 14 Mar 2023 20:33:31 GMT"},
                            {"ocp-batch-file-isdirectory", "True"}}};
  transport.expect("HEAD", url("/jobs/j/tasks/t/files/wd"), head);
  const FileInfo info = batch.get_task_file_info("j", "t", "wd").value();
  EXPECT_EQ(info.size, 5'000'000'000u);
  EXPECT_EQ(info.last_modified.iso8601(), "2023-03-14T20:33:31Z");
  EXPECT_TRUE(info.is_directory);
  head.headers.erase("Content-Length");
  transport.expect("HEAD", url("/jobs/j/tasks/t/files/wd"), head);
  EXPECT_EQ(batch.get_task_file_info("j", "t", "wd").error().code, Code::internal);
  transport.expect("HEAD", url("/jobs/j/tasks/t/files/wd"), answer(404));
  EXPECT_EQ(batch.get_task_file_info("j", "t", "wd").error().code, Code::not_found);
}

Config good_config() {
  Config config;
  config.batch_account_name = "acct";
  config.batch_account_key = "BwcHBwcHBwc=";
  config.batch_account_url = "http://127.0.0.1:1";
  return config;
}

TEST(BatchClient, is_made_from_a_configuration) {
  FakeClock clock;
  const auto client = BatchClient::create(good_config(), clock);
  ASSERT_TRUE(client) << client.error().message;
  EXPECT_EQ((*client)->operator->(), &***client);
}

TEST(BatchClient, names_the_key_that_is_missing_or_wrong) {
  FakeClock clock;
  const auto message_with = [&](auto change) {
    Config config = good_config();
    change(config);
    const auto client = BatchClient::create(config, clock);
    EXPECT_FALSE(client);
    if (client) return std::string();
    EXPECT_EQ(client.error().code, Code::invalid_argument);
    return client.error().message;
  };
  EXPECT_THAT(message_with([](Config& c) { c.batch_account_name.clear(); }),
              HasSubstr("_BATCH_ACCOUNT_NAME"));
  EXPECT_THAT(message_with([](Config& c) { c.batch_account_key.clear(); }),
              HasSubstr("_BATCH_ACCOUNT_KEY"));
  EXPECT_THAT(message_with([](Config& c) { c.batch_account_url.clear(); }),
              HasSubstr("_BATCH_ACCOUNT_URL"));
  EXPECT_THAT(message_with([](Config& c) { c.batch_account_url = "ftp://x"; }),
              HasSubstr("_BATCH_ACCOUNT_URL"));
  const std::string bad_key = message_with([](Config& c) { c.batch_account_key = "geheim!"; });
  EXPECT_THAT(bad_key, HasSubstr("_BATCH_ACCOUNT_KEY"));
  EXPECT_THAT(bad_key, testing::Not(HasSubstr("geheim")));
}

}  // namespace
}  // namespace dms::batch
