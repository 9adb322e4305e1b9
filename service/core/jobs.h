// Jobs: their states and what changes them.
//
//   active ──disable──► disabling ──(nothing of it runs, next tick)──► disabled
//   disabling, disabled ──enable──► enabling ──(next tick)──► active
//   any of these ──terminate──► terminating ──(nothing of it runs, next tick)──► completed
//   any ──delete──► deleting ──(nothing of it runs, next tick)──► gone
//
// A forced end does not wait for what runs. A job that is not active takes tasks, which wait.
// Transitional states last at least one tick, so that the first GET after a call shows them.
// Source: REST reference, "Job".
#pragma once

#include "service/core/auto_pools.h"
#include "service/core/state.h"

namespace dms::service {

// Errors: batch_error JobExists, JobBeingDeleted, JobScheduleWithSameIdExists,
// InvalidPropertyValue, UnsupportedProperty.
Result<const JobRecord*> add_job(Core& core, Effects& out, batch::Job wire, Timestamp now);
// What a job and a schedule's jobSpecification have in common. Errors as above.
Status check_job_specification(const batch::Job& wire, PoolOwner owner);
void fill_job_specification(batch::Job& wire);
// Makes the job, and its auto pool if it asks for one; a job whose pool cannot be made ends at
// once, with the reason in its schedulingError. Requires: the id is free, the specification passed.
JobRecord& start_job(Core& core, Effects& out, batch::Job wire, Timestamp now);
Status patch_job(Core& core, Effects& out, JobRecord& job, const batch::JobPatch& patch,
                 Timestamp now);
// Replaces all that can change: what is left out goes back to its default.
Status update_job(Core& core, Effects& out, JobRecord& job, const batch::JobUpdate& update,
                  Timestamp now);

// Whether an end waits until the nodes have nothing of the job any more.
enum class Force { no, yes };
// Ends the job's running tasks; active ones stay active and never run.
Status terminate_job(Core& core, Effects& out, JobRecord& job, const std::string& reason,
                     Timestamp now, Force force = Force::no);
// The same of a job that may end, for rules of its own (all tasks complete, one has failed).
void end_job(Effects& out, JobRecord& job, std::string_view reason, Timestamp now);
Status delete_job(Core& core, Effects& out, JobRecord& job, Timestamp now, Force force = Force::no);

// The option says what becomes of the tasks that run. Errors: batch_error
// OperationInvalidForCurrentState while the job is enabling, else as job_takes_tasks.
Status disable_job(Core& core, Effects& out, JobRecord& job, batch::DisableJobOption option,
                   Timestamp now);
// Errors: batch_error OperationInvalidForCurrentState for a job that is active.
Status enable_job(Core& core, Effects& out, JobRecord& job, Timestamp now);

// A task of the job has completed: if it was the manager, that may end the job; else the action
// counts, in a job that performs job actions.
void on_task_completed(Effects& out, JobRecord& job, const TaskRecord& task,
                       batch::JobAction action, Timestamp now);

// Ends the transitional state of a job when that is over, and terminates one that is overdue or
// whose tasks are all complete when it asked for that. Returns false when the job is gone.
bool settle_job(Core& core, Effects& out, JobRecord& job, Timestamp now);

batch::Job show_job(const Core& core, const JobRecord& job);

}  // namespace dms::service
