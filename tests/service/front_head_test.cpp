// The heads of messages: targets, hosts, status lines.
#include <gtest/gtest.h>

#include "service/http_head.h"

namespace dms::service {
namespace {

Url url_of(std::string_view target, std::string_view host = "h") {
  auto url = request_url(target, host);
  EXPECT_TRUE(url) << target << " " << host;
  return url ? *url : Url{};
}

TEST(HttpHead, a_target_keeps_its_bytes) {
  const Url url = url_of("//a%2fb/..?q?&=%");
  EXPECT_EQ(url.path, "//a%2fb/..");
  EXPECT_EQ(url.query, "q?&=%");
  EXPECT_EQ(url_of("/a?").query, "");
  EXPECT_EQ(url_of("*").path, "*");
}

TEST(HttpHead, an_absolute_target_without_path_means_the_root) {
  EXPECT_EQ(url_of("http://x").target(), "/");
  EXPECT_EQ(url_of("HTTP://x?a=b").target(), "/?a=b");
  EXPECT_EQ(url_of("http://x:81/").port, 81);
}

TEST(HttpHead, a_host_has_a_port_or_means_80) {
  EXPECT_EQ(url_of("/", "a.b").port, 80);
  EXPECT_EQ(url_of("/", "a.b:").port, 80);
  EXPECT_EQ(url_of("/", "a.b:8080").host, "a.b");
  EXPECT_EQ(url_of("/", "[::1]:8080").host, "[::1]");
  EXPECT_EQ(url_of("/", "[::1]:8080").port, 8080);
  EXPECT_EQ(url_of("/", "[::1]").port, 80);
}

TEST(HttpHead, a_broken_host_or_target_is_refused) {
  for (const char* host : {"", ":80", "a:b", "a:1b", "a:65536", "a:-1", "a/b", "u@a", "a b"}) {
    EXPECT_FALSE(request_url("/", host)) << host;
  }
  for (const char* target : {"", "a", "?a", "ftp://a/", "http:/a", "http:///a", "**"}) {
    EXPECT_FALSE(request_url(target, "h")) << target;
  }
}

TEST(HttpHead, heads_that_nobody_can_answer_are_objected_to) {
  const auto status = [](int version, const Headers& headers) {
    const auto objected = objection(version, headers);
    return objected ? objected->status : 0;
  };
  EXPECT_EQ(status(11, {{"host", "h"}, {"transfer-encoding", "Chunked"}}), 0);
  EXPECT_EQ(status(11, {{"Host", "h"}, {"Expect", "100-Continue"}}), 0);
  EXPECT_EQ(status(10, {}), 0);
  EXPECT_EQ(status(11, {}), 400);
  EXPECT_EQ(status(11, {{"Host", "h"}, {"hOST", "h"}}), 400);
  EXPECT_EQ(status(10, {{"Transfer-Encoding", "chunked"}}), 400);
  EXPECT_EQ(status(11, {{"Host", "h"}, {"Transfer-Encoding", "gzip"}}), 501);
  EXPECT_EQ(status(11, {{"Host", "h"}, {"Expect", "the best"}}), 417);
}

TEST(HttpHead, says_what_becomes_of_the_connection) {
  const Answer answer{.status = 202, .headers = {{"A", "b"}, {"connection", "upgrade"}}};
  EXPECT_EQ(format_head(answer, "Accepted", 5, After::keep),
            "HTTP/1.1 202 Accepted\r\nA: b\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(format_head(answer, "Accepted", std::nullopt, After::close),
            "HTTP/1.1 202 Accepted\r\nA: b\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(format_head(answer, "Accepted", 0, After::kept_for_1_0),
            "HTTP/1.1 202 Accepted\r\nA: b\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
}

}  // namespace
}  // namespace dms::service
