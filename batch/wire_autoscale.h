// Pools that size themselves by a formula.
#pragma once

#include "batch/wire_common.h"

namespace dms::batch {

struct AutoScaleRunError {
  std::optional<std::string> code;
  std::optional<std::string> message;
  std::vector<NameValue> values;
  bool operator==(const AutoScaleRunError&) const = default;
  template <class S = AutoScaleRunError>
  static constexpr auto fields() {
    return std::tuple{field("code", &S::code), field("message", &S::message),
                      field("values", &S::values)};
  }
};

// `results` are "name=value" joined with ";", the targets first.
struct AutoScaleRun {
  Timestamp timestamp;
  std::optional<std::string> results;
  std::optional<AutoScaleRunError> error;
  bool operator==(const AutoScaleRun&) const = default;
  template <class S = AutoScaleRun>
  static constexpr auto fields() {
    return std::tuple{required("timestamp", &S::timestamp), field("results", &S::results),
                      field("error", &S::error)};
  }
};

// An omitted member keeps what the pool has.
struct EnableAutoScale {
  std::optional<std::string> auto_scale_formula;
  std::optional<Duration> auto_scale_evaluation_interval;
  bool operator==(const EnableAutoScale&) const = default;
  template <class S = EnableAutoScale>
  static constexpr auto fields() {
    return std::tuple{field("autoScaleFormula", &S::auto_scale_formula),
                      field("autoScaleEvaluationInterval", &S::auto_scale_evaluation_interval)};
  }
};

struct EvaluateAutoScale {
  std::string auto_scale_formula;
  bool operator==(const EvaluateAutoScale&) const = default;
  template <class S = EvaluateAutoScale>
  static constexpr auto fields() {
    return std::tuple{required("autoScaleFormula", &S::auto_scale_formula)};
  }
};
}  // namespace dms::batch
