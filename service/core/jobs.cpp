#include "service/core/jobs.h"

#include "batch/errors.h"
#include "service/core/auto_pools.h"
#include "service/core/node_tasks.h"
#include "service/core/rows.h"
#include "service/core/secrets.h"
#include "service/core/tasks.h"

namespace dms::service {

using batch::batch_error;
using batch::JobState;

namespace {

void move_job(Effects& out, JobRecord& job, JobState to, Timestamp now) {
  job.wire.previous_state = job.wire.state;
  job.wire.previous_state_transition_time = job.wire.state_transition_time;
  job.wire.state = to;
  job.wire.state_transition_time = now;
  job.finishing = to == JobState::terminating || to == JobState::deleting;
  out.changes.push_back(job_row(job));
}

void touch(JobRecord& job, Timestamp now) {
  job.wire.last_modified = now;
  job.wire.etag = now.etag();
}

Error not_here(std::string_view name) {
  return batch_error("UnsupportedProperty",
                     std::string(name) + " is not supported by the local service");
}

Status check_priority(int priority) {
  if (priority >= -1000 && priority <= 1000) return ok();
  return batch_error("OutOfRangePriority",
                     "priority " + std::to_string(priority) + " must lie between -1000 and 1000");
}

Status check_id(const batch::Job& wire) {
  if (wire.id.empty()) return batch_error("MissingRequiredProperty", "id is missing");
  if (valid_id(wire.id)) return ok();
  return batch_error(
      "InvalidPropertyValue",
      "id '" + wire.id + "': ids have 1 to 64 of letters, digits, hyphen and underscore");
}

void fill_constraints(batch::JobConstraints& constraints) {
  if (!constraints.max_wall_clock_time) constraints.max_wall_clock_time = Duration::unlimited();
  if (!constraints.max_task_retry_count) constraints.max_task_retry_count = 0;
}

void fill_times(batch::Job& wire, Timestamp now) {
  wire.creation_time = now;
  wire.last_modified = now;
  wire.etag = now.etag();
  wire.state = JobState::active;
  wire.state_transition_time = now;
  wire.execution_info =
      batch::JobExecutionInfo{.start_time = now, .pool_id = wire.pool_info.pool_id};
}

// Every task of the job that runs is ended; its end frees the node later.
void end_running_tasks(Effects& out, JobRecord& job, std::string_view why, Timestamp now) {
  for (auto& [id, task] : job.tasks)
    if (task.state == batch::TaskState::running || task.state == batch::TaskState::preparing)
      end_task(out, job, task,
               {batch::ErrorCategory::user_error, "TaskEnded", std::string(why), {}}, now);
}

// Whether a node still has a process of the job, ended tasks included, or may have one.
bool runs_anywhere(const Core& core, const JobRecord& job) {
  if (const auto own = core.pools.find(job.pool());
      own != core.pools.end() && !own->second.all_heard())
    return true;
  for (const auto& [pool_id, pool] : core.pools)
    for (const auto& [node_id, node] : pool.nodes)
      for (const auto& [run, since] : node.runs)
        if (run.job_id == job.wire.id) return true;
  return false;
}

void remove_directories(const Core& core, Effects& out, const JobRecord& job) {
  const auto pool = core.pools.find(job.pool());
  if (pool == core.pools.end()) return;
  for (const auto& [id, node] : pool->second.nodes)
    out.frame({pool->first, id}).remove.push_back(job_directory(job.id()));
}

bool wants_to_end(const JobRecord& job) {
  return job.wire.state == JobState::active &&
         job.wire.on_all_tasks_complete == batch::OnAllTasksComplete::terminate_job &&
         job.counts.active + job.counts.running == 0;
}

}  // namespace

Status check_job_specification(const batch::Job& wire, PoolOwner owner) {
  DMS_CHECK(check_priority(wire.priority.value_or(0)));
  DMS_CHECK(check_pool_info(wire.pool_info, owner));
  if (wire.job_manager_task) return not_here("jobManagerTask");
  DMS_CHECK(check_node_tasks(wire));
  if (wire.uses_task_dependencies.value_or(false)) return not_here("usesTaskDependencies");
  if (wire.on_task_failure.value_or(batch::OnTaskFailure::no_action) !=
      batch::OnTaskFailure::no_action)
    return not_here("onTaskFailure");
  if (wire.network_configuration) return not_here("networkConfiguration");
  return ok();
}

void fill_job_specification(batch::Job& wire) {
  if (!wire.priority) wire.priority = 0;
  if (!wire.max_parallel_tasks) wire.max_parallel_tasks = -1;
  if (!wire.allow_task_preemption) wire.allow_task_preemption = false;
  if (!wire.uses_task_dependencies) wire.uses_task_dependencies = false;
  fill_node_tasks(wire);
  if (!wire.constraints) wire.constraints.emplace();
  fill_constraints(*wire.constraints);
  if (!wire.on_all_tasks_complete)
    wire.on_all_tasks_complete = batch::OnAllTasksComplete::no_action;
  if (!wire.on_task_failure) wire.on_task_failure = batch::OnTaskFailure::no_action;
  if (wire.pool_info.auto_pool_specification)
    fill_auto_pool(*wire.pool_info.auto_pool_specification);
}

JobRecord& start_job(Core& core, Effects& out, batch::Job wire, Timestamp now) {
  fill_times(wire, now);
  fill_job_specification(wire);
  give_auto_pool(core, out, wire, now);
  JobRecord& job = core.jobs[{wire.id}];
  job.wire = std::move(wire);
  job.last_served = core.next_sequence++;
  out.changes.push_back(job_row(job));
  if (job.wire.execution_info->scheduling_error) move_job(out, job, JobState::terminating, now);
  return job;
}

Result<const JobRecord*> add_job(Core& core, Effects& out, batch::Job wire, Timestamp now) {
  DMS_CHECK(check_id(wire));
  DMS_CHECK(check_job_specification(wire, PoolOwner::job));
  if (const JobRecord* other = core.find_job({wire.id}))
    return batch_error(other->wire.state == JobState::deleting ? "JobBeingDeleted" : "JobExists");
  if (core.find_job_schedule({wire.id})) return batch_error("JobScheduleWithSameIdExists");
  return &start_job(core, out, std::move(wire), now);
}

Status patch_job(Core& core, Effects& out, JobRecord& job, const batch::JobPatch& patch,
                 Timestamp now) {
  DMS_CHECK(job_takes_tasks(job));
  DMS_CHECK(check_priority(patch.priority.value_or(0)));
  using batch::OnAllTasksComplete;
  if (patch.on_all_tasks_complete == OnAllTasksComplete::no_action &&
      job.wire.on_all_tasks_complete == OnAllTasksComplete::terminate_job)
    return batch_error("InvalidPropertyValue",
                       "onAllTasksComplete cannot go back from terminatejob to noaction");
  if (patch.pool_info && patch.pool_info->pool_id != job.wire.pool_info.pool_id &&
      job.wire.state != JobState::disabled)
    return batch_error("OperationInvalidForCurrentState",
                       "poolInfo can change only while the job is disabled");
  if (patch.pool_info) DMS_CHECK(check_auto_pool_change(job, *patch.pool_info));
  if (patch.priority) job.wire.priority = patch.priority;
  if (patch.max_parallel_tasks) job.wire.max_parallel_tasks = patch.max_parallel_tasks;
  if (patch.allow_task_preemption) job.wire.allow_task_preemption = patch.allow_task_preemption;
  if (patch.on_all_tasks_complete) job.wire.on_all_tasks_complete = patch.on_all_tasks_complete;
  if (patch.metadata) job.wire.metadata = *patch.metadata;
  if (patch.pool_info) change_auto_pool(job, *patch.pool_info);
  if (patch.constraints) {
    job.wire.constraints = patch.constraints;
    fill_constraints(*job.wire.constraints);
  }
  touch(job, now);
  out.changes.push_back(job_row(job));
  settle_job(core, out, job, now);
  return ok();
}

Status terminate_job(Core&, Effects& out, JobRecord& job, const std::string& reason,
                     Timestamp now) {
  if (job.wire.state == JobState::deleting) return batch_error("JobBeingDeleted");
  if (job.wire.state == JobState::completed) return batch_error("JobCompleted");
  if (job.wire.state == JobState::terminating) return ok();
  job.wire.execution_info->terminate_reason = reason;
  touch(job, now);
  end_running_tasks(out, job, "The task was ended because its job was terminated", now);
  move_job(out, job, JobState::terminating, now);
  return ok();
}

Status delete_job(Core&, Effects& out, JobRecord& job, Timestamp now) {
  if (job.wire.state == JobState::deleting) return batch_error("JobBeingDeleted");
  end_running_tasks(out, job, "The task was ended because its job was deleted", now);
  move_job(out, job, JobState::deleting, now);
  return ok();
}

static bool is_overdue(const JobRecord& job, Timestamp now) {
  const Duration limit = *job.wire.constraints->max_wall_clock_time;
  return job.wire.state == JobState::active && !limit.is_unlimited() &&
         now.at - job.wire.creation_time->at >= limit.span;
}

bool settle_job(Core& core, Effects& out, JobRecord& job, Timestamp now) {
  if (is_overdue(job, now))
    return terminate_job(core, out, job, "MaxWallClockTimeExpiry", now).has_value();
  if (wants_to_end(job)) {
    job.wire.execution_info->terminate_reason = "AllTasksComplete";
    move_job(out, job, JobState::terminating, now);
    return true;
  }
  if (!job.finishing || job.wire.state_transition_time == now) return true;
  const bool released = settle_releases(core, out, job, now);
  if (!released || runs_anywhere(core, job)) return true;
  if (job.wire.state == JobState::terminating) {
    job.wire.execution_info->end_time = now;
    move_job(out, job, JobState::completed, now);
    end_auto_pool(core, out, job, now);
    return true;
  }
  remove_directories(core, out, job);
  end_auto_pool(core, out, job, now);
  for (auto& change : erase_job_rows(job)) out.changes.push_back(std::move(change));
  core.jobs.erase(job.id());
  return false;
}

batch::Job show_job(const Core& core, const JobRecord& job) {
  batch::Job wire = job.wire;
  wire.url = core.base_url + "/jobs/" + wire.id;
  hide_secrets(wire.pool_info);
  return wire;
}

}  // namespace dms::service
