// Parameter spaces: the points of a study, each a value for every parameter, as a function from an
// index to a point. Nothing is ever listed, so a space of millions of points takes no memory.
//
//   Axis    one parameter and its values                         (models/sweep/values.h)
//   Table   several parameters, a row of values a point          (models/sweep/csv.h)
//   Group   axes, tables and groups, combined
//
// Values, once made; const functions are safe from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.h"
#include "models/sweep/csv.h"
#include "models/sweep/values.h"

namespace dms::models {

// How the members of a group become points.
enum class Combine {
  product,  // all combinations, the first member slowest
  zip,      // the n-th points of all members together
  chain,    // the points of one member after those of the other; all have the same parameters
};

struct Member;

struct Group {
  Combine combine = Combine::product;
  std::vector<Member> members;
};

struct Member {
  std::variant<Axis, Table, Group> of;
};

// The names of the parameters, in the order of the values of a point.
std::vector<std::string> names_of(const Member& member);
// How many points there are; never above max_points + 1. Intervals count as one.
std::uint64_t size_of(const Member& member);
// Appends the values of a point. Requires: index < size_of(member), and no interval.
void append_point(const Member& member, std::uint64_t index, std::vector<std::string>& values);

// Checks one group, but not the groups in it.
// Errors: invalid_argument for a member without points, members of different sizes in a zip or with
// different parameters in a chain, a parameter that is there twice, an interval in a zip or chain,
// and more than max_points points.
Status check_group(const Group& group);

class ParameterSpace {
 public:
  // One point, without parameters.
  ParameterSpace() = default;
  // Errors: those of check_group for all groups, and for an interval.
  static Result<ParameterSpace> make(Group parameters);
  static Result<ParameterSpace> make(std::vector<Axis> axes, Combine combine);

  std::uint64_t size() const { return size_; }
  const std::vector<std::string>& names() const { return names_; }

  // The values of the point, in the order of the names. Requires: index < size().
  std::vector<std::string> point(std::uint64_t index) const;

  // "LJ_T 6 × LJ_RHO 4", or "" without parameters.
  std::string describe() const;

 private:
  Member root_{Group{}};
  std::vector<std::string> names_;
  std::uint64_t size_ = 1;
};

// Replaces each {NAME} whose NAME is among `names` by its value. A brace after '$' or '{' and all
// other text stay as they are, byte for byte: shell's ${NAME}, awk's {print}, and {{NAME}}.
std::string substitute(std::string_view text, std::span<const std::string> names,
                       std::span<const std::string> values);

}  // namespace dms::models
