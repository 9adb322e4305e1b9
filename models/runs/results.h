// What a study leaves behind: a row per run, read from the outputs that came back.
//
// Objects belong to one thread at a time.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/runs/run_table.h"
#include "models/study/line_pattern.h"

namespace dms::models {

// Fields as one line of CSV (RFC 4180), ended by a line feed: quoted when they hold a comma, a
// quote, a line end or blanks around them.
std::string csv_line(const std::vector<std::string>& fields);

// The rows of results.csv: parameters, task_id, exit_code, wall_seconds, then the study's columns.
class ResultRows {
 public:
  // Requires: `runs` outlives this.
  explicit ResultRows(const Runs& runs) : runs_(runs) {}

  std::vector<std::string> header() const;
  // `archive` is the run's outputs.zip, empty when there is none. A cell is empty when its file,
  // or the match in it, is missing, or is over 64 MB.
  std::vector<std::string> row(std::uint64_t index, const RunRecord& record,
                               const std::filesystem::path& archive);

 private:
  const LinePattern* compiled(const std::string& pattern);

  const Runs& runs_;
  std::map<std::string, std::optional<LinePattern>> patterns_;
};

}  // namespace dms::models
