// Job schedules: their states, and the jobs they make as time passes.
//
//   active ◄──disable, enable──► disabled
//   active or disabled ──terminate──► terminating ──(its job has ended, next tick)──► completed
//   active ──(no further job, the last has ended)──► terminating
//   any ──delete──► deleting ──(its jobs are gone, next tick)──► gone
//
// A schedule's runs are due at doNotRunUntil, or when it was added, and every recurrenceInterval
// after that; without an interval there is one. A job is made when a run is due, unless the job
// before it has not ended: then as soon as it has. A run is lost when startWindow passes meanwhile,
// when the next one is due, or with doNotRunAfter. What is due while the schedule is disabled, or
// the service down, waits in the same way. nextRunTime is the earliest run that has neither had its
// job nor been lost. A recurring schedule with doNotRunAfter stays until that moment.
//
// Source: REST reference, "Job Schedule".
#pragma once

#include "service/core/state.h"

namespace dms::service {

// Makes its first job at once if that is due. Errors: batch_error JobScheduleExists,
// JobScheduleBeingDeleted, JobWithSameIdExists, MissingRequiredProperty, InvalidPropertyValue, and
// those of its jobSpecification.
Result<const JobScheduleRecord*> add_job_schedule(Core& core, Effects& out, batch::JobSchedule wire,
                                                  Timestamp now);
// A new jobSpecification is for the jobs to come, a new schedule counts from the latest run.
// Errors: batch_error JobScheduleCompleted, JobScheduleBeingTerminated, JobScheduleBeingDeleted,
// and those of adding.
Status patch_job_schedule(Core& core, Effects& out, JobScheduleRecord& schedule,
                          const batch::JobSchedulePatch& patch, Timestamp now);
Status update_job_schedule(Core& core, Effects& out, JobScheduleRecord& schedule,
                           const batch::JobScheduleUpdate& update, Timestamp now);
// Its job goes on, no other is made.
Status disable_job_schedule(Core& core, Effects& out, JobScheduleRecord& schedule, Timestamp now);
Status enable_job_schedule(Core& core, Effects& out, JobScheduleRecord& schedule, Timestamp now);
// Its job is terminated.
Status terminate_job_schedule(Core& core, Effects& out, JobScheduleRecord& schedule, Timestamp now);
// Its jobs are deleted.
Status delete_job_schedule(Core& core, Effects& out, JobScheduleRecord& schedule, Timestamp now);

// Makes the job that is due and moves the schedule on. Returns false when the schedule is gone.
bool settle_job_schedule(Core& core, Effects& out, JobScheduleRecord& schedule, Timestamp now);

batch::JobSchedule show_job_schedule(const Core& core, const JobScheduleRecord& schedule);
bool is_job_of(const JobScheduleRecord& schedule, const JobRecord& job);

}  // namespace dms::service
