// What the farm is measured against: the machine's limit and GNU parallel.
#pragma once

#include <string>

#include "bench/timing.h"
#include "core/result.h"

namespace dms::bench {

// Runs `true` `count` times, `slots` at once, by posix_spawn in a bare loop that makes the same
// directories and files for each as the service does. Gives the time from first to last.
Result<Seconds> run_bare_loop(const std::string& directory, int count, int slots);

// The same by `parallel -j SLOTS --joblog --results`. Errors: not_found when it is not installed.
Result<Seconds> run_gnu_parallel(const std::string& directory, int count, int slots);

}  // namespace dms::bench
