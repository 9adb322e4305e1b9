#include "tests/agent/http_stub.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <stdexcept>

namespace dms::agent {
namespace {

// A client that went away is no harm.
void send_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

// One request from a connection; nothing when it closes first.
std::optional<StubRequest> read_request(int fd) {
  std::string text;
  const auto read_more = [&] {
    char buffer[16384];
    const ssize_t count = ::recv(fd, buffer, sizeof buffer, 0);
    if (count > 0) text.append(buffer, static_cast<std::size_t>(count));
    return count > 0;
  };
  while (text.find("\r\n\r\n") == std::string::npos)
    if (!read_more()) return std::nullopt;
  const std::size_t head_end = text.find("\r\n\r\n");
  StubRequest request;
  std::size_t at = text.find("\r\n") + 2;
  while (at < head_end) {
    const std::size_t end = text.find("\r\n", at);
    const std::size_t colon = text.find(": ", at);
    request.headers.add(text.substr(at, colon - at), text.substr(colon + 2, end - colon - 2));
    at = end + 2;
  }
  const std::size_t target = text.find(' ') + 1;
  const std::string whole = text.substr(target, text.find(' ', target) - target);
  const std::size_t question = whole.find('?');
  request.method = text.substr(0, target - 1);
  request.path = percent_decode(whole.substr(0, question));
  if (question != std::string::npos) request.query = parse_query(whole.substr(question + 1));
  const std::string length(request.headers.get("Content-Length"));
  const std::size_t body_bytes = length.empty() ? 0 : std::stoul(length);
  if (request.headers.get("Expect") == "100-continue")
    send_all(fd, "HTTP/1.1 100 Continue\r\n\r\n");
  while (text.size() < head_end + 4 + body_bytes)
    if (!read_more()) return std::nullopt;
  request.body = text.substr(head_end + 4, body_bytes);
  return request;
}

std::string format(const Response& response) {
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + " Status\r\n";
  for (const auto& [name, value] : response.headers) text += name + ": " + value + "\r\n";
  text += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  return text + "Connection: close\r\n\r\n" + response.body;
}

}  // namespace

HttpStub::HttpStub(Handler handler)
    : handler_(std::move(handler)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      ::listen(listener_.get(), 16) != 0 ||
      ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &length) != 0)
    throw std::runtime_error("cannot listen on loopback");
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread([this] { serve(); });
}

HttpStub::~HttpStub() {
  ::shutdown(listener_.get(), SHUT_RDWR);
  thread_.join();
}

std::string HttpStub::url(const std::string& target) const {
  return "http://127.0.0.1:" + std::to_string(port_) + target;
}

void HttpStub::serve() {
  for (;;) {
    UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection) return;
    serve_connection(std::move(connection));
  }
}

void HttpStub::serve_connection(UniqueFd connection) {
  const auto request = read_request(connection.get());
  if (!request) return;
  const auto answer = handler_(*request);
  if (answer)
    send_all(connection.get(), format(*answer));
  else
    unanswered_.push_back(std::move(connection));
  const std::lock_guard lock(mutex_);
  requests_.push_back(*request);
  arrived_.notify_all();
}

std::vector<StubRequest> HttpStub::wait_requests(std::size_t count) {
  std::unique_lock lock(mutex_);
  if (!arrived_.wait_for(lock, std::chrono::minutes{1}, [&] { return requests_.size() >= count; }))
    throw std::runtime_error("no request came");
  return requests_;
}

}  // namespace dms::agent
