// A BatchService in one process with its client: engine without threads, agents by hand, requests
// signed as a client signs them.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "service/batch_service.h"
#include "service/core/tick.h"
#include "tests/service/fake_agent_host.h"
#include "tests/support/fake_clock.h"
#include "tests/support/router_transport.h"
#include "tests/support/temp_directory.h"

namespace dms::service {

inline SharedKey test_key() { return {"acct", std::string(64, 'k')}; }

class BatchServiceTest : public ::testing::Test {
 protected:
  static constexpr const char* base = "http://127.0.0.1:1";
  static constexpr const char* version = "2024-07-01.20.0";

  BatchServiceTest() { host.listen(engine); }

  static Core fresh_core(const TempDirectory& directory) {
    Core core;
    core.account = "acct";
    core.base_url = base;
    core.nodes_dir = directory.path().string();
    return core;
  }

  // A request without what every request has: `target` gets its api-version here.
  Request request(const std::string& method, const std::string& target,
                  const std::string& body = "", Headers headers = {}) const {
    const bool versioned = target.find("api-version") != std::string::npos;
    const char joint = target.find('?') == std::string::npos ? '?' : '&';
    Request result{.method = method, .headers = std::move(headers), .body = body};
    result.url = *Url::parse(base + target +
                             (versioned ? "" : joint + std::string("api-version=") + version));
    if (!body.empty())
      result.headers.set("Content-Type", "application/json; odata=minimalmetadata");
    return result;
  }

  Response send(const std::string& method, const std::string& target, const std::string& body = "",
                Headers headers = {}) {
    auto answer = client.send(request(method, target, body, std::move(headers)));
    EXPECT_TRUE(answer);
    return answer ? *std::move(answer) : Response{};
  }

  // The code of an answer's error body, or what is wrong with it.
  static std::string code_of(const Response& response) {
    const auto body = decode<batch::ErrorBody>(response.body);
    return body ? body->code : "no error body: " + response.body;
  }
  // "404 PoolNotFound"
  static std::string outcome(const Response& response) {
    return std::to_string(response.status) + " " + code_of(response);
  }

  template <class T>
  T get(const std::string& target) {
    const Response response = send("GET", target);
    EXPECT_EQ(response.status, 200) << response.body;
    auto value = decode<T>(response.body);
    EXPECT_TRUE(value) << response.body;
    return value ? *std::move(value) : T{};
  }

  void add_pool(const std::string& id = "p", int nodes = 1, int slots = 1) {
    const Response added =
        send("POST", "/pools",
             R"({"id":")" + id + R"(","vmSize":"small","targetDedicatedNodes":)" +
                 std::to_string(nodes) + R"(,"taskSlotsPerNode":)" + std::to_string(slots) + "}");
    ASSERT_EQ(added.status, 201) << added.body;
    host.hello_all();
  }
  void add_job(const std::string& id = "j") {
    ASSERT_EQ(send("POST", "/jobs", R"({"id":")" + id + R"(","poolInfo":{"poolId":"p"}})").status,
              201);
  }
  void add_task(const std::string& id, const std::string& more = "") {
    ASSERT_EQ(
        send("POST", "/jobs/j/tasks", R"({"id":")" + id + R"(","commandLine":"true")" + more + "}")
            .status,
        201);
  }
  void end_all(int exit_code = 0) {
    host.end_all([&](const NodeKey&, const agent::RunSpec&) {
      agent::RunEnd end;
      end.exit_code = exit_code;
      if (exit_code)
        end.failure_info =
            batch::FailureInfo{batch::ErrorCategory::user_error, "FailureExitCode", "", {}};
      return end;
    });
  }
  // Time passes and transitional states end.
  void tick() {
    clock.advance(std::chrono::seconds(1));
    ASSERT_TRUE(engine.change([](Core& core, Effects& out, Timestamp now) -> Status {
      on_tick(core, out, now);
      return ok();
    }));
  }

  TempDirectory directory;
  FakeClock clock;
  std::unique_ptr<Store> store = memory_store();
  FakeAgentHost host;
  Engine engine{fresh_core(directory), *store, host, clock};
  BatchService service{{test_key(), base, directory.path().string()}, engine, clock};
  RouterTransport door{service};
  Signed client{door, test_key(), Protocol::batch, clock};
};

}  // namespace dms::service
