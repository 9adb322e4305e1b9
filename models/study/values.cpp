#include "models/study/values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <glob.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_set>

#include "models/sweep/numbers.h"

namespace dms::models {
namespace {

namespace fs = std::filesystem;
using Kind = YamlNode::Kind;

std::optional<double> number_of(const YamlNode& node) {
  if (node.kind != Kind::scalar || node.quoted) return std::nullopt;
  return to_number(node.text);
}

// A date in the parameter's own format, or in ISO's.
std::optional<DateTime> date_of(const YamlNode& node, const DateFormat& format) {
  if (node.kind != Kind::scalar) return std::nullopt;
  auto date = format.read(node.text);
  if (!date) date = parse_iso_date(node.text);
  return date && is_in_range(*date) ? date : std::nullopt;
}

std::uint64_t hash_of(const std::vector<std::string>& point) {
  std::uint64_t hash = 0;
  for (const std::string& value : point)
    hash = hash * 1'000'003 + std::hash<std::string>{}(value) + 1;
  return hash;
}

}  // namespace

std::optional<std::pair<std::uint64_t, std::uint64_t>> find_repeat(const Member& member) {
  const auto point = [&](std::uint64_t index) {
    std::vector<std::string> values;
    append_point(member, index, values);
    return values;
  };
  // By hash, then by value: 16 bytes a point.
  std::vector<std::pair<std::uint64_t, std::uint32_t>> seen;
  const std::uint64_t size = size_of(member);
  seen.reserve(size);
  for (std::uint64_t index = 0; index < size; ++index)
    seen.emplace_back(hash_of(point(index)), static_cast<std::uint32_t>(index));
  std::sort(seen.begin(), seen.end());
  std::optional<std::pair<std::uint64_t, std::uint64_t>> found;
  for (std::size_t at = 1; at < seen.size(); ++at)
    if (seen[at].first == seen[at - 1].first && (!found || seen[at].second < found->second) &&
        point(seen[at].second) == point(seen[at - 1].second))
      found = {seen[at - 1].second, seen[at].second};
  return found;
}

fs::path ValuesReader::folder() const { return fs::path(reader_.file()).parent_path(); }

Result<Axis> ValuesReader::axis(const YamlEntry& entry) const {
  DMS_CHECK(reader_.variable_name(entry));
  Axis axis{.name = entry.key};
  const YamlNode& node = entry.value;
  if (node.kind != Kind::map) {
    DMS_TRY(axis.values, value_list(entry));
    return axis;
  }
  static constexpr std::array<std::string_view, 7> known{"range", "linspace", "logspace",  "dates",
                                                         "glob",  "uniform",  "loguniform"};
  if (node.entries.empty())
    return reader_.error(node.mark, fmt::format("sweep.{} is a list, or {{range: …}} or one of {}",
                                                entry.key, fmt::join(known, ", ")));
  const YamlEntry& kind = node.entries.front();
  if (std::find(known.begin(), known.end(), kind.key) == known.end())
    return reader_.unknown_key(kind, known);
  if (kind.key != "glob" && node.entries.size() > 1)
    return reader_.error(node.entries[1].key_mark,
                         fmt::format("sweep.{} is {}, and cannot be {} too", entry.key, kind.key,
                                     node.entries[1].key));
  const std::string what = fmt::format("sweep.{}.{}", entry.key, kind.key);
  const YamlNode& value = kind.value;
  Status read = kind.key == "range"        ? range(what, value, axis)
                : kind.key == "linspace"   ? space(what, value, Scale::linear, axis)
                : kind.key == "logspace"   ? space(what, value, Scale::logarithmic, axis)
                : kind.key == "dates"      ? dates(what, value, axis)
                : kind.key == "uniform"    ? interval(what, value, Scale::linear, axis)
                : kind.key == "loguniform" ? interval(what, value, Scale::logarithmic, axis)
                                           : glob(what, node, axis);
  if (!read) return std::move(read).error();
  return axis;
}

Result<std::string> ValuesReader::value(std::string_view what, const YamlNode& node) const {
  if (node.kind != Kind::scalar)
    return reader_.error(node.mark, fmt::format("a value of {} is a number or a text, not {}", what,
                                                describe(node)));
  if (node.text.find('\0') != std::string::npos)
    return reader_.error(node.mark, fmt::format("a value of {} holds a zero byte", what));
  return node.text;
}

Result<ValueList> ValuesReader::value_list(const YamlEntry& entry) const {
  const YamlNode& node = entry.value;
  const std::string what = "sweep." + entry.key;
  ValueList list;
  if (node.kind == Kind::scalar) {
    DMS_TRY(std::string one, value(what, node));
    list.values.push_back(std::move(one));
  }
  for (const YamlNode& item : node.items) {
    DMS_TRY(std::string one, value(what, item));
    list.values.push_back(std::move(one));
  }
  if (list.values.empty()) return reader_.error(node.mark, fmt::format("{} has no values", what));
  return list;
}

Result<std::vector<double>> ValuesReader::numbers(std::string_view what,
                                                  const YamlNode& node) const {
  if (node.kind != Kind::list)
    return reader_.error(node.mark,
                         fmt::format("{} is a list of numbers, not {}", what, describe(node)));
  std::vector<double> values;
  for (const YamlNode& item : node.items) {
    const auto number = number_of(item);
    if (!number)
      return reader_.error(item.mark,
                           fmt::format("{} holds numbers, not {}", what, describe(item)));
    values.push_back(*number);
  }
  return values;
}

Status ValuesReader::range(std::string_view what, const YamlNode& node, Axis& axis) const {
  DMS_TRY(const auto ends, numbers(what, node));
  if (ends.size() != 2 && ends.size() != 3)
    return reader_.error(node.mark,
                         fmt::format("{} is [first, last] or [first, last, step]", what));
  auto made = make_range(ends[0], ends[1], ends.size() == 3 ? ends[2] : 1);
  if (!made) return reader_.error(node.mark, fmt::format("{}: {}", what, made.error().message));
  axis.values = *made;
  return ok();
}

Status ValuesReader::space(std::string_view what, const YamlNode& node, Scale scale,
                           Axis& axis) const {
  DMS_TRY(const auto ends, numbers(what, node));
  if (ends.size() != 3 || ends[2] != std::floor(ends[2]) || ends[2] < 1 ||
      ends[2] > static_cast<double>(max_points))
    return reader_.error(node.mark, fmt::format("{} is [first, last, how many]", what));
  auto made = make_linspace(ends[0], ends[1], static_cast<std::uint64_t>(ends[2]), scale);
  if (!made) return reader_.error(node.mark, fmt::format("{}: {}", what, made.error().message));
  axis.values = *made;
  return ok();
}

Status ValuesReader::interval(std::string_view what, const YamlNode& node, Scale scale,
                              Axis& axis) const {
  DMS_TRY(const auto ends, numbers(what, node));
  if (ends.size() != 2) return reader_.error(node.mark, fmt::format("{} is [low, high]", what));
  auto made = make_interval(ends[0], ends[1], scale);
  if (!made) return reader_.error(node.mark, fmt::format("{}: {}", what, made.error().message));
  axis.values = *made;
  return ok();
}

Status ValuesReader::dates(std::string_view what, const YamlNode& node, Axis& axis) const {
  static constexpr std::array<std::string_view, 6> known{"from", "to",     "count",
                                                         "step", "format", "upper"};
  if (node.kind != Kind::map)
    return reader_.error(node.mark, fmt::format("{} is {{from: 1990-01-31, to: 1990-12-31, step: "
                                                "1mo}}, not {}",
                                                what, describe(node)));
  for (const YamlEntry& entry : node.entries)
    if (std::find(known.begin(), known.end(), entry.key) == known.end())
      return reader_.unknown_key(entry, known);
  DMS_TRY(const DateFormat format, reader_.date_format(what, node, DateFormat()));
  const auto date = [&](std::string_view key) -> Result<DateTime> {
    const YamlNode* value = reader_.find(node, key);
    if (!value) return reader_.error(node.mark, fmt::format("{} needs {}", what, key));
    if (const auto read = date_of(*value, format)) return *read;
    return reader_.error(
        value->mark, fmt::format("{}.{} is a date such as {} or 1990-01-31, not {}", what, key,
                                 format.write(*parse_iso_date("1990-01-31")), describe(*value)));
  };
  DateStep step{.seconds = std::chrono::days(1)};
  if (const YamlNode* value = reader_.find(node, "step")) {
    const auto read = parse_date_step(value->kind == Kind::scalar ? value->text : "");
    if (!read)
      return reader_.error(value->mark,
                           fmt::format("{}.step is a time such as 1d, 1mo, 1y, 2w, 12h or 15min, "
                                       "not {}",
                                       what, describe(*value)));
    step = *read;
  }
  DMS_TRY(const DateTime first, date("from"));
  const YamlNode* count = reader_.find(node, "count");
  if ((count != nullptr) == (reader_.find(node, "to") != nullptr))
    return reader_.error(node.mark, fmt::format("{} needs either to or count", what));
  int how_many = 0;
  if (count)
    DMS_CHECK(reader_.integer(fmt::format("{}.count", what), *count,
                              {1, static_cast<int>(max_dates)}, how_many));
  DateTime last{};
  if (!count) {
    DMS_TRY(last, date("to"));
  }
  auto made = count ? make_dates(first, static_cast<std::uint64_t>(how_many), step, format)
                    : make_dates(first, last, step, format);
  if (!made) return reader_.error(node.mark, fmt::format("{}: {}", what, made.error().message));
  axis.values = *std::move(made);
  return ok();
}

Status ValuesReader::glob(std::string_view what, const YamlNode& map, Axis& axis) const {
  static constexpr std::array<std::string_view, 2> known{"glob", "as"};
  const YamlNode& node = map.entries.front().value;
  DMS_TRY(const std::string pattern, reader_.text(what, node));
  std::string form = "path";
  for (const YamlEntry& entry : map.entries) {
    if (std::find(known.begin(), known.end(), entry.key) == known.end())
      return reader_.unknown_key(entry, known);
    if (entry.key != "as") continue;
    form = entry.value.text;
    if (form != "path" && form != "name" && form != "stem")
      return reader_.error(entry.value.mark,
                           fmt::format("as is path, name or stem, not {}", describe(entry.value)));
  }
  const std::string absolute = (folder() / pattern).string();
  glob_t matches{};
  const int failed = ::glob(absolute.c_str(), GLOB_NOSORT, nullptr, &matches);
  std::vector<std::string> paths(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
  globfree(&matches);
  if (failed != 0 || paths.empty())
    return reader_.error(node.mark, fmt::format("{}: no file matches {}", what, pattern));
  // By bytes, whatever the user's language.
  std::sort(paths.begin(), paths.end());
  ValueList list;
  const std::size_t prefix = absolute.size() - pattern.size();
  for (const std::string& path : paths) {
    const fs::path below = fs::path(pattern).is_absolute() ? path : path.substr(prefix);
    list.values.push_back(form == "path"   ? below.string()
                          : form == "name" ? below.filename().string()
                                           : below.stem().string());
  }
  axis.values = std::move(list);
  return ok();
}

Status ValuesReader::check_unique(const YamlEntry& entry, const Member& member) const {
  const auto twice = [&](Mark mark, const std::string& value) {
    return reader_.error(
        mark, fmt::format("sweep.{} has the value {} twice: both runs would be the same", entry.key,
                          value));
  };
  const auto* axis = std::get_if<Axis>(&member.of);
  const auto* list = axis ? std::get_if<ValueList>(&axis->values) : nullptr;
  if (list && list->values.size() == entry.value.items.size()) {
    std::unordered_set<std::string_view> seen;
    for (std::size_t at = 0; at < list->values.size(); ++at)
      if (!seen.insert(list->values[at]).second)
        return twice(entry.value.items[at].mark, list->values[at]);
    return ok();
  }
  // Looking at a hundred million values takes half a minute.
  if (axis && (is_surely_unique(*axis) || std::holds_alternative<Interval>(axis->values)))
    return ok();
  const auto repeat = find_repeat(member);
  if (!repeat) return ok();
  std::vector<std::string> values;
  append_point(member, repeat->first, values);
  if (axis) return twice(entry.value.mark, values.front());
  return reader_.error(entry.value.mark,
                       fmt::format("sweep.{}: rows {} and {} are the same: {}", entry.key,
                                   repeat->first + 1, repeat->second + 1, fmt::join(values, ", ")));
}

}  // namespace dms::models
