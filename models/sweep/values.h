// The values of one parameter, as functions from an index to a text: nothing is listed that was not
// written out.
//
// Values, once made; const functions are safe from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/result.h"
#include "models/sweep/dates.h"

namespace dms::models {

// The most values of a parameter, and the most points of a sweep.
inline constexpr std::uint64_t max_points = 100'000'000;

// Values as they were written: "0.70" stays "0.70".
struct ValueList {
  std::vector<std::string> values;
};

// first, first + step, … up to `last`, which is one of them.
struct Range {
  double first = 0;
  double last = 0;
  double step = 1;
  std::uint64_t count = 0;
};

enum class Scale { linear, logarithmic };

// `count` values, both ends among them: at equal distances, or with equal ratios.
struct Linspace {
  double first = 0;
  double last = 0;
  std::uint64_t count = 0;
  Scale scale = Scale::linear;
};

// Every number from `low` to `high`: a sample says which of them are run. Has no size of its own.
struct Interval {
  double low = 0;
  double high = 0;
  Scale scale = Scale::linear;
};

// Errors: invalid_argument for a step of 0 or in the wrong direction, for a range that steps over
// its end, and for more than max_points values.
Result<Range> make_range(double first, double last, double step);
// Errors: invalid_argument for no value, for one value between two different ends, and for an end
// that is not above 0 on a logarithmic scale.
Result<Linspace> make_linspace(double first, double last, std::uint64_t count,
                               Scale scale = Scale::linear);
// Errors: invalid_argument when `low` is not below `high`, and as above.
Result<Interval> make_interval(double low, double high, Scale scale);

// The value at this share of the way, 12 significant digits.
std::string value_at(const Interval& interval, double share);

// One parameter.
struct Axis {
  std::string name;
  std::variant<ValueList, Range, Linspace, Dates, Interval> values;

  std::uint64_t size() const;  // of an interval: 0
  // Numbers of a range or linspace in the shortest form with at most 12 significant digits,
  // computed from the index, so that no error adds up. Requires: index < size().
  std::string value(std::uint64_t index) const;
};

// Whether numbers that are neighbours differ in the 12 digits of their texts by their distance
// alone, without a look at each. Lists and dates: false.
bool is_surely_unique(const Axis& axis);

}  // namespace dms::models
