#include "models/parallel.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace dms::models {

Status for_each_parallel(std::uint64_t count, int threads, std::stop_token stop,
                         const std::function<Status(std::uint64_t)>& work) {
  std::atomic<std::uint64_t> next{0};
  std::atomic<bool> failed{false};
  std::mutex mutex;
  std::optional<Error> first_error;  // guarded by mutex
  const auto run = [&] {
    while (!failed && !stop.stop_requested()) {
      const std::uint64_t index = next++;
      if (index >= count) return;
      Status status = work(index);
      if (status) continue;
      failed = true;
      const std::lock_guard lock(mutex);
      if (!first_error) first_error = std::move(status).error();
    }
  };
  {
    std::vector<std::jthread> workers;
    const auto wanted = std::min<std::uint64_t>(count, static_cast<std::uint64_t>(threads));
    for (std::uint64_t at = 1; at < wanted; ++at) workers.emplace_back(run);
    run();
  }
  if (first_error) return *std::move(first_error);
  if (stop.stop_requested() && next < count) return fail(Code::cancelled, "interrupted");
  return ok();
}

}  // namespace dms::models
