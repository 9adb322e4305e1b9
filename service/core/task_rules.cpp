#include "service/core/task_rules.h"

#include "batch/errors.h"
#include "service/core/dependencies.h"
#include "service/core/exit_conditions.h"

namespace dms::service {

using batch::batch_error;

template <class NodeTask>
static bool same_id(const std::optional<NodeTask>& task, std::string_view usual_id,
                    const std::string& id) {
  return task && equal_ignoring_case(task->id.value_or(std::string(usual_id)), id);
}

Status check_task_of_job(const batch::Job& job, const batch::Task& task) {
  if (same_id(job.job_preparation_task, "jobpreparation", task.id))
    return batch_error("TaskIdSameAsJobPreparationTask");
  if (same_id(job.job_release_task, "jobrelease", task.id))
    return batch_error("TaskIdSameAsJobReleaseTask");
  if (task.depends_on && !job.uses_task_dependencies.value_or(false))
    return batch_error("TaskDependenciesNotSpecifiedOnJob");
  if (task.depends_on) DMS_CHECK(check_dependencies(*task.depends_on));
  if (task.exit_conditions) DMS_CHECK(check_exit_conditions(job, *task.exit_conditions));
  return ok();
}

}  // namespace dms::service
