#include "core/curl_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>

#include "core/file.h"
#include "tests/support/loopback_server.h"

namespace dms {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using Reply = LoopbackServer::Reply;

Request request(const std::string& method, const std::string& url) {
  return {.method = method, .url = Url::parse(url).value()};
}

// Answers with the request itself: its head, an empty line, its body.
Reply echo(const std::string& head, const std::string& body) {
  return LoopbackServer::answer(200, head + "\n\n" + body);
}

TEST(CurlTransport, sends_method_target_headers_and_body_as_given) {
  LoopbackServer server(echo);
  CurlTransport transport;
  Request put = request("PATCH", server.url("/a/../b%2Fc/./d?x=%20&$f=1"));
  put.headers = {{"X-One", "1"}, {"X-Empty", ""}, {"Content-Type", "text/x"}};
  put.body = "hello";
  const auto answer = transport.send(put);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_THAT(answer->body, testing::StartsWith("PATCH /a/../b%2Fc/./d?x=%20&$f=1 HTTP/1.1\r\n"));
  EXPECT_THAT(answer->body, HasSubstr("X-One: 1\r\n"));
  EXPECT_THAT(answer->body, HasSubstr("X-Empty:\r\n"));
  EXPECT_THAT(answer->body, HasSubstr("Content-Type: text/x\r\n"));
  EXPECT_THAT(answer->body, HasSubstr("User-Agent: dmsbatch/"));
  EXPECT_THAT(answer->body, testing::EndsWith("\n\nhello"));
}

TEST(CurlTransport, adds_no_headers_that_would_not_be_signed) {
  LoopbackServer server(echo);
  CurlTransport transport;
  Request post = request("POST", server.url("/"));
  post.body = std::string(2'000'000, 'x');  // long enough for libcurl to ask for a 100
  const auto posted = transport.send(post);
  ASSERT_TRUE(posted) << posted.error().message;
  EXPECT_THAT(posted->body.substr(0, 500), Not(HasSubstr("Content-Type")));
  EXPECT_THAT(posted->body.substr(0, 500), Not(HasSubstr("Expect")));
  EXPECT_THAT(posted->body.substr(0, 500), HasSubstr("Content-Length: 2000000"));
}

TEST(CurlTransport, sends_a_length_with_methods_that_have_a_body_and_none_with_others) {
  LoopbackServer server(echo);
  CurlTransport transport;
  for (const std::string method : {"POST", "PUT", "PATCH"})
    EXPECT_THAT(transport.send(request(method, server.url("/")))->body,
                HasSubstr("Content-Length: 0"));
  for (const std::string method : {"GET", "DELETE"})
    EXPECT_THAT(transport.send(request(method, server.url("/")))->body,
                Not(HasSubstr("Content-Length")));
}

TEST(CurlTransport, reads_a_head_answer_without_waiting_for_a_body) {
  LoopbackServer server([](auto& head, auto&) -> Reply {
    EXPECT_THAT(head, testing::StartsWith("HEAD / "));
    return {"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nETag: \"0x1\"\r\n\r\n"};
  });
  CurlTransport transport;
  const auto answer = transport.send(request("HEAD", server.url("/")));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->headers.get("content-length"), "1000");
  EXPECT_EQ(answer->headers.get("etag"), "\"0x1\"");
}

TEST(CurlTransport, gives_an_error_status_as_an_answer) {
  LoopbackServer server([](auto&, auto&) { return LoopbackServer::answer(404, "gone"); });
  CurlTransport transport;
  StringSink sink;
  Request get = request("GET", server.url("/"));
  get.sink = &sink;
  const auto answer = transport.send(get);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->body, "gone");
  EXPECT_EQ(sink.text(), "");
}

TEST(CurlTransport, streams_from_a_source_and_to_a_sink) {
  LoopbackServer server([](auto&, auto& body) { return LoopbackServer::answer(206, body); });
  CurlTransport transport;
  std::string big;
  while (big.size() < 3'000'000) big += std::to_string(big.size()) + "\n";
  StringSource source(big);
  StringSink sink;
  Request put = request("PUT", server.url("/"));
  put.source = &source;
  put.sink = &sink;
  const auto answer = transport.send(put);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(sink.text() == big);
  EXPECT_EQ(answer->body, "");
}

TEST(CurlTransport, takes_the_last_of_several_header_blocks) {
  LoopbackServer server([](auto&, auto&) -> Reply {
    return {"HTTP/1.1 100 Continue\r\nX: early\r\n\r\n" + LoopbackServer::answer(201, "b").bytes};
  });
  CurlTransport transport;
  const auto answer = transport.send(request("PUT", server.url("/")));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 201);
  EXPECT_FALSE(answer->headers.contains("X"));
  EXPECT_EQ(answer->body, "b");
}

TEST(CurlTransport, uses_one_connection_for_requests_one_after_another) {
  LoopbackServer server(echo);
  CurlTransport transport;
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(transport.send(request("GET", server.url("/"))));
  EXPECT_EQ(server.connections(), 1);
}

TEST(CurlTransport, serves_many_threads_with_as_many_connections) {
  LoopbackServer server(echo);
  CurlTransport transport;
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 25; ++i) {
          Request post = request("POST", server.url("/"));
          post.body = std::to_string(t * 1000 + i);
          const auto answer = transport.send(post);
          good += answer && answer->body.ends_with("\n\n" + post.body);
        }
      });
  }
  EXPECT_EQ(good, 200);
  EXPECT_LE(server.connections(), 8);
}

TEST(CurlTransport, finds_another_connection_when_the_kept_one_was_closed) {
  LoopbackServer server([](auto&, auto& body) -> Reply {
    return {LoopbackServer::answer(200, body).bytes, Reply::Then::close};
  });
  CurlTransport transport;
  for (int i = 0; i < 5; ++i) {
    StringSource source("hello");
    Request put = request("PUT", server.url("/"));
    put.source = &source;
    const auto answer = transport.send(put);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "hello");
  }
}

TEST(CurlTransport, tells_a_refused_connection_as_unavailable) {
  std::string url;
  { url = LoopbackServer(echo).url("/p?sig=secret"); }
  CurlTransport transport;
  const auto answer = transport.send(request("GET", url));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::unavailable);
  EXPECT_THAT(answer.error().message, HasSubstr("cannot reach http://127.0.0.1:"));
  EXPECT_THAT(answer.error().message, Not(HasSubstr("secret")));
}

TEST(CurlTransport, tells_a_lost_answer_as_timeout) {
  for (const std::string bytes : {"", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"}) {
    LoopbackServer server([&](auto&, auto&) -> Reply { return {bytes, Reply::Then::close}; });
    CurlTransport transport;
    const auto answer = transport.send(request("POST", server.url("/")));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Code::timeout) << answer.error().message;
  }
}

TEST(CurlTransport, ends_at_the_total_timeout) {
  LoopbackServer server([](auto&, auto&) -> Reply { return {"", Reply::Then::wait_for_client}; });
  CurlTransport transport({.total_timeout = 50ms});
  EXPECT_EQ(transport.send(request("GET", server.url("/"))).error().code, Code::timeout);
}

TEST(CurlTransport, gives_up_a_stalled_transfer) {
  LoopbackServer server([](auto&, auto&) -> Reply { return {"", Reply::Then::wait_for_client}; });
  CurlTransport transport({.stall_timeout = 1s});
  EXPECT_EQ(transport.send(request("GET", server.url("/"))).error().code, Code::timeout);
}

TEST(CurlTransport, ends_on_a_stop_request_in_the_middle_of_an_answer) {
  std::latch asked(1);
  LoopbackServer server([&](auto&, auto&) -> Reply {
    asked.count_down();
    return {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", Reply::Then::wait_for_client};
  });
  CurlTransport transport;
  Result<Response> answer = fail(Code::internal, "never sent");
  std::jthread sender([&](std::stop_token stop) {
    answer = transport.send(request("GET", server.url("/")), stop);
  });
  asked.wait();
  sender.request_stop();
  sender.join();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::cancelled);
}

TEST(CurlTransport, sends_nothing_after_a_stop_request) {
  LoopbackServer server(echo);
  CurlTransport transport;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(transport.send(request("GET", server.url("/")), stop.get_token()).error().code,
            Code::cancelled);
  EXPECT_EQ(server.connections(), 0);
}

class BrokenSource final : public BodySource {
 public:
  std::uint64_t size() const override { return 10; }
  Status rewind() override { return ok(); }
  Result<std::size_t> read(std::span<char>) override { return fail(Code::corrupt, "unreadable"); }
};

class FullSink final : public BodySink {
 public:
  Status begin(int, const Headers&) override { return ok(); }
  Status write(std::span<const char>) override { return fail(Code::exhausted, "disk full"); }
};

TEST(CurlTransport, gives_the_error_of_a_source_and_of_a_sink) {
  LoopbackServer server(echo);
  CurlTransport transport;
  BrokenSource source;
  FullSink sink;
  Request put = request("PUT", server.url("/"));
  put.source = &source;
  EXPECT_EQ(transport.send(put).error().message, "unreadable");
  Request get = request("GET", server.url("/"));
  get.sink = &sink;
  EXPECT_EQ(transport.send(get).error().message, "disk full");
  EXPECT_TRUE(transport.send(request("GET", server.url("/"))));
}

TEST(CurlTransport, bounds_a_body_that_goes_to_memory) {
  LoopbackServer server([](auto&, auto&) { return LoopbackServer::answer(200, "0123456789"); });
  CurlTransport small({.body_limit_bytes = 9}), enough({.body_limit_bytes = 10});
  EXPECT_EQ(small.send(request("GET", server.url("/"))).error().code, Code::exhausted);
  EXPECT_EQ(enough.send(request("GET", server.url("/")))->body, "0123456789");
}

TEST(CurlTransport, follows_redirects_only_when_told) {
  LoopbackServer server([](auto& head, auto&) {
    return head.starts_with("GET /old ")
               ? LoopbackServer::answer(302, "moved", "Location: /new\r\n")
               : LoopbackServer::answer(200, "here");
  });
  CurlTransport strict, following({.redirects = Redirects::follow});
  EXPECT_EQ(strict.send(request("GET", server.url("/old")))->status, 302);
  EXPECT_EQ(following.send(request("GET", server.url("/old")))->body, "here");
}

TEST(CurlTransport, refuses_headers_that_hold_a_line_break) {
  LoopbackServer server(echo);
  CurlTransport transport;
  Request get = request("GET", server.url("/"));
  get.headers = {{"X", "a\r\nAuthorization: b"}};
  EXPECT_EQ(transport.send(get).error().code, Code::invalid_argument);
  get.headers = {{"X: y", "a"}};
  EXPECT_EQ(transport.send(get).error().code, Code::invalid_argument);
  get.headers = {};
  get.method = "GET /x";
  EXPECT_EQ(transport.send(get).error().code, Code::invalid_argument);
  EXPECT_EQ(server.connections(), 0);
}

TEST(CurlTransport, does_not_speak_plain_text_to_an_https_url) {
  LoopbackServer server(echo);
  CurlTransport transport({.connect_timeout = 100ms});
  Request get = request("GET", server.url("/"));
  get.url.scheme = "https";
  const auto answer = transport.send(get);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::unavailable) << answer.error().message;
}

}  // namespace
}  // namespace dms
