#include "models/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace dms::models {
namespace {

// Integers are written whole, whatever their length; other numbers with 12 digits, trailing zeros
// dropped.
std::string format_number(double number) {
  constexpr double exact_integers = 9007199254740992;  // 2^53
  if (number == std::floor(number) && std::abs(number) < exact_integers)
    return fmt::format("{}", static_cast<std::int64_t>(number));
  return fmt::format("{:.12g}", number);
}

std::uint64_t size_of(const ValueList& list) { return list.values.size(); }
std::uint64_t size_of(const Range& range) { return range.count; }
std::uint64_t size_of(const Linspace& space) { return space.count; }

std::string value_of(const ValueList& list, std::uint64_t index) { return list.values[index]; }

std::string value_of(const Range& range, std::uint64_t index) {
  if (index + 1 == range.count) return format_number(range.last);
  return format_number(range.first + static_cast<double>(index) * range.step);
}

std::string value_of(const Linspace& space, std::uint64_t index) {
  if (index == 0) return format_number(space.first);
  if (index + 1 == space.count) return format_number(space.last);
  const double share = static_cast<double>(index) / static_cast<double>(space.count - 1);
  return format_number(space.first + share * (space.last - space.first));
}

bool is_name_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
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
        fmt::format("a range from {} to {} needs a step {} 0, not {}", format_number(first),
                    format_number(last), last > first ? "above" : "below", format_number(step)));
  if (steps >= static_cast<double>(max_points))
    return fail(Code::invalid_argument,
                fmt::format("the range has more than {} values", max_points));
  const double whole = std::round(steps);
  if (std::abs(steps - whole) > 1e-6)
    return fail(Code::invalid_argument,
                fmt::format("the range steps over its end {}: the nearest values are {} and {}",
                            format_number(last), format_number(first + std::floor(steps) * step),
                            format_number(first + std::ceil(steps) * step)));
  return Range{first, last, step, static_cast<std::uint64_t>(whole) + 1};
}

Result<Linspace> make_linspace(double first, double last, std::uint64_t count) {
  if (!std::isfinite(first) || !std::isfinite(last))
    return fail(Code::invalid_argument, "linspace needs finite numbers");
  if (count == 0) return fail(Code::invalid_argument, "linspace needs at least 1 value");
  if (count == 1 && first != last)
    return fail(Code::invalid_argument,
                fmt::format("linspace cannot hold both {} and {} in 1 value", format_number(first),
                            format_number(last)));
  if (count > max_points)
    return fail(Code::invalid_argument,
                fmt::format("linspace has more than {} values", max_points));
  return Linspace{first, last, count};
}

std::uint64_t Axis::size() const {
  return std::visit([](const auto& of) { return size_of(of); }, values);
}

std::string Axis::value(std::uint64_t index) const {
  return std::visit([&](const auto& of) { return value_of(of, index); }, values);
}

Result<ParameterSpace> ParameterSpace::make(std::vector<Axis> axes, Combine combine) {
  ParameterSpace space;
  space.combine_ = combine;
  for (const Axis& axis : axes) {
    const std::uint64_t size = axis.size();
    if (size == 0)
      return fail(Code::invalid_argument, fmt::format("the parameter {} has no values", axis.name));
    if (combine == Combine::zip && size != axes.front().size())
      return fail(Code::invalid_argument,
                  fmt::format("with combine: zip all parameters need equally many values: {} has "
                              "{}, {} has {}",
                              axes.front().name, axes.front().size(), axis.name, size));
    if (combine == Combine::zip) {
      space.size_ = size;
    } else if (size > max_points / space.size_) {
      return fail(Code::invalid_argument, fmt::format("more than {} runs", max_points));
    } else {
      space.size_ *= size;
    }
  }
  space.axes_ = std::move(axes);
  return space;
}

std::vector<std::string> ParameterSpace::point(std::uint64_t index) const {
  std::vector<std::string> values(axes_.size());
  for (std::size_t at = axes_.size(); at-- > 0;) {
    if (combine_ == Combine::zip) {
      values[at] = axes_[at].value(index);
    } else {
      values[at] = axes_[at].value(index % axes_[at].size());
      index /= axes_[at].size();
    }
  }
  return values;
}

std::string ParameterSpace::describe() const {
  std::string text;
  for (const Axis& axis : axes_) {
    if (!text.empty()) text += combine_ == Combine::zip ? " + " : " × ";
    text += fmt::format("{} {}", axis.name, axis.size());
  }
  return text;
}

std::string substitute(std::string_view text, const std::vector<Axis>& axes,
                       const std::vector<std::string>& values) {
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
    const auto axis = std::find_if(axes.begin(), axes.end(),
                                   [&](const Axis& candidate) { return candidate.name == name; });
    if (!closed || shielded || axis == axes.end()) {
      result += text.substr(at, end - at);
      at = end;
      continue;
    }
    result += text.substr(at, open - at);
    result += values[static_cast<std::size_t>(axis - axes.begin())];
    at = end + 1;
  }
  return result.append(text.substr(at));
}

}  // namespace dms::models
