// Weighted least squares by Gauss, Levenberg and Marquardt, in batches of runs.
//
// Each iteration asks for two batches: the runs of a Jacobian by central differences, and one run
// for each of a few Marquardt lambdas. Everything follows from the answers by their place in the
// batch, never by when they came: the result does not depend on who ran what, or how many did.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "samples/estimator/programs/control_file.h"

namespace estimator {

// Parameter values, in the control file's order, to what the model computes for the observations;
// nothing where the model fails. Keeps the order of the batch.
using Answer = std::optional<std::vector<double>>;
using Evaluate = std::function<std::vector<Answer>(const std::vector<std::vector<double>>& batch)>;

struct Estimate {
  std::vector<double> values;
  double phi = 0;  // the sum of squared weighted residuals
  int iterations = 0;
  std::string why_stopped;
};

// `told` gets a line about each iteration. Throws Problem when the model fails where it cannot be
// done without: at the beginning, or in the Jacobian.
Estimate estimate(const ControlFile& control, const Evaluate& evaluate,
                  const std::function<void(const std::string&)>& told);

}  // namespace estimator
