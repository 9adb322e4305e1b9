// PEST control files (.pst), as far as an estimation needs them: the sections `parameter data`,
// `observation data`, `model command line` and `model input/output`, and NOPTMAX.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace estimator {

enum class Transform { none, log, fixed };

struct Parameter {
  std::string name;  // lower case
  Transform transform = Transform::none;
  double initial = 0, lower = 0, upper = 0;
};

struct Observation {
  std::string name;  // lower case
  double value = 0, weight = 1;
};

struct ControlFile {
  std::string path;
  int most_iterations = 20;  // NOPTMAX
  std::vector<Parameter> parameters;
  std::vector<Observation> observations;
  std::vector<std::string> command;                               // of the model, as words
  std::vector<std::pair<std::string, std::string>> templates;     // template, file it makes
  std::vector<std::pair<std::string, std::string>> instructions;  // instructions, file they read

  // Tells one problem from another: a digest of this file and all that it names for reading.
  std::string digest() const;
};

// Throws Problem, with file and line in front.
ControlFile read_control_file(const std::string& path);

}  // namespace estimator
