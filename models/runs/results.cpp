#include "models/runs/results.h"

#include <fmt/format.h>

#include "blob/zip.h"

namespace dms::models {
namespace {

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

std::vector<std::string> ResultRows::header() const {
  std::vector<std::string> names = runs_.study().space.names();
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
  const std::vector<std::string>& names = runs_.study().space.names();
  std::map<std::string, std::string> files;  // several columns often read one file
  for (const ResultColumn& column : runs_.study().results) {
    const std::string file = substitute(column.file, names, run.values);
    const LinePattern* pattern = compiled(substitute(column.regex, names, run.values));
    if (!archive.empty() && !files.contains(file))
      files[file] = blob::read_entry(archive, file).value_or("");
    std::optional<std::string> found;
    if (pattern && !archive.empty()) found = pattern->find(files[file]);
    cells.push_back(found.value_or(""));
  }
  return cells;
}

const LinePattern* ResultRows::compiled(const std::string& pattern) {
  // A sweep over values in a pattern makes new ones for ever.
  if (patterns_.size() > 1000) patterns_.clear();
  auto [entry, is_new] = patterns_.try_emplace(pattern);
  // Only a value put into the pattern can make it fail: the study's own text was checked.
  if (is_new)
    if (auto made = LinePattern::compile(pattern)) entry->second = *std::move(made);
  return entry->second ? &*entry->second : nullptr;
}

}  // namespace dms::models
