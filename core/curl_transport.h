// Requests over the network, by libcurl.
//
// Thread-safe. Each request in flight has a handle of its own; idle handles are kept with their
// connections, so there are as many connections as requests were ever in flight at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/http.h"

namespace dms {

enum class Redirects { refuse, follow };
// Whether the proxy that the environment names is used; `never` is for addresses of the machine's
// own network.
enum class Proxy { environment, never };

struct CurlOptions {
  std::chrono::milliseconds connect_timeout{10'000};
  // A transfer that moves less than one byte a second for so long is given up.
  std::chrono::seconds stall_timeout{60};
  std::optional<std::chrono::milliseconds> total_timeout = std::nullopt;
  // Empty: "dmsbatch/<version>".
  std::string user_agent = {};
  Redirects redirects = Redirects::refuse;
  Proxy proxy = Proxy::environment;
  // PEM certificates to trust instead of the system's; for a service with a certificate of its own.
  std::string ca_file = {};
  // A body that goes to memory and is larger is refused with `exhausted`; use a sink for such.
  std::uint64_t body_limit_bytes = std::uint64_t{256} << 20;
};

// Sends http and https requests. TLS is always verified. Loopback hosts are reached without the
// environment's proxy. A path is sent as it stands, "." segments and all, because it is signed.
//
// Errors, beside those of Transport: unavailable means that nothing was sent, so that any request
// may be sent again; timeout that it may have been sent, and no whole answer came. permission: the
// certificate was not accepted. invalid_argument: a header or method with characters that HTTP
// forbids. exhausted: see body_limit_bytes.
class CurlTransport final : public Transport {
 public:
  explicit CurlTransport(CurlOptions options = {});
  ~CurlTransport() override;
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  // A stop request ends the transfer at once. Headers are never logged.
  Result<Response> send(const Request& request, std::stop_token stop = {}) override;

 private:
  struct Pool;
  const CurlOptions options_;
  const std::unique_ptr<Pool> pool_;
};

}  // namespace dms
