#include "models/job_file/format_value.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace dms::models {
namespace {

using Kind = YamlNode::Kind;

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// A text in quotes, as Python's repr chooses and escapes them.
std::string repr(std::string_view text) {
  const char quote = text.find('\'') != text.npos && text.find('"') == text.npos ? '"' : '\'';
  std::string result(1, quote);
  for (const char c : text) {
    if (c == '\n')
      result += "\\n";
    else if (c == '\t')
      result += "\\t";
    else if (c == '\\' || c == quote)
      result.append(1, '\\').append(1, c);
    else
      result += c;
  }
  return result + quote;
}

std::string repr(const YamlNode& value) {
  std::string result;
  switch (value.kind) {
    case Kind::null: return "None";
    case Kind::scalar:
      return !value.quoted && number_of<double>(value.text) ? value.text : repr(value.text);
    case Kind::list:
      for (const YamlNode& item : value.items) result += (result.empty() ? "" : ", ") + repr(item);
      return "[" + result + "]";
    case Kind::map:
      for (const YamlEntry& entry : value.entries)
        result += (result.empty() ? "" : ", ") + repr(entry.key) + ": " + repr(entry.value);
      return "{" + result + "}";
  }
  return result;
}

constexpr int widest = 999;

// Whether a width or a precision of this format has more digits than `widest`.
bool has_long_number(std::string_view spec) {
  int digits = 0;
  for (const char c : spec) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits > 3) return true;
  }
  return false;
}

Result<std::string> format_number(const YamlNode& value, const std::string& spec) {
  const std::string format = "{:" + spec + "}";
  const bool whole = std::string_view("dxXob").find(spec.back()) != std::string_view::npos;
  const auto wrong = [&](std::string_view wanted) {
    return fail(Code::invalid_argument,
                fmt::format("the format {} wants {}, not '{}'", spec, wanted, value_text(value)));
  };
  if (whole) {
    const auto number = number_of<std::int64_t>(value.text);
    if (!number) return wrong("a whole number");
    return fmt::format(fmt::runtime(format), *number);
  }
  const auto number = number_of<double>(value.text);
  if (!number) return wrong("a number");
  return fmt::format(fmt::runtime(format), *number);
}

}  // namespace

std::string value_text(const YamlNode& value) {
  if (value.kind == Kind::scalar) return value.text;
  return repr(value);
}

Result<const YamlNode*> part_of(const YamlNode& value, std::string_view name,
                                const std::vector<std::string>& indices) {
  const YamlNode* part = &value;
  std::string path(name);
  for (const std::string& index : indices) {
    const auto missing = [&](std::string_view what) {
      return fail(Code::invalid_argument, fmt::format("there is no {}[{}]: {}", path, index, what));
    };
    if (part->kind == Kind::list) {
      const auto at = number_of<std::uint64_t>(index);
      if (!at) return missing(fmt::format("{} is a list, which has numbers", path));
      if (*at >= part->items.size())
        return missing(
            fmt::format("{} has {} values, the first of which is [0]", path, part->items.size()));
      part = &part->items[*at];
    } else if (part->kind == Kind::map) {
      const YamlNode* found = nullptr;
      for (const YamlEntry& entry : part->entries)
        if (entry.key == index) found = &entry.value;
      if (!found) return missing(fmt::format("{} has no such key", path));
      part = found;
    } else {
      return missing(fmt::format("{} is the text '{}', not a list", path, value_text(*part)));
    }
    path += fmt::format("[{}]", index);
  }
  return part;
}

Result<std::string> format_value(const YamlNode& value, char conversion, const std::string& spec) {
  const bool numeric =
      !spec.empty() && std::string_view("dxXobeEfFgG%").find(spec.back()) != std::string_view::npos;
  std::string text = conversion == 'r' ? repr(value) : value_text(value);
  if (spec.empty()) return text;
  if (has_long_number(spec))
    return fail(Code::invalid_argument,
                fmt::format("the format {} is wider than {} characters", spec, widest));
  try {
    if (numeric) return format_number(value, spec);
    // Python aligns numbers to the right and may sign and pad them; texts it cannot.
    if (value.kind == Kind::scalar && !value.quoted && conversion == 0) {
      if (const auto number = number_of<std::int64_t>(value.text))
        return fmt::format(fmt::runtime("{:" + spec + "}"), *number);
      if (const auto number = number_of<double>(value.text))
        return fmt::format(fmt::runtime("{:" + spec + "}"), *number);
    }
    return fmt::format(fmt::runtime("{:" + spec + "}"), text);
  } catch (const fmt::format_error& problem) {
    return fail(Code::invalid_argument,
                fmt::format("the format {} does not fit '{}': {}", spec, text, problem.what()));
  }
}

}  // namespace dms::models
