// Runs formulas against a pool and samples that a test sets up.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>

#include "service/autoscale/evaluate.h"

namespace dms::service::autoscale {

using namespace std::chrono_literals;

inline Timestamp moment(std::string_view text) { return Timestamp::parse(text).value(); }

class AutoscaleTest : public testing::Test {
 protected:
  // Takes one sample of the metric at `now` and one every 30 s before, in the order of the values.
  void sample(Metric metric, std::initializer_list<double> values) {
    Timestamp at{now.at - 30s * (std::int64_t(values.size()) - 1)};
    for (const double value : values) {
      samples.record(at, SampleRow().set(metric, value));
      at.at += 30s;
    }
  }

  Inputs inputs() const {
    return {.now = now,
            .target_dedicated = target_dedicated,
            .target_low_priority = target_low_priority,
            .current_dedicated = 4,
            .current_low_priority = 5,
            .preempted = 2,
            .task_slots_per_node = 8,
            .samples = samples,
            .random = [] { return 0.25; }};
  }

  Evaluation run(std::string_view text) const {
    const auto formula = Formula::parse(text);
    return formula ? evaluate(*formula, inputs()) : refused(formula.error(), inputs());
  }

  // What an expression is, as the results print it; "error: <message>" when there is none.
  std::string value_of(std::string_view expression) const {
    const Evaluation evaluation = run("x = " + std::string(expression));
    if (evaluation.error) return "error: " + message(evaluation);
    return evaluation.results.substr(evaluation.results.find(";x=") + 3);
  }

  // The place and text of an error; empty when there was none.
  static std::string message(const Evaluation& evaluation) {
    return evaluation.error ? evaluation.error->values.at(0).value.value_or("") : "";
  }

  Timestamp now = moment("2024-02-29T10:20:30Z");
  int target_dedicated = 2;
  int target_low_priority = 1;
  Samples samples;
};

}  // namespace dms::service::autoscale
