// The farm itself: a local service of its own, one node, tasks over HTTP.
#pragma once

#include <string>

#include "bench/timing.h"
#include "core/result.h"

namespace dms::bench {

struct FarmTimes {
  Seconds submit{};  // until every task is accepted, which is: durable
  Seconds total{};   // from the first request until every task is durably completed
};

// Starts `dmsbatch serve` below `directory`, runs the tasks on a pool of one node, and ends it.
// Errors: internal when a task did not succeed.
Result<FarmTimes> run_farm(const std::string& directory, int count, int slots);

}  // namespace dms::bench
