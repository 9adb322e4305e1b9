// HttpFront: connections, heads and answers.
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <latch>
#include <list>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "tests/service/front_client.h"
#include "tests/support/temp_directory.h"

namespace dms::service {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST_F(FrontTest, answers_many_requests_on_one_connection) {
  RawClient client(serve());
  for (int i = 0; i < 500; ++i) {
    const auto got = client.get(fmt::format("/pools?i={}", i));
    ASSERT_EQ(got.status, 200);
    ASSERT_EQ(got.body, fmt::format("GET /pools?i={} ", i));
  }
  EXPECT_EQ(front_->requests(), 500u);
}

TEST_F(FrontTest, serves_a_connection_that_is_handed_over) {
  serve();
  int fds[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
  RawClient client{UniqueFd(fds[0])};
  front_->serve(UniqueFd(fds[1]));
  EXPECT_EQ(client.get("/a").body, "GET /a ");
  client.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(client.receive().status, 400);
  EXPECT_TRUE(client.ends());
}

TEST_F(FrontTest, idle_connections_do_not_hold_up_an_active_one) {
  serve({.handler_threads = 2});
  std::list<RawClient> idle;
  for (int i = 0; i < 100; ++i) {
    RawClient& client = idle.emplace_back(front_->port());
    ASSERT_EQ(client.get("/").status, 200);
  }
  RawClient active(front_->port());
  EXPECT_EQ(active.get("/a").status, 200);
  for (RawClient& client : idle) EXPECT_EQ(client.get("/again").status, 200);
}

TEST_F(FrontTest, a_client_that_sends_or_reads_slowly_does_not_hold_up_others) {
  const std::string large(64 << 20, 'x');
  handler_.on_handle = [&](const Request& request, std::unique_ptr<Upload>) -> Answer {
    return {.body = request.url.path == "/large" ? large : ""};
  };
  serve({.handler_threads = 1});
  RawClient half(front_->port());
  half.send("GET / HTTP/1.1\r\nHos");
  RawClient unread(front_->port());
  unread.send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
  RawClient active(front_->port());
  EXPECT_EQ(active.get("/").status, 200);
  half.send("t: h\r\n\r\n");
  EXPECT_EQ(half.receive().status, 200);
  EXPECT_EQ(unread.receive().body.size(), large.size());
}

TEST_F(FrontTest, handlers_run_at_the_same_time) {
  std::latch both(2);
  handler_.on_handle = [&](const Request&, std::unique_ptr<Upload>) -> Answer {
    both.arrive_and_wait();
    return {};
  };
  serve();
  RawClient first(front_->port());
  RawClient second(front_->port());
  first.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  second.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(first.receive().status, 200);
  EXPECT_EQ(second.receive().status, 200);
}

TEST_F(FrontTest, pipelined_requests_are_answered_in_order) {
  RawClient client(serve());
  std::string requests;
  for (int i = 0; i < 50; ++i) {
    requests += fmt::format("PUT /{} HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n{:03}", i, i);
  }
  client.send(requests);
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(client.receive().body, fmt::format("PUT /{} {:03}", i, i));
  }
}

TEST_F(FrontTest, the_handler_sees_the_head_as_it_was_sent) {
  Request seen;
  handler_.on_handle = [&](const Request& request, std::unique_ptr<Upload>) -> Answer {
    seen = request;
    return {};
  };
  RawClient client(serve());
  client.send(
      "MERGE /a%20b/%c3%A9/./x?c=%2F&&d+e%zz HTTP/1.1\r\nHost: batch.local:8443\r\n"
      "x-MS-Meta-Case:  value with  spaces \r\nX-Ms-Two: 1\r\nx-ms-two: 2\r\n\r\n");
  ASSERT_EQ(client.receive().status, 200);
  EXPECT_EQ(seen.method, "MERGE");
  EXPECT_EQ(seen.url.path, "/a%20b/%c3%A9/./x");
  EXPECT_EQ(seen.url.query, "c=%2F&&d+e%zz");
  EXPECT_EQ(seen.url.scheme, "http");
  EXPECT_EQ(seen.url.host, "batch.local");
  EXPECT_EQ(seen.url.port, 8443);
  const std::vector<Headers::Entry> headers(seen.headers.begin(), seen.headers.end());
  EXPECT_THAT(headers, testing::UnorderedElementsAre(
                           testing::Pair("Host", "batch.local:8443"),
                           testing::Pair("x-MS-Meta-Case", "value with  spaces"),
                           testing::Pair("X-Ms-Two", "1"), testing::Pair("x-ms-two", "2")));
}

TEST_F(FrontTest, answers_carry_the_handlers_headers_and_the_fronts_framing) {
  handler_.on_handle = [](const Request&, std::unique_ptr<Upload>) -> Answer {
    return {.status = 409,
            .headers = {{":reason", "The pool exists"},
                        {"ETag", "0x1"},
                        {"Content-Length", "999"},
                        {"Transfer-Encoding", "chunked"},
                        {"x-ms-bad", "a\r\nInjected: 1"}},
            .body = "{}"};
  };
  RawClient client(serve());
  const auto got = client.get("/");
  EXPECT_EQ(got.status, 409);
  EXPECT_EQ(got.reason, "The pool exists");
  EXPECT_EQ(got.headers.get("ETag"), "0x1");
  EXPECT_EQ(got.headers.get("Content-Length"), "2");
  EXPECT_EQ(got.headers.get("x-ms-bad"), "a  Injected: 1");
  for (const char* absent :
       {":reason", "Transfer-Encoding", "Injected", "Server", "Date", "Connection"}) {
    EXPECT_FALSE(got.headers.contains(absent)) << absent;
  }
  EXPECT_EQ(got.body, "{}");
}

TEST_F(FrontTest, a_standard_reason_stands_where_the_handler_gives_none) {
  RawClient client(serve());
  EXPECT_EQ(client.get("/").reason, "OK");
}

TEST_F(FrontTest, head_names_the_length_without_a_body) {
  handler_.on_handle = [](const Request&, std::unique_ptr<Upload>) -> Answer {
    return {.body = "not sent", .files = {{"/nonexistent", 0, 9}}, .head_length = 123456789012};
  };
  RawClient client(serve());
  client.send("HEAD /blob HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto got = client.receive("HEAD");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.headers.get("Content-Length"), "123456789012");
  client.send("HEAD /blob HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.receive("HEAD").status, 200);
  EXPECT_TRUE(client.ends());
}

TEST_F(FrontTest, no_content_and_not_modified_have_neither_body_nor_length) {
  handler_.on_handle = [](const Request& request, std::unique_ptr<Upload>) -> Answer {
    return {.status = request.url.path == "/204" ? 204 : 304, .body = "not sent"};
  };
  RawClient client(serve());
  for (const char* path : {"/204", "/304", "/204"}) {
    const auto got = client.get(path);
    EXPECT_EQ(got.status, std::stoi(path + 1));
    EXPECT_FALSE(got.headers.contains("Content-Length"));
  }
}

TEST_F(FrontTest, http_1_0_closes_unless_asked_to_keep) {
  RawClient client(serve());
  client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  auto got = client.receive();
  EXPECT_EQ(got.body, "GET /a ");
  EXPECT_EQ(got.headers.get("Connection"), "keep-alive");
  client.send("GET /b HTTP/1.0\r\n\r\n");
  got = client.receive();
  EXPECT_EQ(got.body, "GET /b ");
  EXPECT_EQ(got.headers.get("Connection"), "close");
  EXPECT_TRUE(client.ends());
}

TEST_F(FrontTest, connection_close_is_obeyed) {
  RawClient client(serve());
  client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.receive().headers.get("Connection"), "close");
  EXPECT_TRUE(client.ends());
}

struct BadHead {
  const char* name;
  std::string text;
  int status;
};

class BadHeadTest : public FrontTest, public testing::WithParamInterface<BadHead> {};

TEST_P(BadHeadTest, is_refused_by_the_front_itself) {
  handler_.on_plan = [](const Request& head) -> BodyPlan {
    ADD_FAILURE() << "reached the handler: " << head.method << " " << head.url.target();
    return {};
  };
  RawClient client(serve());
  client.send(GetParam().text);
  const auto got = client.receive();
  EXPECT_EQ(got.status, GetParam().status) << got.body;
  EXPECT_EQ(got.headers.get("Server"), "Microsoft-HTTPAPI/2.0");
  EXPECT_THAT(got.headers.get("Date"), HasSubstr(" GMT"));
  EXPECT_FALSE(got.body.empty());
  EXPECT_TRUE(client.ends());
}

INSTANTIATE_TEST_SUITE_P(
    Heads, BadHeadTest,
    testing::Values(
        BadHead{"no_http", "hello\r\n\r\n", 400},
        BadHead{"no_version", "GET /\r\nHost: h\r\n\r\n", 400},
        BadHead{"space_in_target", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        BadHead{"relative_target", "GET a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        BadHead{"authority_target", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        BadHead{"space_before_colon", "GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400},
        BadHead{"no_colon", "GET / HTTP/1.1\r\nHost h\r\n\r\n", 400},
        BadHead{"control_in_value", "GET / HTTP/1.1\r\nHost: h\r\nA: \x01\r\n\r\n", 400},
        BadHead{"bare_line_feeds", "GET / HTTP/1.1\nHost: h\n\n\r\n\r\n", 400},
        BadHead{"no_host", "GET / HTTP/1.1\r\n\r\n", 400},
        BadHead{"two_hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        BadHead{"bad_port", "GET / HTTP/1.1\r\nHost: a:99999\r\n\r\n", 400},
        BadHead{"bad_length", "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400},
        BadHead{"two_lengths",
                "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400},
        BadHead{"length_and_chunked",
                "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n"
                "Transfer-Encoding: chunked\r\n\r\n1",
                400},
        BadHead{"chunked_and_length",
                "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
                "Content-Length: 1\r\n\r\n1",
                400},
        BadHead{"chunked_in_1_0", "PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        BadHead{"another_coding",
                "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n"
                "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n",
                501},
        BadHead{"another_expectation", "PUT / HTTP/1.1\r\nHost: h\r\nExpect: tea\r\n\r\n", 417},
        BadHead{"http_2", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", 400},
        BadHead{"large_header",
                "GET / HTTP/1.1\r\nHost: h\r\nA: " + std::string(17 << 10, 'a') + "\r\n\r\n", 431},
        BadHead{"endless_target", "GET /" + std::string(40 << 10, 'a'), 431}),
    [](const auto& head) { return head.param.name; });

TEST_F(FrontTest, an_absolute_target_names_the_host) {
  Url seen;
  handler_.on_handle = [&](const Request& request, std::unique_ptr<Upload>) -> Answer {
    seen = request.url;
    return {};
  };
  RawClient client(serve());
  client.send("GET http://acc.blob.local:10000/c/b?x=%20 HTTP/1.1\r\nHost: other\r\n\r\n");
  ASSERT_EQ(client.receive().status, 200);
  EXPECT_EQ(seen.host, "acc.blob.local");
  EXPECT_EQ(seen.port, 10000);
  EXPECT_EQ(seen.target(), "/c/b?x=%20");
}

TEST_F(FrontTest, files_follow_the_body) {
  const TempDirectory directory;
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += fmt::format("{:08}", i);
  ASSERT_TRUE(write_file_atomic(directory / "a", text));
  ASSERT_TRUE(write_file_atomic(directory / "b", "0123456789"));
  handler_.on_handle = [&](const Request&, std::unique_ptr<Upload>) -> Answer {
    return {.status = 206,
            .body = "<",
            .files = {{directory / "a", 8, 1'000'000},
                      {directory / "b", 3, 4},
                      {directory / "b", 0, 0},
                      {directory / "b", 9, 1}}};
  };
  RawClient client(serve());
  for (int i = 0; i < 2; ++i) {
    const auto got = client.get("/");
    EXPECT_EQ(got.status, 206);
    EXPECT_TRUE(got.body == "<" + text.substr(8, 1'000'000) + "3456" + "9");
  }
}

TEST_F(FrontTest, a_file_removed_while_it_is_sent_is_sent_whole) {
  const TempDirectory directory;
  const std::string text(48 << 20, 'x');
  ASSERT_TRUE(write_file_atomic(directory / "a", text));
  handler_.on_handle = [&](const Request&, std::unique_ptr<Upload>) -> Answer {
    return {.files = {{directory / "a", 0, text.size()}}};
  };
  RawClient client(serve());
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  pollfd begun{client.fd(), POLLIN, 0};
  ASSERT_EQ(::poll(&begun, 1, 10'000), 1);
  std::filesystem::remove(directory / "a");
  EXPECT_TRUE(client.receive().body == text);
}

TEST_F(FrontTest, a_file_that_is_missing_or_too_short_is_an_answer_of_500) {
  const TempDirectory directory;
  ASSERT_TRUE(write_file_atomic(directory / "short", "123"));
  handler_.on_handle = [&](const Request& request, std::unique_ptr<Upload>) -> Answer {
    return {.files = {{directory / request.url.path.substr(1), 1, 3}}};
  };
  RawClient client(serve());
  EXPECT_EQ(client.get("/missing").status, 500);
  EXPECT_EQ(client.get("/short").status, 500);
}

TEST_F(FrontTest, a_handler_that_throws_is_an_answer_of_500) {
  handler_.on_plan = [](const Request& head) -> BodyPlan {
    if (head.url.path == "/plan") throw std::runtime_error("plan");
    return {};
  };
  handler_.on_handle = [](const Request&, std::unique_ptr<Upload>) -> Answer {
    throw std::runtime_error("handle");
  };
  RawClient client(serve());
  EXPECT_EQ(client.get("/plan").status, 500);
  EXPECT_EQ(client.get("/handle").status, 500);
}

TEST_F(FrontTest, a_port_in_use_is_named_with_the_way_out) {
  serve();
  auto second = HttpFront::listen({.port = front_->port()}, handler_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::conflict);
  EXPECT_THAT(second.error().message, HasSubstr(fmt::format("127.0.0.1:{}", front_->port())));
  EXPECT_THAT(second.error().message, HasSubstr("--port 0"));
}

TEST_F(FrontTest, a_host_that_is_not_of_this_machine_is_refused) {
  EXPECT_EQ(HttpFront::listen({.host = "192.0.2.1"}, handler_).error().code,
            Code::invalid_argument);
  EXPECT_EQ(HttpFront::listen({.host = "not a host"}, handler_).error().code,
            Code::invalid_argument);
}

TEST_F(FrontTest, no_descriptor_is_inherited_by_children) {
  serve();
  RawClient client(front_->port());
  ASSERT_EQ(client.get("/").status, 200);
  int sockets = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const std::string target = std::filesystem::read_symlink(entry.path(), gone).string();
    if (!target.starts_with("socket:")) continue;
    const int flags = ::fcntl(std::stoi(entry.path().filename().string()), F_GETFD);
    EXPECT_TRUE(flags & FD_CLOEXEC) << entry.path();
    ++sockets;
  }
  EXPECT_GE(sockets, 3);  // the listener and both ends
}

TEST_F(FrontTest, an_idle_connection_is_closed_after_its_time) {
  RawClient client(serve({.idle_timeout = 20ms}));
  EXPECT_TRUE(client.ends());
}

TEST_F(FrontTest, a_request_in_work_counts_as_present) {
  std::latch entered(1);
  std::latch leave(1);
  handler_.on_handle = [&](const Request&, std::unique_ptr<Upload>) -> Answer {
    entered.count_down();
    leave.wait();
    return {};
  };
  const auto before = std::chrono::steady_clock::now();
  RawClient client(serve());
  const auto unused = front_->last_request();
  EXPECT_GE(unused, before);
  EXPECT_EQ(front_->last_request(), unused);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  entered.wait();
  const auto now = std::chrono::steady_clock::now();
  EXPECT_GE(front_->last_request(), now);
  leave.count_down();
  client.receive();
  EXPECT_GE(front_->last_request(), now);
}

TEST_F(FrontTest, stopping_lets_handlers_answer_and_closes_idle_connections_at_once) {
  std::latch entered(1);
  std::latch leave(1);
  handler_.on_handle = [&](const Request& request, std::unique_ptr<Upload>) -> Answer {
    if (request.url.path == "/slow") {
      entered.count_down();
      leave.wait();
    }
    return {.body = "done"};
  };
  serve();
  RawClient idle(front_->port());
  ASSERT_EQ(idle.get("/").status, 200);
  RawClient busy(front_->port());
  busy.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  entered.wait();
  {
    const std::jthread stopping([&] { front_->stop(); });
    EXPECT_TRUE(idle.ends());
    while (RawClient(front_->port()).connected()) std::this_thread::yield();
    leave.count_down();
    const auto got = busy.receive();
    EXPECT_EQ(got.body, "done");
    EXPECT_EQ(got.headers.get("Connection"), "close");
  }
  front_->stop();
  EXPECT_EQ(front_->requests(), 2u);
}

}  // namespace
}  // namespace dms::service
