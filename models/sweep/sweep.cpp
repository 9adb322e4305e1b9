#include "models/sweep/sweep.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "models/letters.h"

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

}  // namespace

std::string describe_of(const Member& member) {
  return std::visit([](const auto& of) { return describe(of); }, member.of);
}

bool holds_interval(const Member& member) {
  if (const auto* axis = std::get_if<Axis>(&member.of))
    return std::holds_alternative<Interval>(axis->values);
  const auto* group = std::get_if<Group>(&member.of);
  return group && std::any_of(group->members.begin(), group->members.end(), holds_interval);
}

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

std::vector<Parameter> parameters_of(const Member& member) {
  if (const auto* axis = std::get_if<Axis>(&member.of)) {
    Parameter parameter{.name = axis->name};
    if (const auto* dates = std::get_if<Dates>(&axis->values)) parameter.date = dates->format;
    return {std::move(parameter)};
  }
  std::vector<Parameter> parameters;
  if (const auto* table = std::get_if<Table>(&member.of))
    for (const std::string& name : table->columns) parameters.push_back({.name = name});
  if (const auto* group = std::get_if<Group>(&member.of))
    for (const Member& inner : group->members) {
      if (group->combine == Combine::chain && !parameters.empty()) break;
      const auto of = parameters_of(inner);
      parameters.insert(parameters.end(), of.begin(), of.end());
    }
  return parameters;
}

Result<Group> with_grid(Group group, std::uint64_t count) {
  for (Member& member : group.members) {
    if (auto* inner = std::get_if<Group>(&member.of)) {
      DMS_TRY(*inner, with_grid(std::move(*inner), count));
    }
    auto* axis = std::get_if<Axis>(&member.of);
    const auto* interval = axis ? std::get_if<Interval>(&axis->values) : nullptr;
    if (!interval) continue;
    DMS_TRY(axis->values, make_linspace(interval->low, interval->high, count, interval->scale));
  }
  return group;
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
