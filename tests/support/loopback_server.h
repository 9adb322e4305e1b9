// A tiny HTTP/1.1 server on 127.0.0.1 for tests of clients: answers each request with the raw bytes
// that a function gives for it, and can misbehave as no real server does on demand.
//
// One thread per connection; the handler must be thread-safe. Everything is joined at the end.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "core/file.h"

namespace dms {

class LoopbackServer {
 public:
  struct Reply {
    std::string bytes;  // head and body, as on the wire
    enum class Then { keep_open, close, wait_for_client } then = Then::keep_open;
  };
  // Gets the request's head (without its final empty line) and body.
  using Handler = std::function<Reply(const std::string& head, const std::string& body)>;

  explicit LoopbackServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_.get(), generic, size) != 0 || ::listen(listener_.get(), 64) != 0 ||
        ::getsockname(listener_.get(), generic, &size) != 0)
      throw std::runtime_error("cannot listen on 127.0.0.1");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::jthread([this](std::stop_token stop) { accept_all(stop); });
  }

  // A whole answer with its length.
  static Reply answer(int status, const std::string& body, const std::string& headers = "") {
    return {"HTTP/1.1 " + std::to_string(status) + " Word\r\n" + headers +
            "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body};
  }

  std::string url(const std::string& target) const {
    return "http://127.0.0.1:" + std::to_string(port_) + target;
  }
  int connections() const { return connections_; }

 private:
  void accept_all(std::stop_token stop) {
    std::vector<std::jthread> threads;
    while (!stop.stop_requested()) {
      if (!readable(listener_.get())) continue;
      const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      ++connections_;
      threads.emplace_back([this, fd](std::stop_token own) { serve(UniqueFd(fd), own); });
    }
  }

  // Waits for a short while, so that a stop request is seen.
  static bool readable(int fd) {
    pollfd polled{fd, POLLIN, 0};
    return ::poll(&polled, 1, 10) == 1;
  }

  void serve(UniqueFd fd, const std::stop_token& stop) {
    std::string buffer;
    while (true) {
      std::size_t head_end = 0, body_size = 0;
      while ((head_end = buffer.find("\r\n\r\n")) == buffer.npos)
        if (!receive(fd.get(), buffer, stop)) return;
      const std::string head = buffer.substr(0, head_end);
      if (const auto at = head.find("Content-Length: "); at != head.npos)
        body_size = std::stoul(head.substr(at + 16));
      while (buffer.size() < head_end + 4 + body_size)
        if (!receive(fd.get(), buffer, stop)) return;
      const Reply reply = handler_(head, buffer.substr(head_end + 4, body_size));
      buffer.erase(0, head_end + 4 + body_size);
      if (!send_all(fd.get(), reply.bytes) || reply.then == Reply::Then::close) return;
      if (reply.then == Reply::Then::wait_for_client)
        while (receive(fd.get(), buffer, stop)) continue;
    }
  }

  static bool receive(int fd, std::string& buffer, const std::stop_token& stop) {
    while (!readable(fd))
      if (stop.stop_requested()) return false;
    char bytes[65536];
    const ssize_t count = ::recv(fd, bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    buffer.append(bytes, static_cast<std::size_t>(count));
    return true;
  }

  static bool send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  Handler handler_;
  UniqueFd listener_;
  int port_ = 0;
  std::atomic<int> connections_ = 0;
  std::jthread acceptor_;
};

}  // namespace dms
