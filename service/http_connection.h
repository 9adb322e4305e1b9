// One connection of the HTTP front: reads its requests, has them answered, one after the other.
//
// Everything runs on the one I/O thread, so nothing has locks, but for what work on the pool
// changes. Sockets are never closed under a coroutine: a connection that is cut is shut down,
// whatever waits on it then fails, and the coroutine ends by itself.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>

#include "core/file.h"
#include "service/careful_handler.h"
#include "service/http_front.h"

namespace boost::asio {
class io_context;
class thread_pool;
}  // namespace boost::asio

namespace dms::service {

class HttpConnection {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  virtual ~HttpConnection() = default;
  // Cuts the connection when its client has taken too long.
  virtual void cut_when_over(TimePoint now) = 0;
  // Cuts the connection unless a handler works for it or its answer is on the way.
  virtual void cut_when_waiting() = 0;
};

// What the connections of a front share.
struct HttpConnections {
  using TimePoint = HttpConnection::TimePoint;

  const FrontOptions& options;
  const CarefulHandler handler;
  const std::string own_host;  // of requests that name none
  boost::asio::io_context& io;
  boost::asio::thread_pool& pool;
  std::function<void()> on_last;  // called when the last connection is done with

  std::unordered_set<HttpConnection*> open{};
  std::optional<TimePoint> stopping_since{};
  // Those read by other threads too.
  std::atomic<std::uint64_t> requests{0};
  std::atomic<int> in_work{0};
  std::atomic<TimePoint> last_request{std::chrono::steady_clock::now()};
};

// Serves a connected stream socket until it is done with. Requires: the I/O thread calls;
// `connections` outlives its `io`'s work.
void serve_connection(UniqueFd socket, HttpConnections& connections);

}  // namespace dms::service
