#include "batch/wait.h"

#include <fmt/format.h>

#include <algorithm>

namespace dms::batch {

using std::chrono::nanoseconds;

Status wait_until(Clock& clock, const WaitOptions& options, std::string_view what,
                  const std::function<Result<bool>()>& look, std::stop_token stop) {
  constexpr nanoseconds first_pause = std::chrono::milliseconds(100);
  constexpr nanoseconds least_pause = std::chrono::milliseconds(1);
  const nanoseconds longest_pause = std::max(options.polling_interval, least_pause);
  const auto start = clock.steady_now();
  nanoseconds pause = std::min(first_pause, longest_pause);
  while (true) {
    DMS_TRY(const bool done, look());
    if (done) return ok();
    const nanoseconds left = options.limit - (clock.steady_now() - start);
    if (left <= nanoseconds::zero()) {
      return fail(Code::timeout, fmt::format("waiting for {}: not done after {:g} s", what,
                                             std::chrono::duration<double>(options.limit).count()));
    }
    clock.sleep_for(std::min(pause, left), stop);
    if (stop.stop_requested())
      return fail(Code::cancelled, fmt::format("waiting for {}: cancelled", what));
    pause = std::min(pause * 3 / 2, longest_pause);
  }
}

}  // namespace dms::batch
