// Jobs: their states and what changes them.
//
//   active ──terminate──► terminating ──(nothing of it runs, next tick)──► completed
//   any ──delete──► deleting ──(nothing of it runs, next tick)──► gone
//
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
// Ends the job's running tasks; active ones stay active and never run.
Status terminate_job(Core& core, Effects& out, JobRecord& job, const std::string& reason,
                     Timestamp now);
Status delete_job(Core& core, Effects& out, JobRecord& job, Timestamp now);

// Completes or removes a job that is terminating or deleting, and terminates one whose tasks are
// all complete when it asked for that. Returns false when the job is gone.
bool settle_job(Core& core, Effects& out, JobRecord& job, Timestamp now);

batch::Job show_job(const Core& core, const JobRecord& job);

}  // namespace dms::service
