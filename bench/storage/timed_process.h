// A command as a process of its own, timed as a whole.
#pragma once

#include "bench/timing.h"
#include "core/child.h"

namespace dms::bench {

struct TimedRun {
  Seconds wall{};
  Seconds cpu{};  // user and system, its waited-for children too
  double peak_mb = 0;
};

// Runs it to its end. Errors: those of spawn_child; internal when it fails.
Result<TimedRun> run_timed(const ChildSpec& command);

// Several runs of one command: what the reports show.
struct TimedRuns {
  std::vector<Seconds> walls;
  Seconds cpu{};  // of the last run
  double peak_mb = 0;

  void add(const TimedRun& run);
  Seconds median() const { return spread_of(walls).median; }
};

}  // namespace dms::bench
