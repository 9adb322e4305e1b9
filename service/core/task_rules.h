// What a job's settings have to say to a task that is added to it.
#pragma once

#include "service/core/state.h"

namespace dms::service {

// Errors: batch_error TaskDependenciesNotSpecifiedOnJob, TaskIdSameAsJobPreparationTask,
// TaskIdSameAsJobReleaseTask, and those of check_exit_conditions and check_dependencies.
Status check_task_of_job(const batch::Job& job, const batch::Task& task);

}  // namespace dms::service
