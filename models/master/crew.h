// Who of a master's workers is to be added and who is to be ended: decided from what there is, not
// remembered, so that whoever watches next decides the same.
//
// Pure functions without state.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "batch/wire.h"
#include "models/master/crew_names.h"

namespace dms::models {

// ended: with exit code 0. failed: with another, or not at all. stopped: by us, or by the user.
enum class WorkerState { waiting, running, ended, failed, stopped };

WorkerState worker_state_of(const batch::Task& task);

struct Worker {
  WorkerName name;
  WorkerState state = WorkerState::waiting;
  // A failure that is so young that the master's end may be its cause is not acted on.
  bool settled = true;

  bool alive() const { return state == WorkerState::waiting || state == WorkerState::running; }
};

struct CrewWish {
  int count = 0;
  int max_replacements = 0;
  std::string start;  // of the master that runs; empty while none does, or its place is not known
};

struct CrewOrders {
  std::vector<WorkerName> add;
  std::vector<WorkerName> end;
  // Numbers whose worker failed and is not replaced, there being no replacement left.
  std::vector<int> lost;

  bool empty() const { return add.empty() && end.empty(); }
};

// Workers of another start are ended: they ask a master that is not there any more. Of this start
// there shall be the numbers 1 to count, the highest ended first when there are more. A worker that
// failed is replaced while replacements are left; one that was stopped and is wanted again is
// started again; one that ended has nothing more to do.
CrewOrders crew_orders(const std::vector<Worker>& workers, const CrewWish& wish);

struct CrewCounts {
  std::uint64_t started = 0;  // tasks there are or were
  std::uint64_t waiting = 0, running = 0, ended = 0, failed = 0, stopped = 0;
  std::uint64_t replaced = 0;  // of the failed ones, those with a successor

  std::uint64_t alive() const { return waiting + running; }
};

CrewCounts crew_counts(const std::vector<Worker>& workers);

}  // namespace dms::models
