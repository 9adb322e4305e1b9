// What formulas ask of a time series: $PendingTasks.GetSample(10 * TimeInterval_Minute).
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "core/fields.h"
#include "core/result.h"
#include "core/time.h"
#include "service/autoscale/functions.h"
#include "service/autoscale/samples.h"
#include "service/autoscale/value.h"
#include "service/autoscale/variables.h"

namespace dms::service::autoscale {

enum class SampleMethod {
  get_sample,
  get_sample_percent,
  get_sample_period,
  count,
  history_begin_time,
};
constexpr auto words(SampleMethod) {
  using enum SampleMethod;
  return std::array{word(get_sample, "GetSample"), word(get_sample_percent, "GetSamplePercent"),
                    word(get_sample_period, "GetSamplePeriod"), word(count, "Count"),
                    word(history_begin_time, "HistoryBeginTime")};
}

constexpr Arity arity(SampleMethod method) {
  switch (method) {
    case SampleMethod::get_sample: return {1, 3};
    case SampleMethod::get_sample_percent: return {1, 2};
    default: return {0, 0};
  }
}

// The service code of an error for want of samples.
inline constexpr std::string_view insufficient_samples = "InsufficientSampleData";

// How many of the possible samples must be there when a formula does not say.
inline constexpr double default_percent = 70;

// The value of a call.
//
//   GetSample(count)                    the newest ones          -> doubleVec, oldest first
//   GetSample(start [, percent])        from start until the newest visible moment
//   GetSample(start, end [, percent])   between the two, in either order
//   GetSamplePercent(start [, end])     how many of the possible samples are there, 0 to 100
//   GetSamplePeriod()                   the sampling interval    -> timeinterval
//   Count()                             how many samples are visible
//   HistoryBeginTime()                  when the oldest one was taken -> timestamp
//
// start and end are timestamps, or timeintervals meaning "that long ago". Without an end, a
// timeinterval reaches back from the newest visible moment, so that GetSample(10 minutes) can find
// all of its 20 samples in spite of the lag; with an end both count from now.
//
// Errors: insufficient_samples when fewer than `percent` (default_percent when not given) of the
// possible samples are there; invalid_argument for wrong types and numbers.
// Requires: the number of arguments fits `arity`.
Result<Value> call(SampleMethod method, Metric metric, const std::vector<Value>& arguments,
                   const Samples& samples, Timestamp now);

}  // namespace dms::service::autoscale
