// HttpFront with a client it was not written beside: libcurl, through this program's own transport.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "core/curl_transport.h"
#include "tests/service/front_client.h"
#include "tests/support/temp_directory.h"

namespace dms::service {
namespace {

class FrontCurlTest : public FrontTest {
 protected:
  Request request(std::string method, std::string path, std::string body = {}) {
    const std::string url = fmt::format("http://127.0.0.1:{}{}", front_->port(), path);
    return {.method = std::move(method), .url = Url::parse(url).value(), .body = std::move(body)};
  }

  CurlTransport transport_;
};

TEST_F(FrontCurlTest, requests_from_many_threads_are_answered) {
  serve();
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 50; ++i) {
          const auto answer = transport_.send(request("PUT", fmt::format("/{}/{}", t, i), "body"));
          right += answer && answer->body == fmt::format("PUT /{}/{} body", t, i);
        }
      });
    }
  }
  EXPECT_EQ(right, 400);
}

TEST_F(FrontCurlTest, a_body_that_is_too_large_brings_its_answer) {
  serve();
  for (int i = 0; i < 5; ++i) {
    const auto answer = transport_.send(request("PUT", "/", std::string(12 << 20, 'x')));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 413);
    EXPECT_EQ(answer->body, "much");
  }
}

TEST_F(FrontCurlTest, a_large_body_and_a_large_file_pass_whole) {
  const TempDirectory directory;
  const std::string text(5 << 20, 'f');
  ASSERT_TRUE(write_file_atomic(directory / "f", text));
  handler_.on_plan = [](const Request&) {
    BodyPlan plan;
    plan.memory_limit = 16 << 20;
    return plan;
  };
  handler_.on_handle = [&](const Request& got, std::unique_ptr<Upload>) -> Answer {
    return {.body = fmt::format("{} ", got.body.size()),
            .files = {{directory / "f", 0, text.size()}}};
  };
  serve();
  const auto answer = transport_.send(request("POST", "/", std::string(10 << 20, 'x')));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(answer->body == "10485760 " + text);
}

TEST_F(FrontCurlTest, head_and_no_content_leave_the_connection_in_step) {
  handler_.on_handle = [](const Request& got, std::unique_ptr<Upload>) -> Answer {
    if (got.method == "DELETE") return {.status = 204};
    return {.body = "x", .head_length = 77};
  };
  serve();
  for (int i = 0; i < 3; ++i) {
    const auto head = transport_.send(request("HEAD", "/"));
    ASSERT_TRUE(head) << head.error().message;
    EXPECT_EQ(head->headers.get("content-length"), "77");
    EXPECT_EQ(transport_.send(request("DELETE", "/")).value().status, 204);
    EXPECT_EQ(transport_.send(request("GET", "/")).value().body, "x");
  }
}

}  // namespace
}  // namespace dms::service
