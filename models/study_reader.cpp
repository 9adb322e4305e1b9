#include "models/study_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "core/suggest.h"
#include "models/study.h"

namespace dms::models {
namespace {

using Kind = YamlNode::Kind;

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

template <class Number>
std::optional<Number> parse_number(const YamlNode& node) {
  if (node.kind != Kind::scalar || node.quoted) return std::nullopt;
  return parse_number<Number>(node.text);
}

bool is_variable_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
  };
  return !name.empty() && letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

// Whether neighbours are so far apart that the 12 digits of their texts differ. A list: false.
bool is_surely_unique(const Axis& axis) {
  double step = 0, largest = 0;
  if (const auto* range = std::get_if<Range>(&axis.values)) {
    step = std::abs(range->step);
    largest = std::max(std::abs(range->first), std::abs(range->last));
  } else if (const auto* space = std::get_if<Linspace>(&axis.values)) {
    if (space->count > 1)
      step = std::abs(space->last - space->first) / static_cast<double>(space->count - 1);
    largest = std::max(std::abs(space->first), std::abs(space->last));
  }
  return step > largest * 2e-11;
}

}  // namespace

std::optional<std::chrono::seconds> parse_span(std::string_view text) {
  std::chrono::seconds total{0};
  while (!text.empty()) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto count = parse_number<std::int32_t>(text.substr(0, digits));
    if (!count || digits == text.size()) return std::nullopt;
    switch (text[digits]) {
      case 's': total += std::chrono::seconds(*count); break;
      case 'm': total += std::chrono::minutes(*count); break;
      case 'h': total += std::chrono::hours(*count); break;
      case 'd': total += std::chrono::days(*count); break;
      default: return std::nullopt;
    }
    text.remove_prefix(digits + 1);
  }
  if (total.count() == 0) return std::nullopt;
  return total;
}

std::string describe(const YamlNode& node) {
  switch (node.kind) {
    case Kind::null: return "nothing";
    case Kind::scalar: return fmt::format("'{}'", node.text);
    case Kind::list: return "a list";
    case Kind::map: return "a map";
  }
  return "";
}

Error StudyReader::unknown_key(const YamlEntry& entry,
                               std::span<const std::string_view> known) const {
  std::string message = fmt::format("unknown key '{}'", entry.key);
  const std::string hint = did_you_mean(entry.key, known);
  message += hint.empty() ? fmt::format("; known are {}", fmt::join(known, ", ")) : hint;
  return error(entry.key_mark, message);
}

const YamlNode* StudyReader::find(const YamlNode& map, std::string_view key) const {
  for (const YamlEntry& entry : map.entries)
    if (entry.key == key) return &entry.value;
  return nullptr;
}

Result<std::string> StudyReader::text(std::string_view what, const YamlNode& node) const {
  if (node.kind != Kind::scalar)
    return error(node.mark, fmt::format("{} is a text, not {}", what, describe(node)));
  if (node.text.find_first_not_of(" \t\n") == std::string::npos)
    return error(node.mark, fmt::format("{} is empty", what));
  if (node.text.find('\0') != std::string::npos)
    return error(node.mark, fmt::format("{} holds a zero byte", what));
  return node.text;
}

Status StudyReader::id(std::string_view what, const YamlNode& node, std::string& out) const {
  DMS_TRY(out, text(what, node));
  if (auto checked = check_id(what, out); !checked)
    return error(node.mark, checked.error().message);
  return ok();
}

Status StudyReader::text_list(std::string_view what, const YamlNode& node,
                              std::vector<std::string>& out) const {
  if (node.kind == Kind::list) {
    for (const YamlNode& item : node.items) {
      DMS_TRY(std::string one, text(what, item));
      out.push_back(std::move(one));
    }
    return ok();
  }
  DMS_TRY(std::string one, text(what, node));
  out.push_back(std::move(one));
  return ok();
}

Status StudyReader::integer(std::string_view what, const YamlNode& node, Limits limits,
                            int& out) const {
  const auto number = parse_number<int>(node);
  if (!number || *number < limits.lowest || *number > limits.highest)
    return error(node.mark, fmt::format("{} is a whole number from {} to {}, not {}", what,
                                        limits.lowest, limits.highest, describe(node)));
  out = *number;
  return ok();
}

Status StudyReader::duration(std::string_view what, const YamlNode& node,
                             std::optional<Duration>& out) const {
  const auto span = node.kind == Kind::scalar ? parse_span(node.text) : std::nullopt;
  if (!span)
    return error(node.mark, fmt::format("{} is a time such as 90s, 30m, 2h or 1h30m, not {}", what,
                                        describe(node)));
  out = Duration{std::chrono::duration_cast<Ticks>(*span)};
  return ok();
}

Status StudyReader::variable_name(const YamlEntry& entry) const {
  if (!is_variable_name(entry.key))
    return error(entry.key_mark,
                 fmt::format("'{}' cannot be the name of an environment variable: letters, digits "
                             "and '_' only, no digit first",
                             entry.key));
  if (entry.key.starts_with("AZ_BATCH_"))
    return error(entry.key_mark,
                 fmt::format("'{}': names with AZ_BATCH_ in front belong to Batch", entry.key));
  return ok();
}

Result<ParameterSpace> StudyReader::sweep(const YamlNode& root) const {
  DMS_TRY(const Combine how, combine(root));
  const YamlNode* node = find(root, "sweep");
  if (!node) return ParameterSpace();
  if (node->kind != Kind::map && node->kind != Kind::null)
    return error(node->mark, fmt::format("sweep is a map of parameters, not {}", describe(*node)));
  if (node->entries.empty())
    return error(node->mark, "the sweep is empty: give it parameters, or leave the key away");
  std::vector<Axis> axes;
  for (const YamlEntry& entry : node->entries) {
    DMS_TRY(Axis one, axis(entry));
    if (how == Combine::product) DMS_CHECK(check_unique(entry, one));
    axes.push_back(std::move(one));
  }
  auto space = ParameterSpace::make(std::move(axes), how);
  if (!space) return error(node->mark, space.error().message);
  if (how == Combine::zip) DMS_CHECK(check_unique_points(*node, *space));
  return space;
}

Result<Combine> StudyReader::combine(const YamlNode& root) const {
  const YamlNode* node = find(root, "combine");
  if (!node || (node->kind == Kind::scalar && node->text == "product")) return Combine::product;
  if (node->kind == Kind::scalar && node->text == "zip") return Combine::zip;
  return error(node->mark, fmt::format("combine is product or zip, not {}", describe(*node)));
}

Result<Axis> StudyReader::axis(const YamlEntry& entry) const {
  DMS_CHECK(variable_name(entry));
  Axis axis{.name = entry.key};
  const YamlNode& node = entry.value;
  if (node.kind != Kind::map) {
    DMS_TRY(axis.values, value_list(entry));
    return axis;
  }
  constexpr std::array<std::string_view, 2> known{"range", "linspace"};
  if (node.entries.size() != 1)
    return error(node.mark,
                 fmt::format("sweep.{} is a list, {{range: …}} or {{linspace: …}}", entry.key));
  const YamlEntry& kind = node.entries.front();
  const std::string what = fmt::format("sweep.{}.{}", entry.key, kind.key);
  if (kind.key == "range") {
    DMS_TRY(const auto ends, numbers(what, kind.value));
    if (ends.size() != 2 && ends.size() != 3)
      return error(kind.value.mark,
                   fmt::format("{} is [first, last] or [first, last, step]", what));
    auto range = make_range(ends[0], ends[1], ends.size() == 3 ? ends[2] : 1);
    if (!range) return error(kind.value.mark, what + ": " + range.error().message);
    axis.values = *range;
  } else if (kind.key == "linspace") {
    DMS_TRY(const auto ends, numbers(what, kind.value));
    if (ends.size() != 3 || ends[2] != std::floor(ends[2]) || ends[2] < 1 || ends[2] > max_points)
      return error(kind.value.mark, fmt::format("{} is [first, last, how many]", what));
    auto space = make_linspace(ends[0], ends[1], static_cast<std::uint64_t>(ends[2]));
    if (!space) return error(kind.value.mark, what + ": " + space.error().message);
    axis.values = *space;
  } else {
    return unknown_key(kind, known);
  }
  return axis;
}

Result<ValueList> StudyReader::value_list(const YamlEntry& entry) const {
  const YamlNode& node = entry.value;
  ValueList list;
  if (node.kind == Kind::scalar) list.values.push_back(node.text);
  for (const YamlNode& item : node.items) {
    if (item.kind != Kind::scalar)
      return error(item.mark, fmt::format("a value of sweep.{} is a number or a text, not {}",
                                          entry.key, describe(item)));
    if (item.text.find('\0') != std::string::npos)
      return error(item.mark, fmt::format("a value of sweep.{} holds a zero byte", entry.key));
    list.values.push_back(item.text);
  }
  if (list.values.empty())
    return error(node.mark, fmt::format("sweep.{} has no values", entry.key));
  return list;
}

Result<std::vector<double>> StudyReader::numbers(std::string_view what,
                                                 const YamlNode& node) const {
  if (node.kind != Kind::list)
    return error(node.mark, fmt::format("{} is a list of numbers, not {}", what, describe(node)));
  std::vector<double> values;
  for (const YamlNode& item : node.items) {
    const auto number = parse_number<double>(item);
    if (!number)
      return error(item.mark, fmt::format("{} holds numbers, not {}", what, describe(item)));
    values.push_back(*number);
  }
  return values;
}

Status StudyReader::check_unique(const YamlEntry& entry, const Axis& axis) const {
  const auto twice = [&](Mark mark, const std::string& value) {
    return error(mark, fmt::format("sweep.{} has the value {} twice: both runs would be the same",
                                   entry.key, value));
  };
  if (const auto* list = std::get_if<ValueList>(&axis.values)) {
    std::unordered_set<std::string_view> seen;
    for (std::size_t at = 0; at < list->values.size(); ++at)
      if (!seen.insert(list->values[at]).second)
        return twice(entry.value.items[at].mark, list->values[at]);
    return ok();
  }
  // Looking at a hundred million values takes half a minute.
  if (is_surely_unique(axis)) return ok();
  // Ranges are monotonic, so equal texts are neighbours.
  std::string last;
  for (std::uint64_t at = 0; at < axis.size(); ++at) {
    std::string value = axis.value(at);
    if (at > 0 && value == last) return twice(entry.value.mark, value);
    last = std::move(value);
  }
  return ok();
}

Status StudyReader::check_unique_points(const YamlNode& sweep, const ParameterSpace& space) const {
  // One parameter that never repeats tells all points apart.
  if (std::any_of(space.axes().begin(), space.axes().end(), is_surely_unique)) return ok();
  // By hash, then by value: a million points stay small.
  std::unordered_multimap<std::size_t, std::uint64_t> seen;
  for (std::uint64_t at = 0; at < space.size(); ++at) {
    const std::vector<std::string> point = space.point(at);
    std::size_t hash = 0;
    for (const std::string& value : point)
      hash = hash * 1'000'003 + std::hash<std::string>{}(value);
    const auto [from, to] = seen.equal_range(hash);
    for (auto same = from; same != to; ++same)
      if (space.point(same->second) == point)
        return error(sweep.mark, fmt::format("runs {} and {} of the sweep are the same: {}",
                                             same->second + 1, at + 1, fmt::join(point, ", ")));
    seen.emplace(hash, at);
  }
  return ok();
}

}  // namespace dms::models
