// Time as a seam: everything that waits or stamps gets a Clock, so that tests never sleep.
#pragma once

#include <chrono>
#include <functional>
#include <stop_token>

#include "core/result.h"
#include "core/time.h"

namespace dms {

class Clock {
 public:
  virtual ~Clock() = default;
  // UTC, for stamps only.
  virtual Timestamp now() const = 0;
  // Monotonic, for waiting and measuring.
  virtual std::chrono::steady_clock::time_point steady_now() const = 0;
  // Returns after `span`, or at once when `stop` is requested. Thread-safe.
  virtual void sleep_for(std::chrono::nanoseconds span, std::stop_token stop) = 0;
};

// The machine's own clock. Lives for the whole program.
Clock& system_clock();

// Calls `probe` at once and then every `interval` until it answers true.
// Errors: timeout after `limit`, cancelled when `stop` is requested, and any error of the probe.
Status poll_until(Clock& clock, std::chrono::nanoseconds limit, std::chrono::nanoseconds interval,
                  const std::function<Result<bool>()>& probe, std::stop_token stop = {});

}  // namespace dms
