#include "models/sweep/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/sweep/numbers.h"

namespace dms::models {
namespace {

std::uint64_t size_of(const ValueList& list) { return list.values.size(); }
std::uint64_t size_of(const Range& range) { return range.count; }
std::uint64_t size_of(const Linspace& space) { return space.count; }
std::uint64_t size_of(const Dates& dates) { return dates.count; }
std::uint64_t size_of(const Interval&) { return 0; }

std::string value_of(const ValueList& list, std::uint64_t index) { return list.values[index]; }

std::string value_of(const Range& range, std::uint64_t index) {
  if (index + 1 == range.count) return number_text(range.last);
  return number_text(range.first + static_cast<double>(index) * range.step);
}

double between(double low, double high, Scale scale, double share) {
  return scale == Scale::linear ? linear_between(low, high, share)
                                : logarithmic_between(low, high, share);
}

std::string value_of(const Linspace& space, std::uint64_t index) {
  if (index == 0) return number_text(space.first);
  if (index + 1 == space.count) return number_text(space.last);
  const double share = static_cast<double>(index) / static_cast<double>(space.count - 1);
  return number_text(between(space.first, space.last, space.scale, share));
}

std::string value_of(const Dates& dates, std::uint64_t index) {
  return dates.format.write(shifted(dates.first, dates.step, static_cast<std::int64_t>(index)));
}

std::string value_of(const Interval&, std::uint64_t) { return {}; }

Status check_scale(std::string_view what, double first, double last, Scale scale) {
  if (!std::isfinite(first) || !std::isfinite(last))
    return fail(Code::invalid_argument, fmt::format("{} needs finite numbers", what));
  if (scale == Scale::logarithmic && (first <= 0 || last <= 0))
    return fail(Code::invalid_argument, fmt::format("{} needs numbers above 0", what));
  return ok();
}

}  // namespace

Result<Range> make_range(double first, double last, double step) {
  if (!std::isfinite(first) || !std::isfinite(last) || !std::isfinite(step))
    return fail(Code::invalid_argument, "a range needs finite numbers");
  if (step == 0) return fail(Code::invalid_argument, "the step of a range cannot be 0");
  const double steps = (last - first) / step;
  if (steps < 0)
    return fail(
        Code::invalid_argument,
        fmt::format("a range from {} to {} needs a step {} 0, not {}", number_text(first),
                    number_text(last), last > first ? "above" : "below", number_text(step)));
  if (steps >= static_cast<double>(max_points))
    return fail(Code::invalid_argument,
                fmt::format("the range has more than {} values", max_points));
  const double whole = std::round(steps);
  if (std::abs(steps - whole) > 1e-6)
    return fail(Code::invalid_argument,
                fmt::format("the range steps over its end {}: the nearest values are {} and {}",
                            number_text(last), number_text(first + std::floor(steps) * step),
                            number_text(first + std::ceil(steps) * step)));
  return Range{first, last, step, static_cast<std::uint64_t>(whole) + 1};
}

Result<Linspace> make_linspace(double first, double last, std::uint64_t count, Scale scale) {
  const std::string_view what = scale == Scale::linear ? "linspace" : "logspace";
  DMS_CHECK(check_scale(what, first, last, scale));
  if (count == 0)
    return fail(Code::invalid_argument, fmt::format("{} needs at least 1 value", what));
  if (count == 1 && first != last)
    return fail(Code::invalid_argument, fmt::format("{} cannot hold both {} and {} in 1 value",
                                                    what, number_text(first), number_text(last)));
  if (count > max_points)
    return fail(Code::invalid_argument,
                fmt::format("{} has more than {} values", what, max_points));
  return Linspace{first, last, count, scale};
}

Result<Interval> make_interval(double low, double high, Scale scale) {
  DMS_CHECK(check_scale(scale == Scale::linear ? "uniform" : "loguniform", low, high, scale));
  if (low >= high)
    return fail(Code::invalid_argument,
                fmt::format("{} is not below {}", number_text(low), number_text(high)));
  return Interval{low, high, scale};
}

std::string value_at(const Interval& interval, double share) {
  return number_text(between(interval.low, interval.high, interval.scale, share));
}

std::uint64_t Axis::size() const {
  return std::visit([](const auto& of) { return size_of(of); }, values);
}

std::string Axis::value(std::uint64_t index) const {
  return std::visit([&](const auto& of) { return value_of(of, index); }, values);
}

bool is_surely_unique(const Axis& axis) {
  double step = 0, largest = 0;
  if (const auto* range = std::get_if<Range>(&axis.values)) {
    step = std::abs(range->step);
    largest = std::max(std::abs(range->first), std::abs(range->last));
  } else if (const auto* space = std::get_if<Linspace>(&axis.values)) {
    const auto gaps = static_cast<double>(space->count - 1);
    largest = std::max(std::abs(space->first), std::abs(space->last));
    if (gaps > 0 && space->scale == Scale::linear)
      step = std::abs(space->last - space->first) / gaps;
    // Neighbours differ by the same share of themselves.
    if (gaps > 0 && space->scale == Scale::logarithmic)
      step = largest * std::abs(std::log(space->last / space->first)) / gaps / 2;
  }
  return step > largest * 2e-11;
}

}  // namespace dms::models
