#include "service/core/job_manager.h"

#include "service/core/task_rules.h"
#include "service/core/tasks.h"

namespace dms::service {

Status check_job_manager(const PoolRecord* pool, const batch::Job& wire) {
  if (!wire.job_manager_task) return ok();
  const batch::Task task = task_of_manager(*wire.job_manager_task);
  DMS_CHECK(check_task(pool, task).context("jobManagerTask"));
  return check_task_of_job(wire, task);
}

void fill_job_manager(batch::Job& wire) {
  if (!wire.job_manager_task) return;
  batch::JobManagerTask& manager = *wire.job_manager_task;
  batch::Task task = task_of_manager(manager);
  fill_task_defaults(task, wire);
  manager.constraints = task.constraints;
  manager.required_slots = task.required_slots;
  manager.user_identity = task.user_identity;
  if (!manager.kill_job_on_completion) manager.kill_job_on_completion = true;
  if (!manager.run_exclusive) manager.run_exclusive = true;
  if (!manager.allow_low_priority_node) manager.allow_low_priority_node = true;
}

batch::Task task_of_manager(const batch::JobManagerTask& manager) {
  batch::Task task;
  task.id = manager.id;
  task.display_name = manager.display_name;
  task.command_line = manager.command_line;
  task.container_settings = manager.container_settings;
  task.resource_files = manager.resource_files;
  task.output_files = manager.output_files;
  task.environment_settings = manager.environment_settings;
  task.constraints = manager.constraints;
  task.required_slots = manager.required_slots;
  task.user_identity = manager.user_identity;
  task.application_package_references = manager.application_package_references;
  task.authentication_token_settings = manager.authentication_token_settings;
  return task;
}

bool is_manager(const JobRecord& job, const TaskRecord& task) {
  return job.wire.job_manager_task && TaskId{job.wire.job_manager_task->id} == task.id;
}

bool runs_alone(const JobRecord& job, const TaskRecord& task) {
  return is_manager(job, task) && job.wire.job_manager_task->run_exclusive.value_or(true);
}

bool suits(const JobRecord& job, const TaskRecord& task, const NodeRecord& node) {
  return node.wire.is_dedicated.value_or(true) || !is_manager(job, task) ||
         job.wire.job_manager_task->allow_low_priority_node.value_or(true);
}

bool ends_its_job(const JobRecord& job, const TaskRecord& task) {
  return is_manager(job, task) && job.wire.job_manager_task->kill_job_on_completion.value_or(true);
}

}  // namespace dms::service
