#include "models/runs/sweep_runner.h"

#include <fmt/format.h>

#include "models/place/study_pool.h"
#include "models/runs/kept_results.h"
#include "models/runs/sweep_state.h"

namespace dms::models {

Result<SweepOutcome> SweepRunner::run(const Sweep& sweep, std::stop_token stop) {
  const Runs runs(sweep.study, sweep.inputs.identity());
  DMS_TRY(RunTable table, RunTable::make(runs));
  State state{.sweep = sweep, .runs = runs, .table = table};
  DMS_CHECK(look_at_job(state));
  DMS_TRY(state.kept, find_kept(blob_, runs));
  DMS_CHECK(look_at_tasks(state));
  const std::uint64_t known = tell_what_is_known(state);
  if (known < runs.size()) {
    DMS_CHECK(start_missing(state, stop));
    DMS_CHECK(watch(state, stop));
  }
  DMS_TRY(SweepOutcome outcome, collect(state, stop));
  DMS_CHECK(finish_pool(batch_, sweep.study, listener_));
  outcome.known = known;
  return outcome;
}

std::uint64_t SweepRunner::tell_what_is_known(const State& state) {
  const Rerun rerun = state.sweep.options.rerun;
  if (rerun == Rerun::all) return 0;
  const RunCounts found = state.table.counts();
  const std::uint64_t known = rerun == Rerun::failed ? found.succeeded : found.ended();
  const std::uint64_t all = state.table.size();
  if (known == all)
    listener_.note(fmt::format("all {} runs are done already: collecting them", known));
  else if (found.stored() > 0)
    listener_.note(fmt::format("{} of {} runs are done already, {} are under way", known, all,
                               found.waiting + found.running));
  if (found.kept > 0)
    listener_.note(fmt::format("{} of them in an earlier job: their results are kept", found.kept));
  return known;
}

std::string invariant_line(const SweepOutcome& outcome) {
  std::string line = fmt::format("{} asked", outcome.asked);
  std::string why;
  const auto next = [&](std::uint64_t before, std::uint64_t now, std::string_view what,
                        const std::string& reason) {
    line += fmt::format(" {} {} {}", before == now ? "=" : "≠", now, what);
    if (before != now && why.empty()) why = reason;
  };
  const std::uint64_t not_stored = outcome.asked - outcome.stored;
  next(outcome.asked, outcome.stored, "stored", fmt::format("{} not taken", not_stored));
  next(outcome.stored, outcome.run, "run",
       fmt::format("{} not ended", outcome.stored - outcome.run));
  const std::uint64_t not_collected = outcome.run - outcome.collected;
  std::string reason = outcome.failed == not_collected
                           ? fmt::format("{} failed", outcome.failed)
                           : fmt::format("{} failed, {} without results", outcome.failed,
                                         not_collected - outcome.failed);
  next(outcome.run, outcome.collected, "collected", reason);
  if (why.empty()) return line;
  std::string names;
  constexpr std::size_t shown = 3;
  for (std::size_t at = 0; at < outcome.problems.size() && at < shown; ++at)
    names += (at > 0 ? ", " : ": ") + outcome.problems[at].task_id;
  if (!names.empty() && outcome.asked - outcome.collected > shown) names += ", …";
  return fmt::format("{} ({}{})", line, why, names);
}

}  // namespace dms::models
