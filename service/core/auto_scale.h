// Pools that size themselves: when their formula runs and what its outcome changes.
//
//   off ──enable, or added with enableAutoScale──► on ──disable──► off
//   on: the formula runs at once and then every autoScaleEvaluationInterval; what it came to stands
//   in autoScaleRun, and a changed target starts a resize, whatever the pool's allocation state
//
// A run that failed changes no target; the next one comes an interval later. All of it is in the
// pool's row, so a restart goes on with the schedule. Once autoscale is off, formula, interval and
// last run are kept but not shown. Source: REST reference, "Pool - Enable Auto Scale".
#pragma once

#include "service/core/state.h"

namespace dms::service {

// Whether a pool that is to be added is sized by targets or, completely, by a formula.
// Errors: batch_error InvalidAutoScalingSettings, InvalidPropertyValue for the interval,
// AutoScalingFormulaSyntaxError, AutoScaleFormulaTooLong.
Status check_auto_scale(const AutoScaleTimes& times, const batch::Pool& wire);

// Runs the formula of a pool that is being added: its targets are what that comes to.
// Requires: autoscale is on, check_auto_scale passed.
void run_first_formula(const Core& core, PoolRecord& pool, Timestamp now);

// Turns autoscale on or changes its formula or interval, keeps what is omitted, and runs the
// formula. An omitted interval that the pool never had is 15 minutes.
// Errors: as above; PoolBeingDeleted, PoolBeingResized, and TooManyEnableAutoScaleRequests within
// 30 seconds (or the shortest interval, if that is less) of the call before.
Status enable_auto_scale(Core& core, Effects& out, PoolRecord& pool,
                         const batch::EnableAutoScale& settings, Timestamp now);

// The targets stay as they are. Changes nothing when autoscale is off.
// Errors: batch_error PoolBeingDeleted.
Status disable_auto_scale(Effects& out, PoolRecord& pool, Timestamp now);

// What the formula would come to; a formula that cannot be read or run is an error of the run.
// Errors: batch_error OperationNotValidOnPool when autoscale is off.
Result<batch::AutoScaleRun> evaluate_auto_scale(const Core& core, const PoolRecord& pool,
                                                std::string_view formula, Timestamp now);

// Runs the formula when its time has come.
void run_due_formula(Core& core, Effects& out, PoolRecord& pool, Timestamp now);

// Takes from a pool that is to be shown what it shows only while autoscale is on.
void hide_idle_auto_scale(batch::Pool& wire);

}  // namespace dms::service
