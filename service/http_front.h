// The service's HTTP/1.1 front: connections, framing and bodies. What is answered is a Handler's.
//
// One thread moves bytes; handlers run on a fixed pool, so a slow one, or a slow client, holds up
// nobody else. Memory per connection is bounded: bodies for an Upload pass in pieces, the next one
// is read when the last one is written. Thread-safe, except that stop() must not be called by a
// handler.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "core/file.h"
#include "core/result.h"
#include "service/exchange.h"

namespace dms::service {

struct FrontOptions {
  std::string host = "127.0.0.1";  // an address or a name
  std::uint16_t port = 0;          // 0: any free one
  int handler_threads = 16;
  std::uint32_t header_limit_bytes = 16 << 10;
  // For the next request on a connection, its head included.
  std::chrono::milliseconds idle_timeout{std::chrono::minutes{5}};
  // For the next bytes of a body, in either direction.
  std::chrono::milliseconds stall_timeout{std::chrono::seconds{60}};
};

// Serves from listen() until stop(), or its end.
//
// Requests of one connection are answered in their order, the next one is looked at when the last
// one is answered. A Handler sees targets and headers byte for byte as sent, unknown methods too.
// "Expect: 100-continue" is answered once plan() took the body. A refusal, and too_large(), go out
// without the body being read; the connection is then closed, unless what is left of the body is
// known to be small.
//
// When the client goes away in the middle of a body, the Upload is destroyed and handle() is not
// called. When Upload::write() fails, the same, and the client gets 507 (exhausted) or 500.
//
// The front frames answers: Content-Length (for HEAD Answer::head_length, none with 204 and 304)
// and Connection are its own. The header ":reason" is the reason phrase of the status line. A file
// that cannot be opened makes the answer a plain 500, and 503 when descriptors are used up; a
// handler that throws makes it 500. Only answers of the front's own get Server and Date from it:
//   400 malformed request or framing, no Host, not HTTP/1.x    431 head over the limit
//   417 an expectation but 100-continue                        501 a transfer encoding but chunked
class HttpFront {
 public:
  // Errors: conflict when the port is taken, permission, invalid_argument for a host that is none
  // of this machine's, exhausted.
  // Requires: `handler` outlives the front.
  static Result<std::unique_ptr<HttpFront>> listen(FrontOptions options, Handler& handler);
  ~HttpFront();
  HttpFront(const HttpFront&) = delete;
  HttpFront& operator=(const HttpFront&) = delete;

  std::uint16_t port() const;

  // Serves a connected stream socket as if it had come to the port.
  void serve(UniqueFd connection);

  // Takes no more connections, closes those without a request in work (a body that is still coming
  // is cut), and returns when the handlers in work have answered. Clients get a few seconds to take
  // their answers. May be repeated.
  void stop();

  // When the last request came or was answered; the present while one is in work, and the time of
  // listen() before the first.
  std::chrono::steady_clock::time_point last_request() const;
  // How many requests came whose head could be read.
  std::uint64_t requests() const;

 private:
  class Server;
  explicit HttpFront(std::unique_ptr<Server> server);

  std::unique_ptr<Server> server_;
};

}  // namespace dms::service
