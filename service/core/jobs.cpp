#include "service/core/jobs.h"

#include <algorithm>
#include <set>

#include "batch/errors.h"
#include "service/core/auto_pools.h"
#include "service/core/job_manager.h"
#include "service/core/node_tasks.h"
#include "service/core/packages.h"
#include "service/core/refusals.h"
#include "service/core/rows.h"
#include "service/core/scheduler.h"
#include "service/core/secrets.h"
#include "service/core/tasks.h"

namespace dms::service {

using batch::batch_error;
using batch::JobState;

namespace {

void touch(JobRecord& job, Timestamp now) {
  job.wire.last_modified = now;
  job.wire.etag = now.etag();
}

void move_job(Effects& out, JobRecord& job, JobState to, Timestamp now) {
  job.wire.previous_state = job.wire.state;
  job.wire.previous_state_transition_time = job.wire.state_transition_time;
  job.wire.state = to;
  job.wire.state_transition_time = now;
  job.finishing = to == JobState::terminating || to == JobState::deleting;
  touch(job, now);
  out.changes.push_back(job_row(job));
}

Status check_priority(int priority) {
  if (priority >= -1000 && priority <= 1000) return ok();
  return batch_error("OutOfRangePriority",
                     "priority " + std::to_string(priority) + " must lie between -1000 and 1000");
}

Status check_id(const batch::Job& wire) {
  if (wire.id.empty()) return missing_property("id");
  if (valid_id(wire.id)) return ok();
  return batch::invalid_property("id", wire.id,
                                 "ids have 1 to 64 of letters, digits, hyphen and underscore");
}

Status check_max_parallel_tasks(int limit) {
  if (limit == -1 || limit > 0) return ok();
  return batch::invalid_property("maxParallelTasks", std::to_string(limit),
                                 "it must be -1 or more than 0");
}

Status check_constraints(const batch::JobConstraints& constraints) {
  const int retries = constraints.max_task_retry_count.value_or(0);
  if (retries < -1)
    return batch_error("InvalidConstraintValue",
                       "maxTaskRetryCount " + std::to_string(retries) + " must be -1 or more");
  if (constraints.max_wall_clock_time && constraints.max_wall_clock_time->span <= Ticks::zero())
    return batch_error("InvalidConstraintValue", "maxWallClockTime " +
                                                     constraints.max_wall_clock_time->iso8601() +
                                                     " must be more than nothing");
  return ok();
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

bool is_running(const TaskRecord& task) {
  return task.state == batch::TaskState::running || task.state == batch::TaskState::preparing;
}

// Every task of the job that runs is ended; its end frees the node later.
void end_running_tasks(Effects& out, JobRecord& job, std::string_view why, Timestamp now) {
  for (auto& [id, task] : job.tasks)
    if (is_running(task))
      end_task(out, job, task,
               {batch::ErrorCategory::user_error, "TaskEnded", std::string(why), {}}, now);
}

bool has_run_of(const NodeRecord& node, const JobRecord& job) {
  return std::any_of(node.runs.begin(), node.runs.end(),
                     [&](const auto& run) { return run.first.job_id == job.wire.id; });
}

// Whether a node still has a process of the job, ended tasks included, or may have one.
bool runs_anywhere(const Core& core, const JobRecord& job) {
  if (const auto own = core.pools.find(job.pool());
      own != core.pools.end() && !own->second.all_heard())
    return true;
  for (const auto& [pool_id, pool] : core.pools)
    for (const auto& [node_id, node] : pool.nodes)
      if (has_run_of(node, job)) return true;
  return false;
}

// The directories of those tasks that do not run on the node any more; those of the others go with
// their ends (clean_up_stale_run in nodes.cpp).
void remove_idle_directories(Effects& out, const JobRecord& job, const NodeKey& key,
                             const NodeRecord& node) {
  std::set<TaskId> busy;
  for (const auto& [run, since] : node.runs)
    if (run.job_id == job.wire.id) busy.insert({run.task_id});
  for (const auto& [id, task] : job.tasks)
    if (task.node == key && !busy.contains(id))
      out.frame(key).remove.push_back(task_directory(job.id(), id));
}

void remove_directories(const Core& core, Effects& out, const JobRecord& job) {
  const auto pool = core.pools.find(job.pool());
  if (pool == core.pools.end()) return;
  for (const auto& [id, node] : pool->second.nodes)
    if (job.forced && has_run_of(node, job))
      remove_idle_directories(out, job, {pool->first, id}, node);
    else
      out.frame({pool->first, id}).remove.push_back(job_directory(job.id()));
}

// Errors: what a PATCH of these members is refused with. Nothing is changed before it passed.
Status check_patch(const JobRecord& job, const batch::JobPatch& patch) {
  DMS_CHECK(check_priority(patch.priority.value_or(0)));
  DMS_CHECK(check_max_parallel_tasks(patch.max_parallel_tasks.value_or(-1)));
  if (patch.constraints) DMS_CHECK(check_constraints(*patch.constraints));
  using batch::OnAllTasksComplete;
  if (patch.on_all_tasks_complete == OnAllTasksComplete::no_action &&
      job.wire.on_all_tasks_complete == OnAllTasksComplete::terminate_job)
    return batch::invalid_property("onAllTasksComplete", "noaction",
                                   "it cannot go back from terminatejob");
  if (patch.pool_info && patch.pool_info->pool_id != job.wire.pool_info.pool_id &&
      job.wire.state != JobState::disabled)
    return batch_error("OperationInvalidForCurrentState",
                       "poolInfo can change only while the job is disabled");
  return patch.pool_info ? check_auto_pool_change(job, *patch.pool_info) : ok();
}

// Requires: nothing of the job runs, or the pool is the same.
void change_pool(JobRecord& job, const batch::PoolInfo& to) {
  change_auto_pool(job, to);
  if (!to.pool_id || to.pool_id == job.wire.pool_info.pool_id) return;
  job.wire.pool_info = to;
  job.wire.execution_info->pool_id = to.pool_id;
}

bool may_still_end(JobState state) {
  return state == JobState::active || state == JobState::disabling || state == JobState::disabled ||
         state == JobState::enabling;
}

void set_forced(Effects& out, JobRecord& job, Force force) {
  if (force == Force::no || job.forced) return;
  job.forced = true;
  out.changes.push_back(forced_row(job));
}

bool wants_to_end(const JobRecord& job) {
  return job.wire.state == JobState::active &&
         job.wire.on_all_tasks_complete == batch::OnAllTasksComplete::terminate_job &&
         job.counts.active + job.counts.running == 0;
}

}  // namespace

Status check_job_specification(const batch::Job& wire, PoolOwner owner) {
  DMS_CHECK(check_priority(wire.priority.value_or(0)));
  DMS_CHECK(check_max_parallel_tasks(wire.max_parallel_tasks.value_or(-1)));
  if (wire.constraints) DMS_CHECK(check_constraints(*wire.constraints));
  DMS_CHECK(check_pool_info(wire.pool_info, owner));
  DMS_CHECK(check_node_tasks(wire));
  DMS_CHECK(check_job_manager(nullptr, wire));
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
  fill_job_manager(wire);
  if (wire.pool_info.auto_pool_specification)
    fill_auto_pool(*wire.pool_info.auto_pool_specification);
}

static void begin_with_manager(Core& core, Effects& out, JobRecord& job, Timestamp now) {
  enter_new_task(core, out, job, task_of_manager(*job.wire.job_manager_task), now);
  schedule(core, out, job.pool(), now);
}

JobRecord& start_job(Core& core, Effects& out, batch::Job wire, Timestamp now) {
  fill_times(wire, now);
  fill_job_specification(wire);
  give_auto_pool(core, out, wire, now);
  JobRecord& job = core.jobs[{wire.id}];
  job.wire = std::move(wire);
  job.last_served = core.next_sequence++;
  out.changes.push_back(job_row(job));
  if (job.wire.execution_info->scheduling_error)
    move_job(out, job, JobState::terminating, now);
  else if (job.wire.job_manager_task)
    begin_with_manager(core, out, job, now);
  return job;
}

Result<const JobRecord*> add_job(Core& core, Effects& out, batch::Job wire, Timestamp now) {
  DMS_CHECK(check_id(wire));
  DMS_CHECK(check_job_specification(wire, PoolOwner::job));
  DMS_CHECK(check_job_manager(core.find_pool({wire.pool_info.pool_id.value_or("")}), wire));
  if (wire.job_manager_task)
    DMS_CHECK(check_task_packages(core, wire.job_manager_task->application_package_references));
  if (const JobRecord* other = core.find_job({wire.id}))
    return batch_error(other->wire.state == JobState::deleting ? "JobBeingDeleted" : "JobExists");
  if (core.find_job_schedule({wire.id})) return batch_error("JobScheduleWithSameIdExists");
  return &start_job(core, out, std::move(wire), now);
}

Status patch_job(Core& core, Effects& out, JobRecord& job, const batch::JobPatch& patch,
                 Timestamp now) {
  DMS_CHECK(job_takes_tasks(job));
  DMS_CHECK(check_patch(job, patch));
  if (patch.priority) job.wire.priority = patch.priority;
  if (patch.max_parallel_tasks) job.wire.max_parallel_tasks = patch.max_parallel_tasks;
  if (patch.allow_task_preemption) job.wire.allow_task_preemption = patch.allow_task_preemption;
  if (patch.on_all_tasks_complete) job.wire.on_all_tasks_complete = patch.on_all_tasks_complete;
  if (patch.metadata) job.wire.metadata = *patch.metadata;
  if (patch.network_configuration) job.wire.network_configuration = patch.network_configuration;
  if (patch.pool_info) change_pool(job, *patch.pool_info);
  if (patch.constraints) {
    job.wire.constraints = patch.constraints;
    fill_constraints(*job.wire.constraints);
  }
  touch(job, now);
  out.changes.push_back(job_row(job));
  settle_job(core, out, job, now);
  return ok();
}

Status update_job(Core& core, Effects& out, JobRecord& job, const batch::JobUpdate& update,
                  Timestamp now) {
  return patch_job(core, out, job,
                   {.priority = update.priority.value_or(0),
                    .max_parallel_tasks = update.max_parallel_tasks.value_or(-1),
                    .allow_task_preemption = update.allow_task_preemption.value_or(false),
                    .on_all_tasks_complete =
                        update.on_all_tasks_complete.value_or(batch::OnAllTasksComplete::no_action),
                    .constraints = update.constraints.value_or(batch::JobConstraints{}),
                    .pool_info = update.pool_info,
                    .metadata = update.metadata},
                   now);
}

void end_job(Effects& out, JobRecord& job, std::string_view reason, Timestamp now) {
  job.wire.execution_info->terminate_reason = reason;
  // In this order: tasks that are ended now are no reason to end the job once more.
  move_job(out, job, JobState::terminating, now);
  end_running_tasks(out, job, "The task was ended because its job was terminated", now);
}

Status terminate_job(Core&, Effects& out, JobRecord& job, const std::string& reason, Timestamp now,
                     Force force) {
  if (job.wire.state == JobState::deleting) return batch_error("JobBeingDeleted");
  if (job.wire.state == JobState::completed) return batch_error("JobCompleted");
  set_forced(out, job, force);
  if (job.wire.state != JobState::terminating) end_job(out, job, reason, now);
  return ok();
}

Status delete_job(Core&, Effects& out, JobRecord& job, Timestamp now, Force force) {
  if (job.wire.state == JobState::deleting && force == Force::no)
    return batch_error("JobBeingDeleted");
  set_forced(out, job, force);
  if (job.wire.state == JobState::deleting) return ok();
  move_job(out, job, JobState::deleting, now);
  end_running_tasks(out, job, "The task was ended because its job was deleted", now);
  return ok();
}

static void begin_disabling(Effects& out, JobRecord& job, batch::DisableJobOption option,
                            Timestamp now) {
  move_job(out, job, JobState::disabling, now);
  if (option == batch::DisableJobOption::terminate)
    end_running_tasks(out, job, "The task was ended because its job was disabled", now);
  if (option == batch::DisableJobOption::requeue)
    for (auto& [id, task] : job.tasks)
      if (is_running(task)) interrupt_task(out, job, task, now);
}

Status disable_job(Core&, Effects& out, JobRecord& job, batch::DisableJobOption option,
                   Timestamp now) {
  DMS_CHECK(job_takes_tasks(job));
  if (job.wire.state == JobState::enabling)
    return batch_error("OperationInvalidForCurrentState", "the job is being enabled");
  begin_disabling(out, job, option, now);
  return ok();
}
Status enable_job(Core&, Effects& out, JobRecord& job, Timestamp now) {
  DMS_CHECK(job_takes_tasks(job));
  if (job.wire.state == JobState::active)
    return batch_error("OperationInvalidForCurrentState", "the job is not disabled");
  if (job.wire.state != JobState::enabling) move_job(out, job, JobState::enabling, now);
  return ok();
}

void on_task_completed(Effects& out, JobRecord& job, const TaskRecord& task,
                       batch::JobAction action, Timestamp now) {
  if (ends_its_job(job, task) && may_still_end(*job.wire.state))
    return end_job(out, job, "JMComplete", now);
  if (job.wire.on_task_failure != batch::OnTaskFailure::perform_exit_options_job_action) return;
  if (action == batch::JobAction::terminate && may_still_end(*job.wire.state))
    end_job(out, job, "TaskFailed", now);
  if (action == batch::JobAction::disable && job.wire.state == JobState::active)
    begin_disabling(out, job, batch::DisableJobOption::requeue, now);
}

static bool is_overdue(const JobRecord& job, Timestamp now) {
  const Duration limit = *job.wire.constraints->max_wall_clock_time;
  return may_still_end(*job.wire.state) && !limit.is_unlimited() &&
         now.at - job.wire.creation_time->at >= limit.span;
}

// What one tick erases of a job: everybody waits for the commit that holds it. What a forced job
// leaves on nodes is found by its tasks, so that they go all at once.
constexpr std::size_t erased_at_once = 4000;

static bool erase_some_tasks(Effects& out, JobRecord& job, Timestamp now) {
  if (job.forced || job.tasks.size() <= erased_at_once) return false;
  for (std::size_t i = 0; i < erased_at_once; ++i)
    erase_task(out, job, job.tasks.begin()->second, now);
  return true;
}

// Requires: the job is terminating or deleting, and nothing of it is waited for.
static bool finish_job(Core& core, Effects& out, JobRecord& job, Timestamp now) {
  if (job.wire.state == JobState::terminating) {
    job.wire.execution_info->end_time = now;
    move_job(out, job, JobState::completed, now);
    end_auto_pool(core, out, job, now);
    return true;
  }
  if (erase_some_tasks(out, job, now)) return true;
  remove_directories(core, out, job);
  end_auto_pool(core, out, job, now);
  for (auto& change : erase_job_rows(job)) out.changes.push_back(std::move(change));
  core.jobs.erase(job.id());
  return false;
}

bool settle_job(Core& core, Effects& out, JobRecord& job, Timestamp now) {
  if (is_overdue(job, now)) {
    end_job(out, job, "MaxWallClockTimeExpiry", now);
    return true;
  }
  if (wants_to_end(job)) {
    end_job(out, job, "AllTasksComplete", now);
    return true;
  }
  if (!job.in_transition() || job.wire.state_transition_time == now) return true;
  if (job.wire.state == JobState::enabling) {
    move_job(out, job, JobState::active, now);
    schedule(core, out, job.pool(), now);
    return true;
  }
  if (job.wire.state == JobState::disabling) {
    if (!runs_anywhere(core, job)) move_job(out, job, JobState::disabled, now);
    return true;
  }
  if (job.forced) {
    end_preparations(out, job);
  } else {
    const bool released = settle_releases(core, out, job, now);
    if (!released || runs_anywhere(core, job)) return true;
  }
  return finish_job(core, out, job, now);
}

batch::Job show_job(const Core& core, const JobRecord& job) {
  batch::Job wire = job.wire;
  wire.url = core.base_url + "/jobs/" + wire.id;
  hide_secrets(wire.pool_info);
  return wire;
}

}  // namespace dms::service
