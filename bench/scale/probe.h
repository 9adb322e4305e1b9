// Reads of the service as a client times them: from the request to the last byte of the answer,
// signed and over one kept connection, without reading the JSON.
#pragma once

#include <string>

#include "batch/azure_batch.h"
#include "bench/timing.h"
#include "core/curl_transport.h"
#include "core/signing.h"

namespace dms::bench {

struct Timed {
  Seconds time{};
  std::string body;
};

class Probe {
 public:
  // Errors: invalid_argument for a configuration without a usable account.
  static Result<std::unique_ptr<Probe>> create(const Config& config);
  Probe(Url endpoint, SharedKey key)
      : endpoint_(std::move(endpoint)),
        signed_(network_, std::move(key), Protocol::batch, system_clock()) {}

  // Errors: internal with the answer's text when its status is not 200.
  Result<Timed> get(const Url& url);
  Url counts_url(const std::string& job) const;
  Url tasks_url(const std::string& job, const batch::ListOptions& options) const;

  // `tries` reads of one URL. Gives the last body too when asked.
  Result<Spread> repeat(const Url& url, int tries, std::string* body = nullptr);

 private:
  Url url(const std::string& path, const Query& query) const;

  const Url endpoint_;
  CurlTransport network_;
  Signed signed_;
};

}  // namespace dms::bench
