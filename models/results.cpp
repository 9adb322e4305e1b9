#include "models/results.h"

#include <fmt/format.h>

#include "blob/zip.h"

namespace dms::models {
namespace {

// The library's matcher calls itself for every character it takes, and its compiler for every one
// of the pattern, so that long ones would use up the stack.
constexpr std::size_t longest_line = 4096;
constexpr std::size_t longest_pattern = 1000;

std::string csv_field(const std::string& field) {
  const bool plain = field.find_first_of(",\"\r\n") == std::string::npos &&
                     !field.starts_with(' ') && !field.ends_with(' ');
  if (plain) return field;
  std::string quoted = "\"";
  for (const char c : field) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

}  // namespace

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (std::size_t at = 0; at < fields.size(); ++at) {
    if (at > 0) line += ',';
    line += csv_field(fields[at]);
  }
  return line + '\n';
}

Result<std::regex> compile_pattern(const std::string& pattern) {
  if (pattern.size() > longest_pattern)
    return fail(Code::invalid_argument,
                fmt::format("a regular expression of {} characters is too long; at most {} are "
                            "allowed",
                            pattern.size(), longest_pattern));
  try {
    return std::regex(pattern);
  } catch (const std::regex_error& problem) {
    return fail(Code::invalid_argument,
                fmt::format("'{}' is no regular expression: {}", pattern, problem.what()));
  }
}

std::optional<std::string> find_match(const std::regex& pattern, std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, std::min(end, longest_line));
    if (line.ends_with('\r')) line.remove_suffix(1);
    std::match_results<std::string_view::const_iterator> match;
    if (std::regex_search(line.begin(), line.end(), match, pattern))
      return match.size() > 1 ? match[1].str() : match[0].str();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::nullopt;
}

std::vector<std::string> ResultRows::header() const {
  std::vector<std::string> names;
  for (const Axis& axis : runs_.study().space.axes()) names.push_back(axis.name);
  names.insert(names.end(), {"task_id", "exit_code", "wall_seconds"});
  for (const ResultColumn& column : runs_.study().results) names.push_back(column.name);
  return names;
}

std::vector<std::string> ResultRows::row(std::uint64_t index, const RunRecord& record,
                                         const std::filesystem::path& archive) {
  Run run = runs_.at(index);
  std::vector<std::string> cells = run.values;
  cells.push_back(run.id);
  cells.push_back(record.has_exit_code ? std::to_string(record.exit_code) : "");
  cells.push_back(record.wall_seconds >= 0 ? fmt::format("{:.3f}", record.wall_seconds) : "");
  const std::vector<Axis>& axes = runs_.study().space.axes();
  std::map<std::string, std::string> files;  // several columns often read one file
  for (const ResultColumn& column : runs_.study().results) {
    const std::string file = substitute(column.file, axes, run.values);
    const std::regex* pattern = compiled(substitute(column.regex, axes, run.values));
    if (!archive.empty() && !files.contains(file))
      files[file] = blob::read_entry(archive, file).value_or("");
    std::optional<std::string> found;
    if (pattern && !archive.empty()) found = find_match(*pattern, files[file]);
    cells.push_back(found.value_or(""));
  }
  return cells;
}

const std::regex* ResultRows::compiled(const std::string& pattern) {
  // A sweep over values in a pattern makes new ones for ever.
  if (patterns_.size() > 1000) patterns_.clear();
  auto [entry, is_new] = patterns_.try_emplace(pattern);
  // Only a value put into the pattern can make it fail: the study's own text was checked.
  if (is_new)
    if (auto regex = compile_pattern(pattern)) entry->second = *std::move(regex);
  return entry->second ? &*entry->second : nullptr;
}

}  // namespace dms::models
