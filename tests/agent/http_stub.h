// A tiny HTTP server on loopback for tests: answers what a function says, one request at a time.
//
// Start it after every fork of the test, since it has a thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/file.h"
#include "core/http.h"

namespace dms::agent {

struct StubRequest {
  std::string method;
  std::string path;  // decoded, without the query
  Query query;
  Headers headers;
  std::string body;
};

class HttpStub {
 public:
  // Nothing means no answer: the connection stays open until the end.
  using Handler = std::function<std::optional<Response>(const StubRequest&)>;

  explicit HttpStub(Handler handler);
  ~HttpStub();

  // http://127.0.0.1:PORT followed by `target`.
  std::string url(const std::string& target) const;
  // Waits until so many requests have come; gives all.
  std::vector<StubRequest> wait_requests(std::size_t count);

 private:
  void serve();
  void serve_connection(UniqueFd connection);

  const Handler handler_;
  UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::vector<UniqueFd> unanswered_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<StubRequest> requests_;
  std::jthread thread_;
};

}  // namespace dms::agent
