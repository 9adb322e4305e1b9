// What the benchmarks measure in.
#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

namespace dms::bench {

using Seconds = std::chrono::duration<double>;
using SteadyClock = std::chrono::steady_clock;

inline Seconds since(SteadyClock::time_point start) { return SteadyClock::now() - start; }

// The middle and the longest of several times.
struct Spread {
  Seconds median{};
  Seconds worst{};
};

// Requires: `times` is not empty.
inline Spread spread_of(std::vector<Seconds> times) {
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2], times.back()};
}

}  // namespace dms::bench
