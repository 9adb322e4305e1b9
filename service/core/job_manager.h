// The manager of a job: a task that is added with the job, runs first and may end the job with
// itself. Beside its task's own rules it may want a node for itself, and a dedicated one.
// Source: REST reference, "JobManagerTask".
#pragma once

#include "service/core/state.h"

namespace dms::service {

// Errors: as check_task and check_task_of_job, for the manager of the job. Without a manager: ok.
Status check_job_manager(const PoolRecord* pool, const batch::Job& wire);
// Defaults of a manager as jobs show it. Requires: the job's own are filled in.
void fill_job_manager(batch::Job& wire);
// The task that a job begins with.
batch::Task task_of_manager(const batch::JobManagerTask& manager);

bool is_manager(const JobRecord& job, const TaskRecord& task);
// Whether the task shares its node with no other.
bool runs_alone(const JobRecord& job, const TaskRecord& task);
bool suits(const JobRecord& job, const TaskRecord& task, const NodeRecord& node);
// Whether the job ends when this task completes.
bool ends_its_job(const JobRecord& job, const TaskRecord& task);

}  // namespace dms::service
