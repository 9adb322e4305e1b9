#include "models/job_file/yaml_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace dms::models {
namespace {

using Kind = YamlNode::Kind;

bool is_plain(std::string_view text) {
  constexpr std::string_view words[] = {"null", "Null", "NULL", "~"};
  if (text.empty() || std::find(std::begin(words), std::end(words), text) != std::end(words))
    return false;
  const auto letter = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  };
  if (!letter(text.front()) && text.front() != '/' && text.front() != '.' && text.front() != '-')
    return false;
  if (text == "-" || text.starts_with("---") || text.starts_with("...")) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return letter(c) || std::string_view("_./-+").find(c) != std::string_view::npos;
  });
}

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      result.append(1, '\\').append(1, c);
    else if (c == '\n')
      result += "\\n";
    else if (c == '\t')
      result += "\\t";
    else if (c == '\r')
      result += "\\r";
    else
      result += c;
  }
  return result + '"';
}

}  // namespace

std::string yaml_text(std::string_view text) {
  return is_plain(text) ? std::string(text) : in_quotes(text);
}

std::string yaml_text(const YamlNode& value) {
  std::string result;
  switch (value.kind) {
    case Kind::null: return "null";
    case Kind::scalar:
      return !value.quoted && is_plain(value.text) ? value.text : in_quotes(value.text);
    case Kind::list:
      for (const YamlNode& item : value.items)
        result += (result.empty() ? "" : ", ") + yaml_text(item);
      return "[" + result + "]";
    case Kind::map:
      for (const YamlEntry& entry : value.entries)
        result += (result.empty() ? "" : ", ") +
                  fmt::format("{}: {}", yaml_text(entry.key), yaml_text(entry.value));
      return "{" + result + "}";
  }
  return result;
}

std::string yaml_block(std::string_view text) {
  const bool has_tabs_or_returns = text.find_first_of("\r") != text.npos;
  const std::size_t last = text.find_last_not_of('\n');
  if (has_tabs_or_returns || last == text.npos) return in_quotes(text) + "\n";
  const std::size_t ends = text.size() - last - 1;
  std::string result = "|";
  if (text.front() == ' ' || text.front() == '\t' || text.front() == '\n') result += '2';
  if (ends == 0) result += '-';
  if (ends > 1) result += '+';
  result += '\n';
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) result.append("  ").append(text.substr(0, end));
    result += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

}  // namespace dms::models
