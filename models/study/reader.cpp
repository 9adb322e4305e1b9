#include "models/study/reader.h"
#include "models/letters.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <unordered_map>
#include <unordered_set>

#include "core/suggest.h"
#include "core/time_span.h"
#include "models/study/study.h"

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
  return !name.empty() && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(), is_name_character);
}

}  // namespace

void Problems::add(const Status& status) {
  if (status) return;
  if (++count_ == 1)
    first_ = status.error();
  else if (count_ <= most_shown)
    others_ += '\n' + status.error().message;
}

Status Problems::status() const {
  if (!first_) return ok();
  Error error = *first_;
  error.message += others_;
  if (count_ > most_shown) error.message += fmt::format("\n… and {} more", count_ - most_shown);
  return error;
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

Status StudyReader::patterns_below(std::string_view what, const YamlNode& node,
                                   std::vector<std::string>& out) const {
  DMS_CHECK(text_list(what, node, out));
  for (std::size_t at = 0; at < out.size(); ++at) {
    const std::filesystem::path pattern = out[at];
    const bool climbs = std::find(pattern.begin(), pattern.end(), "..") != pattern.end();
    if (pattern.is_absolute() || climbs)
      return error(
          node.kind == Kind::list ? node.items[at].mark : node.mark,
          fmt::format("{}: '{}' is not below the working directory", what, pattern.string()));
  }
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

Result<bool> StudyReader::boolean(std::string_view what, const YamlNode& node) const {
  const bool plain = node.kind == Kind::scalar && !node.quoted;
  if (plain && (node.text == "true" || node.text == "yes")) return true;
  if (plain && (node.text == "false" || node.text == "no")) return false;
  return error(node.mark, fmt::format("{} is true or false, not {}", what, describe(node)));
}

Result<DateFormat> StudyReader::date_format(std::string_view what, const YamlNode& map,
                                            const DateFormat& otherwise) const {
  std::string pattern = otherwise.pattern();
  bool upper = otherwise.letters() == DateFormat::Letters::upper;
  if (const YamlNode* node = find(map, "format")) {
    DMS_TRY(pattern, text(fmt::format("{}.format", what), *node));
    upper = false;
  }
  if (const YamlNode* node = find(map, "upper")) {
    DMS_TRY(upper, boolean(fmt::format("{}.upper", what), *node));
  }
  auto format = DateFormat::make(
      pattern, upper ? DateFormat::Letters::upper : DateFormat::Letters::as_they_are);
  if (format) return format;
  return error(find(map, "format")->mark,
               fmt::format("{}.format: {}", what, format.error().message));
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

}  // namespace dms::models
