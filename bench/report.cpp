#include "bench/report.h"

#include <fmt/format.h>

#include <cstdio>

namespace dms::bench {

void Report::heading(std::string_view text) {
  fmt::print("\n{:<52} {:>14} {:>12}  verdict\n", text, "measured", "target");
  std::fflush(stdout);
}

void Report::line(std::string_view what, double value, std::string_view unit, Target target,
                  std::string_view note) {
  const auto number = [&](double of) {
    return fmt::format("{:.{}f} {}", of, of < 10 ? 2 : of < 100 ? 1 : 0, unit);
  };
  std::string limit, verdict;
  if (target.bound != Bound::none) {
    const bool met = target.bound == Bound::at_most ? value <= target.limit : value >= target.limit;
    limit = fmt::format("{} {}", target.bound == Bound::at_most ? "≤" : "≥", number(target.limit));
    verdict = met ? "met" : "MISSED";
    ++judged_;
    met_ += met;
  }
  fmt::print("  {:<50} {:>14} {:>12}  {:<7} {}\n", what, number(value), limit, verdict, note);
  std::fflush(stdout);
}

void Report::latency(std::string_view what, const Spread& times, Target target_ms,
                     std::string_view note) {
  line(what, times.median.count() * 1e3, "ms", target_ms,
       fmt::format("worst {:.1f} ms{}{}", times.worst.count() * 1e3, note.empty() ? "" : ", ",
                   note));
}

void Report::summary() const {
  fmt::print("\n{} of {} targets met\n", met_, judged_);
  std::fflush(stdout);
}

}  // namespace dms::bench
