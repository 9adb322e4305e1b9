#include "blob/parallel.h"

#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

namespace dms::blob {
namespace {

class Crew {
 public:
  using Step = std::function<Result<Work>(const std::stop_token&)>;
  explicit Crew(const Step& step) : step_(step) {}

  void work() {
    const std::stop_token stop = stop_.get_token();
    while (!stop.stop_requested()) {
      auto done = step_(stop);
      if (done && *done == Work::more) continue;
      end(std::move(done));
      return;
    }
  }
  void request_stop() { stop_.request_stop(); }

  Status outcome() {
    if (error_) return *std::move(error_);
    if (!complete_) return fail(Code::cancelled, "the transfer was cancelled");
    return ok();
  }

 private:
  void end(Result<Work> last) {
    const std::lock_guard lock(mutex_);
    if (last) {
      complete_ = true;
      return;
    }
    if (!error_) error_ = std::move(last).error();
    stop_.request_stop();
  }

  const Step& step_;
  std::stop_source stop_;
  std::mutex mutex_;  // guards what follows
  std::optional<Error> error_;
  bool complete_ = false;
};

}  // namespace

Status in_parallel(int threads, const std::stop_token& stop,
                   const std::function<Result<Work>(const std::stop_token&)>& step) {
  Crew crew(step);
  const std::stop_callback forward(stop, [&crew] { crew.request_stop(); });
  {
    std::vector<std::jthread> helpers;
    try {
      for (int i = 1; i < threads; ++i) helpers.emplace_back([&crew] { crew.work(); });
    } catch (const std::system_error&) {
      // No more threads to be had: those that are there do it.
    }
    crew.work();
  }
  return crew.outcome();
}

}  // namespace dms::blob
