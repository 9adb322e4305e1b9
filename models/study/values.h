// The values of a parameter as a study writes them: lists, ranges, dates, columns of files.
//
// Objects hold references only; const functions are safe from any thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/study/reader.h"
#include "models/sweep/sweep.h"

namespace dms::models {

// Errors of all readers: those of StudyReader; for a file that is read, its name and place behind
// those of the study.
class ValuesReader {
 public:
  // Requires: `reader` outlives this.
  explicit ValuesReader(const StudyReader& reader) : reader_(reader) {}

  //   [a, b]  one  {range: [1, 20]}  {linspace: [0, 1, 6]}  {logspace: [1, 1000, 4]}
  //   {dates: {from: 1990-01-01, to: 1990-12-31, step: 1mo, format: '%d%b%Y', upper: true}}
  //   {glob: 'scenarios/*.inp', as: stem}  {uniform: [0, 1]}  {loguniform: [1e-6, 1e-3]}
  Result<Axis> axis(const YamlEntry& entry) const;
  //   file.csv  {file: file.csv, columns: {A: first, B: second}, delimiter: ;, header: true}
  Result<Table> csv(const YamlNode& node) const;
  //   {columns: [A, B], rows: [[1, 2], [3, 4]]}
  Result<Table> table(const YamlNode& node) const;

  // Errors: invalid_argument when a value or a row is there twice, or is the same when written.
  Status check_unique(const YamlEntry& entry, const Member& member) const;

 private:
  struct CsvKeys;

  Result<ValueList> value_list(const YamlEntry& entry) const;
  Result<std::string> value(std::string_view what, const YamlNode& node) const;
  Result<std::vector<double>> numbers(std::string_view what, const YamlNode& node) const;
  Status range(std::string_view what, const YamlNode& node, Axis& axis) const;
  Status space(std::string_view what, const YamlNode& node, Scale scale, Axis& axis) const;
  Status interval(std::string_view what, const YamlNode& node, Scale scale, Axis& axis) const;
  Status dates(std::string_view what, const YamlNode& node, Axis& axis) const;
  Status glob(std::string_view what, const YamlNode& map, Axis& axis) const;
  Result<CsvKeys> csv_keys(const YamlNode& node) const;
  Status csv_columns(const YamlNode& node, CsvKeys& keys) const;
  Status column_name(const std::string& name, Mark mark) const;
  std::filesystem::path folder() const;

  const StudyReader& reader_;
};

// The first point that is the same as an earlier one: both, the earlier first.
std::optional<std::pair<std::uint64_t, std::uint64_t>> find_repeat(const Member& member);

}  // namespace dms::models
