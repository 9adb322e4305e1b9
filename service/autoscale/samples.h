// What an autoscale formula knows of a pool's past: one time series per metric.
//
// Time is cut into slots of one interval; a slot holds at most one row of samples, stamped with the
// slot's beginning. So a window of k intervals holds k possible samples wherever it begins, and a
// caller that is a little late loses none. A sample becomes visible `lag` after its stamp.
//
// Not thread-safe: it lives beside the state of its pool.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "service/autoscale/variables.h"

namespace dms::service::autoscale {

// The metrics of one moment. One that is not finite, as all are at first, is no sample.
class SampleRow {
 public:
  SampleRow();
  SampleRow& set(Metric metric, double value);
  std::optional<double> get(Metric metric) const;

 private:
  std::array<double, metric_count> values_;
};

// Where the samples of a window lie: those stamped after `from`, up to and including `to`.
struct Window {
  Timestamp from;
  Timestamp to;
};

// The samples that a question found, oldest first, and how many there could have been.
struct Found {
  std::vector<double> values;
  std::int64_t possible = 0;

  // 0 to 100.
  double percent() const;
};

class Samples {
 public:
  // Azure samples every 30 s, shows a sample about a minute later and keeps a day or more.
  struct Options {
    Ticks interval = std::chrono::seconds{30};
    Ticks lag{0};
    Ticks history = std::chrono::hours{24};
  };

  // However short the interval is, no more rows than these are kept (about half a megabyte).
  static constexpr std::size_t max_rows = 2880;

  Samples() : Samples(Options{}) {}
  // Requires: interval > 0, lag >= 0, history >= interval.
  explicit Samples(const Options& options);

  const Options& options() const { return options_; }

  // Whether the slot of `now` has no row yet.
  bool due(Timestamp now) const;
  // The beginning of the slot after that of `now`, when `due` holds again at the latest.
  Timestamp next_due(Timestamp now) const;

  // Keeps the row for the slot of `now` and forgets what is older than the history. A second row
  // for a slot replaces the first; a row for a slot that is past (a clock that was set back) is
  // dropped.
  void record(Timestamp now, const SampleRow& row);

  // The newest `count` visible samples.
  // Requires: count > 0.
  Found newest(Metric metric, std::int64_t count, Timestamp now) const;

  // The visible samples of a window. One shorter than the interval is widened backwards to it.
  Found within(Metric metric, Window window, Timestamp now) const;

  // How many samples are visible.
  std::int64_t count(Metric metric, Timestamp now) const;
  // When the oldest visible sample was taken; empty when there is none.
  std::optional<Timestamp> history_begin(Metric metric, Timestamp now) const;

  // The newest moment whose samples are visible.
  Timestamp visible_until(Timestamp now) const;

 private:
  struct Slot {
    std::int64_t number;
    SampleRow row;
  };

  std::int64_t slot_of(Timestamp at) const;
  Timestamp beginning_of(std::int64_t slot) const;

  Options options_;
  std::deque<Slot> slots_;  // ascending by number
};

}  // namespace dms::service::autoscale
