// The runs of a study: which command with which values, and the name under which Batch knows it.
//
// Runs are made from their index when they are asked for, never listed. Const functions are safe
// from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/study/study.h"

namespace dms::models {

// One run, all {NAME} replaced.
struct Run {
  // Legal as a task id, and the same whenever the run would do the same: a readable part from the
  // parameters, '-', and 12 hex digits of SHA-256 over command, outputs, inputs, parameters,
  // environment, application packages and templates; with the study's task_id its text, '-' and 8
  // of the digits. What only says where and how often it runs (pool, slots, retries) is not in it.
  std::string id;
  std::string digest;               // the first 32 of the digits that id ends with 12 of
  std::vector<std::string> values;  // in the order of the space's names
  std::string command;
  std::string coordination;  // of an MPI study: before the command, on every host
  std::string placement;     // of an MPI study: how the command is spread, in words; else empty
  std::vector<std::string> outputs;
  std::vector<std::pair<std::string, std::string>> environment;  // parameters, then the study's
  std::vector<TemplateFile> templates;
};

class Runs {
 public:
  // `inputs_sha256` tells the content of the inputs; empty without inputs.
  // Requires: `study` outlives this.
  Runs(const Study& study, std::string inputs_sha256);

  std::uint64_t size() const { return study_.space.size(); }
  const Study& study() const { return study_; }
  // 32 hex digits of SHA-256 over all that the runs have in common: command, outputs, inputs, the
  // parameters' names and the environment, before values are put in. Studies that differ in values,
  // in where they run or in their name only are of one family.
  const std::string& family() const { return family_; }
  // Requires: index < size().
  Run at(std::uint64_t index) const;

 private:
  const Study& study_;
  const std::string inputs_sha256_;
  std::string family_;
};

}  // namespace dms::models
