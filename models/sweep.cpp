#include "models/sweep.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace dms::models {
namespace {

std::uint64_t size_of(const Axis& axis) {
  return std::holds_alternative<Interval>(axis.values) ? 1 : axis.size();
}
std::uint64_t size_of(const Table& table) { return table.rows.size(); }
std::uint64_t size_of(const Group& group) {
  if (group.combine == Combine::zip)
    return group.members.empty() ? 1 : models::size_of(group.members.front());
  std::uint64_t size = group.combine == Combine::chain ? 0 : 1;
  for (const Member& member : group.members) {
    const std::uint64_t of = models::size_of(member);
    size = group.combine == Combine::chain ? size + of : size * of;
    if (size > max_points) return max_points + 1;
  }
  return size;
}

void append_of(const Axis& axis, std::uint64_t index, std::vector<std::string>& values) {
  values.push_back(axis.value(index));
}

void append_of(const Table& table, std::uint64_t index, std::vector<std::string>& values) {
  values.insert(values.end(), table.rows[index].begin(), table.rows[index].end());
}

void append_of(const Group& group, std::uint64_t index, std::vector<std::string>& values) {
  // Of a product: how many points the members from here on make together.
  std::uint64_t rest = group.combine == Combine::product ? size_of(group) : 1;
  for (const Member& member : group.members) {
    if (group.combine == Combine::zip) {
      append_point(member, index, values);
      continue;
    }
    const std::uint64_t size = models::size_of(member);
    if (group.combine == Combine::product) {
      rest /= size;
      append_point(member, index / rest, values);
      index %= rest;
    } else if (index < size) {
      return append_point(member, index, values);
    } else {
      index -= size;
    }
  }
}

std::string describe_of(const Member& member);

std::string describe(const Axis& axis) {
  if (std::holds_alternative<Interval>(axis.values)) return axis.name;
  return fmt::format("{} {}", axis.name, axis.size());
}
std::string describe(const Table& table) {
  return fmt::format("{} {}", fmt::join(table.columns, ", "), table.rows.size());
}
std::string describe(const Group& group) {
  std::string text;
  for (const Member& member : group.members) {
    if (!text.empty())
      text += group.combine == Combine::product ? " × "
              : group.combine == Combine::zip   ? " + "
                                                : " then ";
    const auto* inner = std::get_if<Group>(&member.of);
    const bool in_brackets = inner && inner->members.size() > 1 && inner->combine != group.combine;
    text += in_brackets ? '(' + describe_of(member) + ')' : describe_of(member);
  }
  return text;
}
std::string describe_of(const Member& member) {
  return std::visit([](const auto& of) { return describe(of); }, member.of);
}

bool holds_interval(const Member& member) {
  if (const auto* axis = std::get_if<Axis>(&member.of))
    return std::holds_alternative<Interval>(axis->values);
  const auto* group = std::get_if<Group>(&member.of);
  return group && std::any_of(group->members.begin(), group->members.end(), holds_interval);
}

// The parameters as they are called in messages: "A", or "A, B".
std::string title(const Member& member) {
  return fmt::format("{}", fmt::join(names_of(member), ", "));
}

Status check_names(const Group& group) {
  if (group.combine == Combine::chain) {
    const auto first = names_of(group.members.front());
    for (const Member& member : group.members)
      if (const auto names = names_of(member); names != first)
        return fail(Code::invalid_argument,
                    fmt::format("all parts of a chain need the same parameters in the same order: "
                                "the first has {}, another has {}",
                                fmt::join(first, ", "), fmt::join(names, ", ")));
    return ok();
  }
  std::set<std::string> seen;
  for (const Member& member : group.members)
    for (const std::string& name : names_of(member))
      if (!seen.insert(name).second)
        return fail(Code::invalid_argument,
                    fmt::format("the parameter {} is there more than once", name));
  return ok();
}

Status check_all_groups(const Group& group) {
  DMS_CHECK(check_group(group));
  for (const Member& member : group.members)
    if (const auto* inner = std::get_if<Group>(&member.of)) DMS_CHECK(check_all_groups(*inner));
  return ok();
}

bool is_name_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

std::vector<std::string> names_of(const Member& member) {
  if (const auto* axis = std::get_if<Axis>(&member.of)) return {axis->name};
  if (const auto* table = std::get_if<Table>(&member.of)) return table->columns;
  const auto& group = std::get<Group>(member.of);
  std::vector<std::string> names;
  for (const Member& inner : group.members) {
    if (group.combine == Combine::chain && !names.empty()) break;
    const auto of = names_of(inner);
    names.insert(names.end(), of.begin(), of.end());
  }
  return names;
}

std::uint64_t size_of(const Member& member) {
  if (const auto* axis = std::get_if<Axis>(&member.of)) return size_of(*axis);
  if (const auto* table = std::get_if<Table>(&member.of)) return size_of(*table);
  return size_of(std::get<Group>(member.of));
}

void append_point(const Member& member, std::uint64_t index, std::vector<std::string>& values) {
  std::visit([&](const auto& of) { append_of(of, index, values); }, member.of);
}

Status check_group(const Group& group) {
  for (const Member& member : group.members) {
    const std::uint64_t size = size_of(member);
    if (size == 0)
      return fail(Code::invalid_argument,
                  fmt::format("the parameter {} has no values", title(member)));
    if (group.combine != Combine::product && holds_interval(member))
      return fail(
          Code::invalid_argument,
          fmt::format("{}: uniform and loguniform cannot be in a zip or chain", title(member)));
    if (group.combine == Combine::zip && size != size_of(group.members.front()))
      return fail(Code::invalid_argument,
                  fmt::format("with combine: zip all parameters need equally many values: {} has "
                              "{}, {} has {}",
                              title(group.members.front()), size_of(group.members.front()),
                              title(member), size));
  }
  if (group.members.empty()) return ok();
  DMS_CHECK(check_names(group));
  if (size_of(group) > max_points)
    return fail(Code::invalid_argument, fmt::format("more than {} runs", max_points));
  return ok();
}

Result<ParameterSpace> ParameterSpace::make(Group parameters) {
  DMS_CHECK(check_all_groups(parameters));
  ParameterSpace space;
  space.root_ = Member{std::move(parameters)};
  if (holds_interval(space.root_))
    return fail(Code::invalid_argument,
                "uniform and loguniform need a sample, which says how many of their values to run");
  space.names_ = names_of(space.root_);
  space.size_ = size_of(space.root_);
  return space;
}

Result<ParameterSpace> ParameterSpace::make(std::vector<Axis> axes, Combine combine) {
  Group group{.combine = combine};
  for (Axis& axis : axes) group.members.push_back({std::move(axis)});
  return make(std::move(group));
}

std::vector<std::string> ParameterSpace::point(std::uint64_t index) const {
  std::vector<std::string> values;
  values.reserve(names_.size());
  append_point(root_, index, values);
  return values;
}

std::string ParameterSpace::describe() const { return describe_of(root_); }

std::string substitute(std::string_view text, std::span<const std::string> names,
                       std::span<const std::string> values) {
  std::string result;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t open = text.find('{', at);
    if (open == text.npos) break;
    std::size_t end = open + 1;
    while (end < text.size() && is_name_character(text[end])) ++end;
    const bool closed = end < text.size() && text[end] == '}';
    const bool shielded = open > 0 && (text[open - 1] == '$' || text[open - 1] == '{');
    const std::string_view name = text.substr(open + 1, end - open - 1);
    const auto found = std::find(names.begin(), names.end(), name);
    if (!closed || shielded || found == names.end()) {
      result += text.substr(at, end - at);
      at = end;
      continue;
    }
    result += text.substr(at, open - at);
    result += values[static_cast<std::size_t>(found - names.begin())];
    at = end + 1;
  }
  return result.append(text.substr(at));
}

}  // namespace dms::models
