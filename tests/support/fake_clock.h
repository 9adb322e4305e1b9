// A clock for tests: sleeping takes no time, moves the clock on and is recorded.
//
// Thread-safe. `on_sleep` is called without the lock held, before the time moves.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <stop_token>
#include <utility>
#include <vector>

#include "core/clock.h"

namespace dms {

class FakeClock final : public Clock {
 public:
  // 2026-11-20T19:53:16Z unless told otherwise: the date of the signing vectors.
  static Timestamp default_start() {
    return {std::chrono::sys_days{std::chrono::year{2026} / 11 / 20} + std::chrono::hours{19} +
            std::chrono::minutes{53} + std::chrono::seconds{16}};
  }

  explicit FakeClock(Timestamp start = default_start()) : now_(start) {}

  Timestamp now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }

  std::chrono::steady_clock::time_point steady_now() const override {
    const std::lock_guard lock(mutex_);
    return steady_;
  }

  // Ends at once, without moving the clock, when stop is or gets requested (by on_sleep, say).
  void sleep_for(std::chrono::nanoseconds span, std::stop_token stop) override {
    {
      const std::lock_guard lock(mutex_);
      sleeps_.push_back(span);
    }
    if (on_sleep) on_sleep(span);
    if (!stop.stop_requested()) advance(span);
  }

  void advance(std::chrono::nanoseconds span) {
    const std::lock_guard lock(mutex_);
    steady_ += span;
    now_.at += std::chrono::floor<Ticks>(span);
  }

  // Every span that was asked for, in order.
  std::vector<std::chrono::nanoseconds> sleeps() const {
    const std::lock_guard lock(mutex_);
    return sleeps_;
  }

  // What happens in the world meanwhile. Set before the clock is shared.
  std::function<void(std::chrono::nanoseconds)> on_sleep;

 private:
  mutable std::mutex mutex_;
  Timestamp now_;
  std::chrono::steady_clock::time_point steady_{std::chrono::hours{1}};
  std::vector<std::chrono::nanoseconds> sleeps_;
};

}  // namespace dms
