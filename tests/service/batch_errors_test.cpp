// What the Batch service refuses and how it says so. Fixture: tests/service/batch_fixture.h.
#include "tests/service/batch_fixture.h"

namespace dms::service {
namespace {

class BatchErrors : public BatchServiceTest {};

TEST_F(BatchErrors, have_a_body_with_code_message_request_id_and_time) {
  const Response response = send("GET", "/pools/none");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.headers.get("Content-Type"), "application/json; odata=minimalmetadata");
  EXPECT_EQ(response.body.find("{\"odata.metadata\":\"" + std::string(base) +
                               "/$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container."
                               "errors/@Element\",\"code\":\"PoolNotFound\""),
            0u)
      << response.body;
  const auto body = decode<batch::ErrorBody>(response.body);
  ASSERT_TRUE(body && body->message);
  EXPECT_EQ(body->message->lang, "en-US");
  EXPECT_EQ(body->message->value, "The specified pool does not exist.\nRequestId:" +
                                      std::string(response.headers.get("request-id")) +
                                      "\nTime:" + clock.now().iso8601());
  EXPECT_EQ(response.headers.get("DataServiceVersion"), "3.0");
}

TEST_F(BatchErrors, for_api_versions) {
  EXPECT_EQ(outcome(send("GET", "/pools?api-version=")), "400 MissingRequiredQueryParameter");
  for (const char* bad : {"latest", "2024-07-01.", "2024-7-1", "2024-07-01x", "2024-07-01.20.x"})
    EXPECT_EQ(outcome(send("GET", "/pools?api-version=" + std::string(bad))),
              "400 InvalidQueryParameterValue")
        << bad;
  for (const char* good : {"2017-09-01.6.0", "2024-07-01.20.0", "2025-06-01"})
    EXPECT_EQ(send("GET", "/pools?api-version=" + std::string(good)).status, 200) << good;
  Request bare = request("GET", "/pools");
  bare.url.query.clear();
  const auto answer = client.send(bare);
  ASSERT_TRUE(answer);
  EXPECT_EQ(outcome(*answer), "400 MissingRequiredQueryParameter");
}

TEST_F(BatchErrors, for_signatures) {
  const auto unsigned_answer = door.send(request("GET", "/pools"));
  ASSERT_TRUE(unsigned_answer);
  EXPECT_EQ(outcome(*unsigned_answer), "403 AuthenticationFailed");

  Signed wrong_key(door, {"acct", std::string(64, 'x')}, Protocol::batch, clock);
  EXPECT_EQ(outcome(*wrong_key.send(request("GET", "/pools"))), "403 AuthenticationFailed");
  Signed wrong_account(door, {"other", test_key().key}, Protocol::batch, clock);
  EXPECT_EQ(outcome(*wrong_account.send(request("GET", "/pools"))), "403 AuthenticationFailed");
  FakeClock late(Timestamp{clock.now().at - std::chrono::minutes(16)});
  Signed stale(door, test_key(), Protocol::batch, late);
  EXPECT_EQ(outcome(*stale.send(request("GET", "/pools"))), "403 AuthenticationFailed");
  EXPECT_EQ(outcome(*door.send(request("GET", "/pools", "", {{"Authorization", "Bearer x"}}))),
            "400 InvalidAuthenticationInfo");
}

TEST_F(BatchErrors, before_anything_is_changed_by_who_may_not) {
  const auto answer = door.send(request("POST", "/pools", R"({"id":"p","vmSize":"s"})"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 403);
  EXPECT_EQ(send("GET", "/pools/p").status, 404);
}

TEST_F(BatchErrors, for_bodies) {
  add_job();
  const std::tuple<const char*, const char*, const char*, const char*> table[] = {
      {"POST", "/pools", "{\"id\":", "400 InvalidRequestBody"},
      {"POST", "/pools", "[1]", "400 InvalidRequestBody"},
      {"POST", "/pools", R"({"id":"p"})", "400 MissingRequiredProperty"},
      {"POST", "/pools", "", "400 MissingRequiredProperty"},
      {"POST", "/pools", R"({"id":"p","vmSize":7})", "400 InvalidPropertyValue"},
      {"POST", "/pools", R"({"id":"p q","vmSize":"s"})", "400 InvalidPropertyValue"},
      {"POST", "/pools", R"({"id":"p","vmSize":"s","resizeTimeout":"soon"})",
       "400 InvalidPropertyValue"},
      {"POST", "/pools", R"({"id":"p","vmSize":"s","enableAutoScale":true})",
       "400 InvalidAutoScalingSettings"},
      {"POST", "/jobs", R"({"id":"k"})", "400 MissingRequiredProperty"},
      {"POST", "/jobs", R"({"id":"k","poolInfo":{"poolId":"p"},"priority":5000})",
       "400 OutOfRangePriority"},
      {"POST", "/jobs/j/tasks", R"({"id":"t"})", "400 MissingRequiredProperty"},
      {"POST", "/jobs/j/tasks", R"({"id":"t","commandLine":"x","outputFiles":[{}]})",
       "400 MissingRequiredProperty"},
      {"POST", "/jobs/j/tasks", R"({"id":"t","commandLine":"x","dependsOn":{"taskIds":["a"]}})",
       "400 TaskDependenciesNotSpecifiedOnJob"},
      {"POST", "/jobs/j/addtaskcollection", "{}", "400 MissingRequiredProperty"},
      {"POST", "/jobs/j/addtaskcollection", R"({"value":[{"id":"t"}]})",
       "400 MissingRequiredProperty"},
      {"PATCH", "/jobs/j", R"({"onAllTasksComplete":"explode"})", "400 InvalidPropertyValue"},
  };
  for (const auto& [method, target, body, expected] : table)
    EXPECT_EQ(outcome(send(method, target, body)), expected) << target << " " << body;
  EXPECT_EQ(send("GET", "/jobs/j/taskcounts").body.find("\"active\":0") == std::string::npos,
            false);
}

TEST_F(BatchErrors, name_the_property) {
  const Response response =
      send("POST", "/pools", R"({"id":"p","vmSize":"s","startTask":{"waitForSuccess":true}})");
  EXPECT_EQ(outcome(response), "400 MissingRequiredProperty");
  EXPECT_NE(response.body.find("startTask.commandLine"), std::string::npos) << response.body;
}

TEST_F(BatchErrors, for_collections_of_more_than_100_tasks) {
  add_job();
  const auto collection = [](int size) {
    std::string body = R"({"value":[)";
    for (int i = 0; i < size; ++i)
      body.append(i ? "," : "")
          .append(R"({"id":"t)" + std::to_string(i) + R"(","commandLine":"x"})");
    return body + "]}";
  };
  EXPECT_EQ(send("POST", "/jobs/j/addtaskcollection", collection(101)).status, 400);
  EXPECT_EQ(send("GET", "/jobs/j/tasks").body.find("t0"), std::string::npos);
  EXPECT_EQ(send("POST", "/jobs/j/addtaskcollection", collection(100)).status, 200);
}

TEST_F(BatchErrors, for_bodies_over_a_megabyte) {
  add_job();
  const std::string body = R"({"id":"t","commandLine":")" + std::string((1 << 20) + 1, 'x') + "\"}";
  EXPECT_EQ(outcome(send("POST", "/jobs/j/tasks", body)), "413 RequestBodyTooLarge");
}

TEST_F(BatchErrors, for_paths_and_verbs) {
  EXPECT_EQ(outcome(send("GET", "/")), "404 ResourceNotFound");
  EXPECT_EQ(outcome(send("GET", "/poolz")), "404 ResourceNotFound");
  EXPECT_EQ(outcome(send("GET", "/jobs/j/tasks/t/files/x/extra/deep")), "404 JobNotFound");
  EXPECT_EQ(outcome(send("DELETE", "/pools")), "405 UnsupportedHttpVerb");
  EXPECT_EQ(outcome(send("PUT", "/jobs/j/terminate")), "405 UnsupportedHttpVerb");
  EXPECT_EQ(outcome(send("GET", "/jobs/none/tasks")), "404 JobNotFound");
  EXPECT_EQ(outcome(send("POST", "/jobs/none/tasks", R"({"id":"t","commandLine":"x"})")),
            "404 JobNotFound");
}

TEST_F(BatchErrors, for_queries) {
  EXPECT_EQ(outcome(send("GET", "/pools?maxresults=-5")), "400 InvalidQueryParameterValue");
  EXPECT_EQ(outcome(send("GET", "/pools?maxresults=5000")), "400 OutOfRangeQueryParameterValue");
  EXPECT_EQ(outcome(send("GET", "/pools?$filter=colour%20eq%20'red'")),
            "400 InvalidQueryParameterValue");
}

TEST_F(BatchErrors, of_conditions_are_304_for_reads_and_412_for_writes) {
  add_pool();
  const std::string etag = clock.now().etag();
  const std::string date = clock.now().rfc1123();
  const std::string past = "Thu, 01 Jan 2015 00:00:00 GMT";
  const auto get_status = [&](const char* name, const std::string& value) {
    return send("GET", "/pools/p", "", {{name, value}}).status;
  };
  EXPECT_EQ(get_status("If-Match", etag), 200);
  EXPECT_EQ(get_status("If-Match", "\"" + etag + "\""), 200);
  EXPECT_EQ(get_status("If-Match", "*"), 200);
  EXPECT_EQ(get_status("If-Match", "0x8D"), 304);
  EXPECT_EQ(get_status("If-None-Match", etag), 304);
  EXPECT_EQ(get_status("If-None-Match", "0x8D"), 200);
  EXPECT_EQ(get_status("If-Modified-Since", date), 304);
  EXPECT_EQ(get_status("If-Modified-Since", past), 200);
  EXPECT_EQ(get_status("If-Unmodified-Since", past), 304);
  EXPECT_EQ(get_status("If-Unmodified-Since", date), 200);
  EXPECT_EQ(get_status("If-Modified-Since", "yesterday"), 400);
  EXPECT_EQ(send("GET", "/pools/p", "", {{"If-None-Match", etag}}).body, "");
  EXPECT_EQ(send("HEAD", "/pools/p", "", {{"If-None-Match", etag}}).status, 304);

  add_job();
  EXPECT_EQ(outcome(send("DELETE", "/jobs/j", "", {{"If-Match", "0x8D"}})), "412 ConditionNotMet");
  EXPECT_EQ(outcome(send("PATCH", "/jobs/j", R"({"priority":1})", {{"If-None-Match", etag}})),
            "412 ConditionNotMet");
  EXPECT_EQ(outcome(send("DELETE", "/pools/p", "", {{"If-Unmodified-Since", past}})),
            "412 ConditionNotMet");
  add_task("t1");
  EXPECT_EQ(outcome(send("DELETE", "/jobs/j/tasks/t1", "", {{"If-Match", "0x8D"}})),
            "412 ConditionNotMet");
  EXPECT_EQ(send("DELETE", "/jobs/j/tasks/t1", "", {{"If-Match", etag}}).status, 200);
}

TEST_F(BatchErrors, of_a_store_that_fails_are_500) {
  class Failing final : public Store {
   public:
    Ticket enqueue(std::vector<Change>) override { return 1; }
    Status wait(Ticket ticket) override {
      return ticket ? Status(fail(Code::exhausted, "the disk is full")) : ok();
    }
    Ticket durable() override { return 0; }
    Status load(std::string_view,
                const std::function<void(std::string_view, std::string_view)>&) override {
      return ok();
    }
  } failing;
  Engine other(fresh_core(directory), failing, host, clock);
  BatchService broken({test_key(), base, directory.path().string()}, other, clock);
  RouterTransport broken_door(broken);
  Signed to_broken(broken_door, test_key(), Protocol::batch, clock);
  const auto answer = to_broken.send(request("POST", "/pools", R"({"id":"p","vmSize":"s"})"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(outcome(*answer), "500 InternalError");
  EXPECT_EQ(to_broken.send(request("GET", "/pools"))->status, 500) << "it would be shown";
}

}  // namespace
}  // namespace dms::service
