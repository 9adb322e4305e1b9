// The table that the benchmark prints: a number, its target where it has one, and the verdict.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bench/timing.h"

namespace dms::bench {

// Whether a number shall be at most, or at least, its target.
enum class Bound { none, at_most, at_least };
struct Target {
  Bound bound = Bound::none;
  double limit = 0;
};
inline Target at_most(double limit) { return {Bound::at_most, limit}; }
inline Target at_least(double limit) { return {Bound::at_least, limit}; }

// Prints each line as soon as it is known: a run takes minutes.
class Report {
 public:
  void heading(std::string_view text);
  // `unit` stands behind the value and its target, `note` at the line's end.
  void line(std::string_view what, double value, std::string_view unit, Target target = {},
            std::string_view note = {});
  // A median in milliseconds, judged, with the worst beside it.
  void latency(std::string_view what, const Spread& times, Target target_ms,
               std::string_view note = {});
  // How many of the judged numbers met their targets.
  void summary() const;

 private:
  int judged_ = 0;
  int met_ = 0;
};

}  // namespace dms::bench
