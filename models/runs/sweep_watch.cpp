// SweepRunner while the runs run: by counts as long as all tasks of the job are ours, and one list
// at the end, which tells each run's fate.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "models/place/preparation_watch.h"
#include "models/runs/sweep_state.h"

namespace dms::models {
namespace {

constexpr std::chrono::milliseconds first_pause{100};
// So long may runs wait without one running before the pool is asked why.
constexpr std::chrono::seconds patience{3};

std::string words_of(const std::vector<batch::ResizeError>& errors) {
  std::string text;
  for (const auto& error : errors)
    text += fmt::format("; {}: {}", error.code.value_or("resize error"),
                        error.message.value_or("no reason given"));
  return text;
}

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
    } else if (clock_.steady_now() - last_movement > patience) {
      DMS_TRY(progress.waiting_for, what_is_waited_for(state));
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

Result<std::string> SweepRunner::what_is_waited_for(const State& state) {
  const std::string& pool_id = state.study().pool_name;
  auto pool = batch_.get_pool(pool_id);
  if (!pool && pool.error().code == Code::not_found)
    return fail(Code::not_found,
                fmt::format("pool {} is gone and the runs wait for it: run the study again, which "
                            "makes it anew",
                            pool_id));
  if (!pool) return std::move(pool).error();
  std::map<std::string_view, int> states;
  DMS_CHECK(batch_.list_nodes(pool_id, {.select = {"id", "state"}}, [&](const batch::Node& node) {
    ++states[node.state ? text_of(*node.state) : "unknown"];
    return ok();
  }));
  const int target =
      pool->target_dedicated_nodes.value_or(0) + pool->target_low_priority_nodes.value_or(0);
  std::string text = fmt::format("pool {}: {} nodes wanted", pool_id, target);
  for (const auto& [name, count] : states) text += fmt::format(", {} {}", count, name);
  DMS_TRY(const std::string preparation, preparation_state(batch_, state.job_id()));
  if (!preparation.empty()) text += "; " + preparation;
  return text + words_of(pool->resize_errors);
}

}  // namespace dms::models
