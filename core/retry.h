// Sends again what may be sent again.
#pragma once

#include <chrono>
#include <functional>

#include "core/clock.h"
#include "core/http.h"

namespace dms {

struct RetryPolicy {
  int max_tries = 6;  // the first one counted
  std::chrono::milliseconds first_delay{500};
  double factor = 2;
  std::chrono::milliseconds longest_delay{30'000};
  // Each delay is spread evenly over ± this share of itself.
  double jitter = 0.2;
  // An answer whose Retry-After asks for more is given back instead of waited for.
  std::chrono::seconds longest_retry_after{300};
};

// Numbers in [0, 1).
using RandomSource = std::function<double()>;
// A thread-safe source, seeded by the system.
RandomSource random_source();

// Repeats a request that failed for a passing reason. An idempotent one: on unavailable, timeout
// and the statuses 408, 429, 500, 502, 503, 504. Another: only when it was surely not carried out,
// on unavailable, 429 and 503. A Retry-After (seconds or date) replaces the delay. The source is
// rewound before every try. Thread-safe.
//
// When the tries are used up, the last answer or error is returned; cancelled when `stop` ends a
// wait.
class Retrying final : public Transport {
 public:
  // Requires: `next` and `clock` outlive this; `random` is thread-safe.
  Retrying(Transport& next, Clock& clock, RetryPolicy policy = {},
           RandomSource random = random_source())
      : next_(next), clock_(clock), policy_(policy), random_(std::move(random)) {}

  Result<Response> send(const Request& request, std::stop_token stop = {}) override;

 private:
  std::chrono::nanoseconds delay_after(int tries) const;

  Transport& next_;
  Clock& clock_;
  const RetryPolicy policy_;
  const RandomSource random_;
};

}  // namespace dms
