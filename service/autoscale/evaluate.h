// Running an autoscale formula: what a pool should become.
//
// Pure: time, randomness and the pool's state come in, nothing is changed.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "batch/wire_autoscale.h"
#include "batch/wire_pool_operations.h"
#include "core/result.h"
#include "core/time.h"
#include "service/autoscale/formula.h"
#include "service/autoscale/samples.h"

namespace dms::service::autoscale {

struct Inputs {
  Timestamp now;
  int target_dedicated = 0;
  int target_low_priority = 0;
  int current_dedicated = 0;
  int current_low_priority = 0;  // preempted ones included
  int preempted = 0;
  int task_slots_per_node = 1;
  const Samples& samples;
  std::function<double()> random;  // 0 to 1
};

// What a run came to. After an error it says what the pool has already: nothing is to change.
struct Evaluation {
  int target_dedicated = 0;
  int target_low_priority = 0;
  std::optional<batch::NodeDeallocationOption> node_deallocation_option;  // when the formula set it
  // "$TargetDedicatedNodes=3;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue", then the
  // formula's own variables in alphabetical order, as written.
  std::string results;
  // AutoScalingFormulaEvaluationError or InsufficientSampleData; its value Message says where:
  // "Line 9, Col 43: …".
  std::optional<batch::AutoScaleRunError> error;
};

// Runs the formula's statements in order until the last or stop(). A target is cut to a whole
// number, and one below 0 is 0; reading it gives that number. Only the chosen side of ?: is
// evaluated, and && and || stop at the first operand that decides.
// Requires: inputs.random is set.
Evaluation evaluate(const Formula& formula, const Inputs& inputs);

// The evaluation of a text that Formula::parse refuses: EvaluateAutoScale answers it with a run
// that failed instead of an HTTP error.
Evaluation refused(const Error& parse_error, const Inputs& inputs);

}  // namespace dms::service::autoscale
