// Parameter spaces: the points of a study, each a value for every parameter, as a function from an
// index to a point. Nothing is ever listed, so a space of millions of points takes no memory.
//
//   Axis    one parameter and its values                         (models/sweep/values.h)
//   Table   several parameters, a row of values a point          (models/sweep/csv.h)
//   Group   axes, tables and groups, combined
//   sample  some of the points, or points between                (models/sweep/sampling.h)
//   derived parameters computed from these                       (models/sweep/derived.h)
//   where   what a point must hold to be run                     (models/sweep/expression.h)
//
// Values, once made; const functions are safe from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/result.h"
#include "models/sweep/csv.h"
#include "models/sweep/derived.h"
#include "models/sweep/expression.h"
#include "models/sweep/kept_points.h"
#include "models/sweep/sampling.h"
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
// "A 3 × B 2"
std::string describe_of(const Member& member);
bool holds_interval(const Member& member);
// Appends the values of a point. Requires: index < size_of(member), and no interval.
void append_point(const Member& member, std::uint64_t index, std::vector<std::string>& values);

// The parameters as expressions see them: which are dates, and how they are written.
std::vector<Parameter> parameters_of(const Member& member);

// The group with every interval cut into `count` values, both ends among them.
// Errors: those of make_linspace.
Result<Group> with_grid(Group group, std::uint64_t count);

// Checks one group, but not the groups in it.
// Errors: invalid_argument for a member without points, members of different sizes in a zip or with
// different parameters in a chain, a parameter that is there twice, an interval in a zip or chain,
// and more than max_points points.
Status check_group(const Group& group);

struct SpaceParts {
  Group parameters;
  std::optional<Sample> sample;
  // In an order in which each uses only those before it.
  std::vector<Derived> derived;
  // Of all names; a point must hold all of them.
  std::vector<Expression> where;
};

class ParameterSpace {
 public:
  // One point, without parameters.
  ParameterSpace() = default;
  // With `where`, with derived parameters that can fail and with a sample looks at all points once;
  // points of a sample that come again are left out. Errors: those of check_group for all groups;
  // for an interval without a sample; for a sample of more dimensions or points than there are; for
  // a point whose derived values or conditions fail, and when no point is kept. An error of a
  // derived parameter or a condition has the detail
  // {"derive", its name} or {"where", its place from 0, or ""}.
  static Result<ParameterSpace> make(SpaceParts parts);
  static Result<ParameterSpace> make(Group parameters) {
    return make(SpaceParts{.parameters = std::move(parameters)});
  }
  static Result<ParameterSpace> make(std::vector<Axis> axes, Combine combine);

  std::uint64_t size() const { return size_; }
  // Swept parameters, then derived ones.
  const std::vector<std::string>& names() const { return names_; }
  std::size_t swept_count() const { return names_.size() - derived_.size(); }

  // The values of the point, in the order of the names. Requires: index < size().
  std::vector<std::string> point(std::uint64_t index) const;

  // "LJ_T 6 × LJ_RHO 4", "sobol 64 of K × MODEL 3", "A 4 × B 4, 10 of 16", or "" without
  // parameters.
  std::string describe() const;
  // "A=1, B=x" of the swept parameters.
  std::string describe(std::uint64_t index) const;

 private:
  // Of all points, also those that are not kept.
  Result<std::vector<std::string>> any_point(std::uint64_t index) const;
  void append_swept(std::uint64_t index, std::vector<std::string>& values) const;
  std::string describe_values(std::span<const std::string> values) const;
  // The hashes of points of a sample that come more than once.
  std::set<std::uint64_t> repeated_points() const;
  Status look_at_all_points(std::span<const Expression> where,
                            const std::set<std::uint64_t>& repeated);

  Member root_{Group{}};
  std::optional<Sample> sample_;
  bool samples_numbers_ = false;  // an interval is among the parameters
  std::vector<Derived> derived_;
  std::vector<std::string> names_;
  std::uint64_t all_points_ = 1;
  std::optional<KeptPoints> kept_;  // nothing: all
  std::uint64_t size_ = 1;
};

// Replaces each {NAME} whose NAME is among `names` by its value. A brace after '$' or '{' and all
// other text stay as they are, byte for byte: shell's ${NAME}, awk's {print}, and {{NAME}}.
std::string substitute(std::string_view text, std::span<const std::string> names,
                       std::span<const std::string> values);

}  // namespace dms::models
