// A Transport for tests that follows a script and fails the test when the script is left.
//
//   ScriptedTransport transport;
//   transport.expect("GET", "https://b.example/pools/p1", {.status = 200, .body = "{}"});
//   transport.expect("GET", "https://b.example/pools/p1", fail(Code::unavailable, "reset"));
//
// Requests must come in the order of the script. What the script still holds at the end is a test
// failure. Thread-safe.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/http.h"

namespace dms {

class ScriptedTransport final : public Transport {
 public:
  // A request as it came, its body read from the source if it had one.
  struct Seen {
    std::string method;
    std::string url;
    Headers headers;
    std::string body;
    Idempotency idempotency;
  };

  ScriptedTransport() = default;
  ScriptedTransport(const ScriptedTransport&) = delete;
  ScriptedTransport& operator=(const ScriptedTransport&) = delete;
  ~ScriptedTransport() override {
    for (const auto& step : steps_)
      ADD_FAILURE() << "expected but not requested: " << step.method << " " << step.url;
  }

  // A `url` without '?' matches whatever the query is.
  void expect(std::string method, std::string url, Response response) {
    push({std::move(method), std::move(url), std::move(response)});
  }
  void expect(std::string method, std::string url, Error error) {
    push({std::move(method), std::move(url), std::move(error)});
  }

  Result<Response> send(const Request& request, std::stop_token stop = {}) override {
    Seen seen{request.method, request.url.to_string(), request.headers, request.body,
              request.idempotency};
    if (request.source) DMS_CHECK(read_all(*request.source, seen.body));
    if (stop.stop_requested()) return fail(Code::cancelled, "the request was cancelled");
    Result<Response> answer = next(std::move(seen));
    if (!answer || !request.sink || answer->status < 200 || answer->status > 299) return answer;
    DMS_CHECK(request.sink->begin(answer->status, answer->headers));
    DMS_CHECK(request.sink->write(answer->body));
    answer->body.clear();
    return answer;
  }

  std::vector<Seen> requests() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

  std::size_t remaining() const {
    const std::lock_guard lock(mutex_);
    return steps_.size();
  }

 private:
  struct Step {
    std::string method;
    std::string url;
    std::variant<Response, Error> outcome;
  };

  void push(Step step) {
    const std::lock_guard lock(mutex_);
    steps_.push_back(std::move(step));
  }

  Result<Response> next(Seen seen) {
    const std::lock_guard lock(mutex_);
    const std::string request = seen.method + " " + seen.url;
    const std::string without_query = seen.url.substr(0, seen.url.find('?'));
    const bool right = !steps_.empty() && steps_.front().method == seen.method &&
                       (steps_.front().url == seen.url || steps_.front().url == without_query);
    seen_.push_back(std::move(seen));
    if (!right) {
      ADD_FAILURE() << "requested: " << request << "\nexpected:  "
                    << (steps_.empty() ? "nothing more"
                                       : steps_.front().method + " " + steps_.front().url);
      return fail(Code::internal, "the script has no such request: " + request);
    }
    const Step step = std::move(steps_.front());
    steps_.pop_front();
    if (const auto* error = std::get_if<Error>(&step.outcome)) return *error;
    return std::get<Response>(step.outcome);
  }

  static Status read_all(BodySource& source, std::string& out) {
    std::array<char, 65536> buffer;
    while (true) {
      DMS_TRY(const std::size_t count, source.read(buffer));
      if (count == 0) return ok();
      out.append(buffer.data(), count);
    }
  }

  mutable std::mutex mutex_;
  std::deque<Step> steps_;
  std::vector<Seen> seen_;
};

}  // namespace dms
