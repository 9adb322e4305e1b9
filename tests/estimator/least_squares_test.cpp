#include "samples/estimator/programs/least_squares.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "samples/estimator/programs/text.h"

namespace estimator {
namespace {

// y = a · exp(-b t) at t = 1 … 10, for a = 5 and b = 0.3.
ControlFile decay() {
  ControlFile control{.most_iterations = 30};
  control.parameters = {{"a", Transform::log, 1, 0.01, 100}, {"b", Transform::none, 1, 0, 5}};
  for (int t = 1; t <= 10; ++t)
    control.observations.push_back({"o" + std::to_string(t), 5 * std::exp(-0.3 * t), 1});
  return control;
}

std::vector<double> model(const std::vector<double>& values) {
  std::vector<double> computed;
  for (int t = 1; t <= 10; ++t) computed.push_back(values[0] * std::exp(-values[1] * t));
  return computed;
}

Estimate fit(const ControlFile& control, const Evaluate& evaluate) {
  return estimate(control, evaluate, [](const std::string&) {});
}

TEST(Estimate, finds_the_parameters_that_made_the_data) {
  const Estimate found = fit(decay(), [](const auto& batch) {
    std::vector<Answer> answers;
    for (const auto& values : batch) answers.emplace_back(model(values));
    return answers;
  });
  EXPECT_NEAR(found.values[0], 5, 1e-6);
  EXPECT_NEAR(found.values[1], 0.3, 1e-7);
  EXPECT_LT(found.phi, 1e-12);
  EXPECT_EQ(found.why_stopped, "phi does not fall any more");
}

TEST(Estimate, stays_within_bounds_and_leaves_fixed_parameters_alone) {
  ControlFile control = decay();
  control.parameters[1].upper = 0.2;
  control.parameters[1].initial = 0.1;
  control.parameters.push_back({"c", Transform::fixed, 7, 0, 9});
  const Estimate found = fit(control, [](const auto& batch) {
    std::vector<Answer> answers;
    for (const auto& values : batch) {
      EXPECT_EQ(values[2], 7);
      EXPECT_LE(values[1], 0.2);
      answers.emplace_back(model(values));
    }
    return answers;
  });
  EXPECT_EQ(found.values[1], 0.2);
}

TEST(Estimate, goes_around_places_where_the_model_fails) {
  const Estimate found = fit(decay(), [](const auto& batch) {
    std::vector<Answer> answers;
    for (const auto& values : batch)
      answers.push_back(values[0] > 20 ? Answer() : Answer(model(values)));
    return answers;
  });
  EXPECT_NEAR(found.values[0], 5, 1e-6);
}

TEST(Estimate, needs_a_model_that_runs_at_the_beginning) {
  EXPECT_THROW(fit(decay(), [](const auto& batch) { return std::vector<Answer>(batch.size()); }),
               Problem);
}

}  // namespace
}  // namespace estimator
