#include "core/clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace dms {
namespace {

class SystemClock final : public Clock {
 public:
  Timestamp now() const override {
    return {std::chrono::floor<Ticks>(std::chrono::system_clock::now())};
  }

  std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::now();
  }

  void sleep_for(std::chrono::nanoseconds span, std::stop_token stop) override {
    // Longer spans would overflow the deadline; nobody waits a year in one piece.
    const std::chrono::nanoseconds bounded =
        std::min<std::chrono::nanoseconds>(span, std::chrono::hours{24 * 365});
    std::mutex mutex;
    std::condition_variable_any woken;
    std::unique_lock lock(mutex);
    woken.wait_for(lock, std::move(stop), bounded, [] { return false; });
  }
};

}  // namespace

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

Status poll_until(Clock& clock, std::chrono::nanoseconds limit, std::chrono::nanoseconds interval,
                  const std::function<Result<bool>()>& probe, std::stop_token stop) {
  const auto start = clock.steady_now();
  while (true) {
    DMS_TRY(const bool done, probe());
    if (done) return ok();
    if (stop.stop_requested()) return fail(Code::cancelled, "the wait was cancelled");
    const std::chrono::nanoseconds waited = clock.steady_now() - start;
    if (waited >= limit) {
      return fail(Code::timeout, fmt::format("not done after {:.3g} s",
                                             std::chrono::duration<double>(waited).count()));
    }
    clock.sleep_for(std::min(interval, limit - waited), stop);
    if (stop.stop_requested()) return fail(Code::cancelled, "the wait was cancelled");
  }
}

}  // namespace dms
