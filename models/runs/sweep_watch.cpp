// SweepRunner while the runs run: by counts as long as all tasks of the job are ours, and one list
// at the end, which tells each run's fate.
#include <fmt/format.h>

#include <algorithm>

#include "models/place/pool_wait.h"
#include "models/runs/sweep_state.h"

namespace dms::models {
namespace {

constexpr std::chrono::milliseconds first_pause{100};

// How long to look away: longer and longer, but never past the time when the rest may be done.
class Pauses {
 public:
  Pauses(Clock& clock, std::chrono::nanoseconds longest)
      : clock_(clock), start_(clock.steady_now()), longest_(longest) {}

  std::chrono::nanoseconds next(std::uint64_t done, std::uint64_t total) {
    if (!first_done_) first_done_ = done;
    grown_ = std::min<std::chrono::nanoseconds>(grown_ * 5 / 4, longest_);
    const std::uint64_t ended = done - std::min(done, *first_done_);
    if (ended == 0) return grown_;
    const std::chrono::duration<double> each = (clock_.steady_now() - start_) / ended;
    const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(
        each * static_cast<double>(total - done) / 2);
    return std::clamp(rest, std::min<std::chrono::nanoseconds>(first_pause, grown_), grown_);
  }

 private:
  Clock& clock_;
  const std::chrono::steady_clock::time_point start_;
  const std::chrono::nanoseconds longest_;
  std::chrono::nanoseconds grown_ = first_pause;
  std::optional<std::uint64_t> first_done_;
};

}  // namespace

Status SweepRunner::watch(State& state, std::stop_token stop) {
  Pauses pauses(clock_, state.sweep.options.longest_pause);
  auto last_movement = clock_.steady_now();
  while (true) {
    DMS_TRY(const RunCounts counts, look_at_counts(state));
    SweepProgress progress{.total = state.table.size(),
                           .done = counts.ended(),
                           .running = counts.running,
                           .failed = counts.failed};
    if (counts.running > 0 || counts.waiting == 0) {
      last_movement = clock_.steady_now();
    } else if (clock_.steady_now() - last_movement > wait_patience) {
      DMS_TRY(progress.waiting_for, what_is_waited_for(batch_, state.study()));
      last_movement = clock_.steady_now();
    }
    listener_.progress(progress);
    if (counts.waiting + counts.running == 0) {
      // Counts may run ahead of the list: the list decides.
      DMS_CHECK(look_at_tasks(state));
      const RunCounts listed = state.table.counts();
      if (listed.waiting + listed.running == 0) return ok();
    }
    clock_.sleep_for(pauses.next(counts.ended(), state.table.size()), stop);
    if (stop.stop_requested())
      return fail(Code::cancelled, fmt::format("{} of {} runs have ended, the others go on",
                                               counts.ended(), state.table.size()));
  }
}

Result<RunCounts> SweepRunner::look_at_counts(State& state) {
  const RunCounts known = state.table.counts();
  DMS_TRY(const auto answer, batch_.get_task_counts(state.job_id()));
  const batch::TaskCounts& all = answer.task_counts;
  const std::int64_t total = std::int64_t{all.active} + all.running + all.completed;
  if (total != static_cast<std::int64_t>(known.stored() - known.kept)) {
    // Tasks of others in the job, or some of ours are gone.
    DMS_CHECK(look_at_tasks(state));
    return state.table.counts();
  }
  return RunCounts{.absent = known.absent,
                   .waiting = static_cast<std::uint64_t>(all.active),
                   .running = static_cast<std::uint64_t>(all.running),
                   .succeeded = static_cast<std::uint64_t>(all.succeeded) + known.kept,
                   .failed = static_cast<std::uint64_t>(all.failed),
                   .kept = known.kept};
}

}  // namespace dms::models
