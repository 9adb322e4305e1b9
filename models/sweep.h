// Parameter spaces: the combinations of parameter values that a study runs, as a function from an
// index to a point. Nothing is ever listed, so a space of millions of points takes no memory.
//
// Values, once made; const functions are safe from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.h"

namespace dms::models {

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

// `count` values at equal distances, both ends among them.
struct Linspace {
  double first = 0;
  double last = 0;
  std::uint64_t count = 0;
};

// Errors: invalid_argument for a step of 0 or in the wrong direction, for a range that steps over
// its end, and for more than max_points values.
Result<Range> make_range(double first, double last, double step);
// Errors: invalid_argument for no value, or for one value between two different ends.
Result<Linspace> make_linspace(double first, double last, std::uint64_t count);

// One parameter.
struct Axis {
  std::string name;
  std::variant<ValueList, Range, Linspace> values;

  std::uint64_t size() const;
  // Numbers of a range or linspace in the shortest form with at most 12 significant digits,
  // computed from the index, so that no error adds up. Requires: index < size().
  std::string value(std::uint64_t index) const;
};

// How axes become points: all combinations, the first axis slowest; or the n-th values of all axes
// together.
enum class Combine { product, zip };

inline constexpr std::uint64_t max_points = 100'000'000;

class ParameterSpace {
 public:
  // Without axes there is one point, without parameters.
  ParameterSpace() = default;
  // Errors: invalid_argument for an axis without values, for axes of different sizes in a zip, and
  // for more than max_points points.
  static Result<ParameterSpace> make(std::vector<Axis> axes, Combine combine);

  std::uint64_t size() const { return size_; }
  const std::vector<Axis>& axes() const { return axes_; }
  Combine combine() const { return combine_; }

  // The values of the point, in the order of the axes. Requires: index < size().
  std::vector<std::string> point(std::uint64_t index) const;

  // "LJ_T 6 × LJ_RHO 4", or "" without axes.
  std::string describe() const;

 private:
  std::vector<Axis> axes_;
  Combine combine_ = Combine::product;
  std::uint64_t size_ = 1;
};

// Replaces each {NAME} whose NAME is among `names` by its value. A brace after '$' or '{' and all
// other text stay as they are, byte for byte: shell's ${NAME}, awk's {print}, and {{NAME}}.
std::string substitute(std::string_view text, const std::vector<Axis>& axes,
                       const std::vector<std::string>& values);

}  // namespace dms::models
