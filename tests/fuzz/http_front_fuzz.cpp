// The HTTP front, over a socket pair. The input is what a client sends; its
// first byte says in pieces of which size. The answers must be well-formed HTTP to their last byte.
#include <sys/socket.h>

#include <charconv>
#include <fstream>
#include <stdexcept>

#include "core/file.h"
#include "core/log.h"
#include "service/http_front.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/temp_directory.h"

using namespace dms;
using namespace dms::service;

namespace {

constexpr std::uint64_t memory_limit = 512;

class FullDisk final : public Upload {
 public:
  Status write(std::span<const char>) override { return fail(Code::exhausted, "disk full"); }
};

class Counter final : public Upload {
 public:
  Status write(std::span<const char> bytes) override {
    fuzz::require(!bytes.empty(), "a piece holds something");
    return ok();
  }
};

// One of everything that a handler may do, by the path's first letter.
class EveryHandler final : public Handler {
 public:
  EveryHandler() {
    set_log_level(LogLevel::off);
    std::ofstream(directory_ / "file") << "0123456789";
  }

  BodyPlan plan(const Request& head) override {
    check(head);
    BodyPlan plan;
    plan.memory_limit = memory_limit;
    const char kind = head.url.path.size() > 1 ? head.url.path[1] : ' ';
    if (kind == 'r') plan.refusal = std::make_unique<Answer>(answer(head, 403));
    if (kind == 'u') plan.upload = std::make_unique<Counter>();
    if (kind == 'd') plan.upload = std::make_unique<FullDisk>();
    if (kind == 't') throw std::runtime_error("plan");
    return plan;
  }

  Answer handle(const Request& request, std::unique_ptr<Upload>) override {
    check(request);
    fuzz::require(request.body.size() <= memory_limit, "a body in memory keeps to its limit");
    Answer made = answer(request, 200);
    const char kind = request.url.path.size() > 1 ? request.url.path[1] : ' ';
    if (kind == 'f') made.files = {{directory_ / "file", 2, 5}, {directory_ / "file", 0, 10}};
    if (kind == 'm') made.files = {{directory_ / "missing", 0, 1}};
    if (kind == 'n') made.status = 204;
    if (kind == 'c') made.status = 304;
    if (kind == 'x') throw std::runtime_error("handle");
    return made;
  }

  Answer too_large(const Request& head) override { return answer(head, 413); }
  Answer upload_failed(const Request& head, const Error&) override { return answer(head, 500); }

 private:
  // What a client learns of its request comes back to it: it must not end a line.
  static Answer answer(const Request& request, int status) {
    return {.status = status,
            .headers = {{"x-method", request.method},
                        {":reason", request.url.path},
                        {"x-query", percent_decode(request.url.query)}},
            .body = request.method + request.url.target() + request.body};
  }

  static void check(const Request& request) {
    fuzz::require(!request.method.empty() && !request.url.path.empty(), "a request is whole");
    for (const auto& [name, value] : request.headers)
      fuzz::require(
          name.find_first_of("\r\n") == name.npos && value.find_first_of("\r\n") == value.npos,
          "a header is one line", value);
  }

  TempDirectory directory_;
};

// Sends everything, then reads until the front closes.
std::string talk(HttpFront& front, std::string_view bytes, std::size_t piece) {
  int fds[2];
  fuzz::require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0,
                "there are sockets");
  const UniqueFd fd(fds[0]);
  front.serve(UniqueFd(fds[1]));
  while (!bytes.empty()) {
    const auto count = ::send(fd.get(), bytes.data(), std::min(piece, bytes.size()), MSG_NOSIGNAL);
    if (count <= 0) break;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  ::shutdown(fd.get(), SHUT_WR);
  std::string answers;
  char buffer[16384];
  for (ssize_t count; (count = ::recv(fd.get(), buffer, sizeof buffer, 0)) > 0;)
    answers.append(buffer, static_cast<std::size_t>(count));
  return answers;
}

// Takes one answer off the text.
void take_answer(std::string_view& left) {
  const std::string_view all = left;
  fuzz::require(left.starts_with("HTTP/1.1 "), "an answer begins with its version", all);
  int status = 0;
  std::from_chars(left.data() + 9, left.data() + left.size(), status);
  fuzz::require(left.find("\r\n\r\n") != left.npos, "a head ends", all);
  std::string_view head = fuzz::take_until(left, "\r\n\r\n");
  fuzz::take_until(head, "\r\n");
  std::optional<std::size_t> length;
  bool closes = false, head_only = false;
  while (!head.empty()) {
    std::string_view line = fuzz::take_until(head, "\r\n");
    const std::string_view name = fuzz::take_until(line, ": ");
    if (name == "x-method") head_only = line == "HEAD";
    if (name == "Connection") closes = line == "close";
    if (name == "Content-Length")
      std::from_chars(line.data(), line.data() + line.size(), length.emplace());
  }
  if (status == 100) return;
  fuzz::require(status >= 200 && status < 600, "a status is one", all);
  const bool bare = status == 204 || status == 304;
  fuzz::require(bare != length.has_value(), "an answer has a length unless it has no body", all);
  if (!bare && !head_only) {
    fuzz::require(left.size() >= *length, "a body is whole", all);
    left.remove_prefix(*length);
  }
  fuzz::require(!closes || left.empty(), "nothing follows the last answer", all);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static EveryHandler handler;
  static const auto front =
      HttpFront::listen({.handler_threads = 1, .header_limit_bytes = 1024}, handler).value();
  std::string_view bytes = fuzz::text_of(data, size);
  const unsigned choice = fuzz::take_byte(bytes);
  const std::string answers =
      talk(*front, bytes, choice == 0 ? bytes.size() : std::size_t{choice} * 4);
  for (std::string_view left = answers; !left.empty();) take_answer(left);
  return 0;
}
