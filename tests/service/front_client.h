// Both ends of a front under test: a client that writes raw bytes, and a handler made of functions.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <charconv>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/file.h"
#include "core/http.h"
#include "service/exchange.h"
#include "service/http_front.h"

namespace dms::service {

// Without `on_…`: takes bodies of up to 1 KiB and answers 200 with "METHOD path?query body".
class TestHandler final : public Handler {
 public:
  BodyPlan plan(const Request& head) override {
    if (on_plan) return on_plan(head);
    BodyPlan plan;
    plan.memory_limit = 1024;
    return plan;
  }
  Answer handle(const Request& request, std::unique_ptr<Upload> upload) override {
    if (on_handle) return on_handle(request, std::move(upload));
    return {.body = request.method + " " + request.url.target() + " " + request.body};
  }
  Answer too_large(const Request&) override {
    return {.status = 413, .headers = {{"x-ms-error-code", "RequestBodyTooLarge"}}, .body = "much"};
  }
  Answer upload_failed(const Request&, const Error& error) override {
    return {.status = error.code == Code::exhausted ? 507 : 500, .body = error.message};
  }

  // Set before the front is shared.
  std::function<BodyPlan(const Request&)> on_plan;
  std::function<Answer(const Request&, std::unique_ptr<Upload>)> on_handle;
};

// One connection, mostly to a port of this machine. Waits at most ten seconds for anything, then
// the test fails.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }

  explicit RawClient(UniqueFd connection) : fd_(std::move(connection)), connected_(true) {}

  bool connected() const { return connected_; }
  int fd() const { return fd_.get(); }
  void close() { fd_.reset(); }

  // False when the front has closed the connection.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      if (!wait_for(POLLOUT)) return false;
      const ssize_t count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  // The next answer; status 0 when the connection ended instead.
  struct Got {
    int status = 0;
    std::string reason;
    Headers headers;
    std::string body;
  };
  Got receive(std::string_view method = "GET") {
    Got got;
    if (!read_until([&] { return unread_.find("\r\n\r\n") != unread_.npos; })) return got;
    take_head(got);
    if (method == "HEAD" || got.status < 200 || got.status == 204 || got.status == 304) return got;
    std::size_t length = 0;
    const std::string_view text = got.headers.get("Content-Length");
    std::from_chars(text.data(), text.data() + text.size(), length);
    read_until([&] { return unread_.size() >= length; });
    got.body = unread_.substr(0, length);
    unread_.erase(0, length);
    return got;
  }
  Got get(const std::string& target) {
    send("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n");
    return receive();
  }

  // Whether the front closes the connection, saying no more.
  bool ends() {
    return unread_.empty() && !read_until([&] { return !unread_.empty(); });
  }

 private:
  bool wait_for(short events) {
    pollfd poll{fd_.get(), events, 0};
    if (::poll(&poll, 1, 10'000) == 1) return true;
    ADD_FAILURE() << "the front did nothing for ten seconds";
    return false;
  }

  template <class Condition>
  bool read_until(Condition condition) {
    char buffer[65536];
    while (!condition()) {
      if (!wait_for(POLLIN)) return false;
      const ssize_t count = ::recv(fd_.get(), buffer, sizeof buffer, 0);
      if (count <= 0) return false;
      unread_.append(buffer, static_cast<std::size_t>(count));
    }
    return true;
  }

  void take_head(Got& got) {
    const std::size_t end = unread_.find("\r\n\r\n");
    std::string_view head = std::string_view(unread_).substr(0, end + 2);
    for (bool first = true; !head.empty(); first = false) {
      const std::size_t line_end = head.find("\r\n");
      const std::string_view line = head.substr(0, line_end);
      head.remove_prefix(line_end + 2);
      if (first) {
        std::from_chars(line.data() + 9, line.data() + line.size(), got.status);
        got.reason = line.substr(13);
        continue;
      }
      const std::size_t colon = line.find(": ");
      got.headers.add(std::string(line.substr(0, colon)), std::string(line.substr(colon + 2)));
    }
    unread_.erase(0, end + 4);
  }

  UniqueFd fd_;
  bool connected_ = false;
  std::string unread_;
};

class FrontTest : public testing::Test {
 protected:
  std::uint16_t serve(FrontOptions options = {}) {
    front_ = HttpFront::listen(std::move(options), handler_).value();
    return front_->port();
  }

  TestHandler handler_;
  std::unique_ptr<HttpFront> front_;
};

}  // namespace dms::service
