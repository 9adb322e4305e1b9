// The tasks of a job file as values: one for each element of task_ids, or for each point of a
// sweep.
//
// Values; const functions are safe from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "models/job_file/variables.h"
#include "models/sweep/sweep.h"

namespace dms::models {

class TaskPoints {
 public:
  // One task, whose task_id is empty.
  TaskPoints() = default;
  explicit TaskPoints(std::vector<YamlNode> ids) : points_(std::move(ids)) {}
  // task_id is then the point: its one value, or the list of them.
  explicit TaskPoints(ParameterSpace space) : points_(std::move(space)) {}

  // Whether neither task_ids nor a sweep is there.
  bool is_single() const { return std::holds_alternative<std::monostate>(points_); }
  std::uint64_t size() const;
  // Parameters of the sweep, which tasks have as environment variables; none for task_ids.
  std::vector<std::string> parameters() const;
  // task_id and the parameters. Requires: index < size().
  Variables::Values at(std::uint64_t index) const;

 private:
  std::variant<std::monostate, std::vector<YamlNode>, ParameterSpace> points_;
};

// A legal task id that tells the element: its texts with '_' between them.
std::string id_of(const YamlNode& task_id);

}  // namespace dms::models
