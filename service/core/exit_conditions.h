// What a task says about the way it ends: what becomes of its job and of the tasks that depend on
// it. Free of state. Source: REST reference, "ExitConditions" and "ExitOptions".
#pragma once

#include "agent/protocol.h"
#include "batch/wire.h"

namespace dms::service {

// What follows from the last run of a task.
struct ExitDecision {
  batch::JobAction job_action = batch::JobAction::none;  // for jobs that perform job actions
  bool satisfies = false;                                // dependents may run
  bool operator==(const ExitDecision&) const = default;
};

// The first that speaks of this end: exitCodes, exitCodeRanges, then preProcessingError for a
// command that never ran or fileUploadError, then default. What its options leave open, and an end
// that nothing speaks of, is decided by success: the job goes on and dependents run, or else the
// job ends and dependents are blocked.
ExitDecision decide_exit(const std::optional<batch::ExitConditions>& conditions,
                         const agent::RunEnd& end);

// Errors: batch_error InvalidPropertyValue for a jobAction in a job that performs none, a
// dependencyAction in a job without dependencies, and a range that ends before it starts.
Status check_exit_conditions(const batch::Job& job, const batch::ExitConditions& conditions);

}  // namespace dms::service
