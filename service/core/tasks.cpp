#include "service/core/tasks.h"

#include <algorithm>
#include <utility>

#include "batch/errors.h"
#include "service/core/jobs.h"
#include "service/core/packages.h"
#include "service/core/retention.h"
#include "service/core/rows.h"
#include "service/core/show_task.h"
#include "service/core/task_rules.h"

namespace dms::service {

using batch::batch_error;
using batch::TaskResult;
using batch::TaskState;

namespace {

int& counter(batch::TaskCounts& counts, TaskState state) {
  switch (state) {
    case TaskState::active: return counts.active;
    case TaskState::preparing:
    case TaskState::running: return counts.running;
    case TaskState::completed: return counts.completed;
  }
  return counts.completed;
}

void count(JobRecord& job, const TaskRecord& task, int sign) {
  if (task.state == TaskState::running || task.state == TaskState::preparing)
    job.running_instances += sign * instance_count(task);
  for (auto [counts, weight] :
       {std::pair{&job.counts, sign}, {&job.slot_counts, sign * task.required_slots}}) {
    counter(*counts, task.state) += weight;
    if (task.state != TaskState::completed) continue;
    (task.result == TaskResult::success ? counts->succeeded : counts->failed) += weight;
  }
}

batch::FailureInfo task_ended(std::string_view why) {
  return {batch::ErrorCategory::user_error, "TaskEnded", std::string(why), {}};
}

constexpr std::chrono::days usual_retention{7};

void fill_constraints(batch::TaskConstraints& constraints, const batch::Job& job) {
  if (!constraints.max_wall_clock_time) constraints.max_wall_clock_time = Duration::unlimited();
  if (!constraints.retention_time) constraints.retention_time = Duration{usual_retention};
  if (!constraints.max_task_retry_count)
    constraints.max_task_retry_count =
        job.constraints ? job.constraints->max_task_retry_count.value_or(0) : 0;
}

// "TVM:<node>", as nodes and tasks show it.
std::unique_ptr<NodeId> preferred_node(const std::optional<batch::AffinityInfo>& affinity) {
  constexpr std::string_view prefix = "TVM:";
  if (!affinity) return nullptr;
  const std::string_view text = affinity->affinity_id;
  const bool prefixed = equal_ignoring_case(text.substr(0, prefix.size()), prefix);
  return std::make_unique<NodeId>(
      NodeId{std::string(prefixed ? text.substr(prefix.size()) : text)});
}

void clear_execution(TaskRecord& task, Timestamp now) {
  if (task.started) task.earlier_runs += task.ended.value_or(now).at - task.started->at;
  task.started.reset();
  task.ended.reset();
  task.exit_code.reset();
  task.result.reset();
  task.failure.reset();
}

bool has_retry_left(const TaskRecord& task) {
  return task.max_retry_count < 0 || task.retry_count < task.max_retry_count;
}

// Only a command that ran and said no is tried again; failed downloads, uploads and ends by limit
// or by request are final (REST reference, maxTaskRetryCount).
bool wants_retry(const TaskRecord& task, const agent::RunEnd& end) {
  return end.ended_by == agent::EndedBy::itself && end.exit_code.value_or(0) != 0 &&
         has_retry_left(task);
}

// The queue holds exactly the active tasks that wait for no other.
void place(JobRecord& job, TaskRecord& task) {
  if (task.state == TaskState::active && task.unmet == 0) {
    if (job.queue.emplace(task.sequence, &task).second) job.ready_instances += instance_count(task);
  } else if (job.queue.erase(task.sequence) == 1) {
    job.ready_instances -= instance_count(task);
  }
}

void unsatisfy_dependents(JobRecord& job, const TaskId& parent) {
  for (TaskRecord* task : job.dependencies.unsatisfy(parent)) place(job, *task);
}

void complete(Effects& out, JobRecord& job, TaskRecord& task, TaskResult result,
              const ExitDecision& decision, Timestamp now) {
  task.result = result;
  task.satisfies = decision.satisfies && job.wire.uses_task_dependencies.value_or(false);
  move_task(job, task, TaskState::completed, now);
  out.changes.push_back(run_row(job, task));
  on_task_completed(out, job, task, decision.job_action, now);
}

ExitDecision decision_of(const TaskRecord& task, const agent::RunEnd& end) {
  if (!task.has_exit_conditions) return decide_exit({}, end);
  const auto wire = spec_of(task);
  return decide_exit(wire ? wire->exit_conditions : std::nullopt, end);
}

// The run was lost once too often.
void give_up(Effects& out, JobRecord& job, TaskRecord& task, agent::RunEnd end, Timestamp now) {
  end.failure_info = {batch::ErrorCategory::server_error,
                      "MaxInternalRetryCountReached",
                      "The task's runs were lost " + std::to_string(task.losses) +
                          " times; it may be using up the node's memory",
                      {}};
  end_task(out, job, task, *end.failure_info, now, decision_of(task, end));
}

// What a deleted parent had satisfied must be done again by a new task of its id.
void forget_deleted_parent(Effects& out, JobRecord& job, const TaskId& id) {
  const TaskId* deleted = job.dependencies.satisfied(id);
  if (!deleted) return;
  out.changes.push_back(erase_met_row(job, *deleted));
  unsatisfy_dependents(job, id);
}

// The task will be deleted. Those that wait for more than it keep what it has satisfied.
void leave_dependencies(Effects& out, JobRecord& job, TaskRecord& task) {
  if (!job.wire.uses_task_dependencies.value_or(false)) return;
  const auto wire = spec_of(task);
  if (wire && wire->depends_on) job.dependencies.remove(task, *wire->depends_on);
  if (!task.satisfies) return;
  if (job.dependencies.is_parent(task.id))
    out.changes.push_back(met_row(job, task.id));
  else
    unsatisfy_dependents(job, task.id);
}

// The run that the agent of the task's node has under way, or those of all instances.
void end_run(Effects& out, const JobRecord& job, TaskRecord& task, Timestamp now) {
  if (task.state != TaskState::running) return;
  if (task.instances)
    end_instances(out, job, task, now);
  else if (task.node)
    out.frame(*task.node).end.push_back(run_ref(job, task));
}

}  // namespace

bool runs_on(Core& core, const JobRecord& job, const TaskRecord& task, const NodeKey& key) {
  const NodeRecord* node = core.find_node(key);
  return node && std::any_of(node->runs.begin(), node->runs.end(), [&](const auto& run) {
           return run.first.job_id == job.wire.id && run.first.incarnation == task.sequence;
         });
}

std::vector<NodeKey> nodes_of(const TaskRecord& task) {
  std::vector<NodeKey> nodes;
  if (task.instances) {
    for (const auto& instance : task.instances->list)
      if (instance.node) nodes.push_back(*instance.node);
  } else if (task.node) {
    nodes.push_back(*task.node);
  }
  return nodes;
}

std::string job_directory(const JobId& job) {
  const auto schedule = schedule_of(job);
  if (!schedule) return "workitems/" + job.text;
  return "workitems/" + schedule->text + "/" + job.text.substr(schedule->text.size() + 1);
}

std::string task_directory(const JobId& job, const TaskId& task) {
  return job_directory(job) + (schedule_of(job) ? "/" : "/job-1/") + task.text;
}

std::string task_url(const Core& core, const JobRecord& job, const TaskRecord& task) {
  return core.base_url + "/jobs/" + job.wire.id + "/tasks/" + task.id.text;
}

agent::RunRef run_ref(const JobRecord& job, const TaskRecord& task, int instance) {
  return {.job_id = job.wire.id,
          .task_id = task.id.text,
          .instance = instance,
          .incarnation = task.sequence,
          .attempt = task.attempt,
          .retry_count = task.retry_count,
          .required_slots = task.run_slots};
}

void fill_task_defaults(batch::Task& wire, const batch::Job& job) {
  fill_constraints(wire.constraints ? *wire.constraints : wire.constraints.emplace(), job);
  if (!wire.required_slots) wire.required_slots = 1;
  if (wire.multi_instance_settings && !wire.multi_instance_settings->number_of_instances)
    wire.multi_instance_settings->number_of_instances = 1;
  if (!wire.user_identity)
    wire.user_identity = batch::UserIdentity{
        .auto_user = batch::AutoUser{batch::AutoUserScope::pool, batch::ElevationLevel::nonadmin}};
}

TaskRecord make_task(const batch::Task& wire, std::int64_t sequence, Timestamp now) {
  TaskRecord task;
  task.id = {wire.id};
  task.sequence = sequence;
  task.created = now;
  task.modified = now;
  task.state_since = now;
  task.required_slots = wire.required_slots.value_or(1);
  task.run_slots = task.required_slots;
  task.preferred = preferred_node(wire.affinity_info);
  task.has_exit_conditions = wire.exit_conditions.has_value();
  if (const auto& settings = wire.multi_instance_settings)
    task.instances =
        std::make_unique<Instances>(Instances{.count = settings->number_of_instances.value_or(1)});
  if (!wire.constraints) return task;
  task.max_retry_count = wire.constraints->max_task_retry_count.value_or(0);
  task.retention = wire.constraints->retention_time.value_or(Duration{}).span;
  return task;
}

TaskRecord& enter_task(JobRecord& job, TaskRecord task,
                       const std::optional<batch::TaskDependencies>& depends_on) {
  TaskId id = task.id;
  TaskRecord& entered = job.tasks.emplace(std::move(id), std::move(task)).first->second;
  count(job, entered, +1);
  if (depends_on) job.dependencies.add(entered, *depends_on);
  place(job, entered);
  return entered;
}

void satisfy_dependents(JobRecord& job, const TaskId& parent) {
  for (TaskRecord* task : job.dependencies.satisfy(parent)) place(job, *task);
}

void move_task(JobRecord& job, TaskRecord& task, TaskState to, Timestamp now) {
  const TaskState from = task.state;
  // A result is set before its task completes and cleared after it left; so both counts see it.
  count(job, task, -1);
  task.previous_state = from;
  task.previous_since = task.state_since;
  task.state = to;
  task.state_since = now;
  if (to == TaskState::active && from == TaskState::completed) {
    clear_execution(task, now);
    if (std::exchange(task.satisfies, false)) unsatisfy_dependents(job, task.id);
  }
  place(job, task);
  count(job, task, +1);
  if (to != TaskState::completed) return;
  if (task.satisfies) satisfy_dependents(job, task.id);
  expect_cleanup(job, task);
}

Status job_takes_tasks(const JobRecord& job) {
  using batch::JobState;
  switch (job.wire.state.value_or(JobState::active)) {
    case JobState::completed: return batch_error("JobCompleted");
    case JobState::terminating: return batch_error("JobBeingTerminated");
    case JobState::deleting: return batch_error("JobBeingDeleted");
    default: return ok();
  }
}

Result<const TaskRecord*> add_task(Core& core, Effects& out, JobRecord& job, batch::Task wire,
                                   Timestamp now) {
  DMS_CHECK(job_takes_tasks(job));
  DMS_CHECK(check_task(core.find_pool(job.pool()), wire));
  DMS_CHECK(check_task_of_job(job.wire, wire));
  if (job.tasks.contains({wire.id})) return batch_error("TaskExists");
  DMS_CHECK(check_task_packages(core, wire.application_package_references));
  return &enter_new_task(core, out, job, std::move(wire), now);
}

const TaskRecord& enter_new_task(Core& core, Effects& out, JobRecord& job, batch::Task wire,
                                 Timestamp now) {
  drop_status(wire);
  fill_task_defaults(wire, job.wire);
  TaskRecord task = make_task(wire, core.next_sequence++, now);
  task.spec = core.specs.pack(encode(wire));
  forget_deleted_parent(out, job, task.id);
  const TaskRecord& entered = enter_task(job, std::move(task), wire.depends_on);
  out.changes.push_back(task_row(job, entered));
  return entered;
}

void end_task(Effects& out, JobRecord& job, TaskRecord& task, const batch::FailureInfo& why,
              Timestamp now, const ExitDecision& decision) {
  end_run(out, job, task, now);
  // Its run is over for the service; the late end must not be taken for that of a later run.
  if (task.state == TaskState::running) ++task.attempt;
  task.ended = now;
  task.failure = std::make_unique<batch::FailureInfo>(why);
  complete(out, job, task, TaskResult::failure, decision, now);
}

Status terminate_task(Core&, Effects& out, JobRecord& job, TaskRecord& task, Timestamp now) {
  if (task.state == TaskState::completed) return batch_error("TaskCompleted");
  end_task(out, job, task, task_ended("The task was ended by user request"), now);
  return ok();
}

void delete_task(Core& core, Effects& out, JobRecord& job, TaskRecord& task, Timestamp now) {
  end_run(out, job, task, now);
  // The directory of a running task goes when its end is told (clean_up_stale_run in nodes.cpp).
  for (const auto& node : nodes_of(task))
    if (!runs_on(core, job, task, node))
      out.frame(node).remove.push_back(task_directory(job.id(), task.id));
  erase_task(out, job, task, now);
}

void erase_task(Effects& out, JobRecord& job, TaskRecord& task, Timestamp now) {
  if (task.state != TaskState::completed) {
    task.result = TaskResult::failure;
    move_task(job, task, TaskState::completed, now);
  }
  leave_dependencies(out, job, task);
  for (auto& change : erase_task_rows(job, task)) out.changes.push_back(std::move(change));
  count(job, task, -1);
  job.tasks.erase(TaskId{task.id});
}

Status update_task(Core& core, Effects& out, JobRecord& job, TaskRecord& task,
                   const batch::TaskUpdate& update, Timestamp now) {
  if (task.state == TaskState::completed) return batch_error("TaskCompleted");
  DMS_TRY(auto wire, spec_of(task));
  batch::TaskConstraints constraints = update.constraints.value_or(batch::TaskConstraints{});
  fill_constraints(constraints, job.wire);
  task.max_retry_count = *constraints.max_task_retry_count;
  task.retention = constraints.retention_time->span;
  task.modified = now;
  wire.constraints = constraints;
  task.spec = core.specs.pack(encode(wire));
  out.changes.push_back(task_row(job, task));
  out.changes.push_back(run_row(job, task));
  return ok();
}

Status reactivate_task(Core&, Effects& out, JobRecord& job, TaskRecord& task, Timestamp now) {
  if (task.state != TaskState::completed) return batch_error("TaskNotCompleted");
  if (task.result == TaskResult::success) return batch_error("TaskSucceeded");
  DMS_CHECK(job_takes_tasks(job));
  task.retry_count = 0;
  task.last_retry.reset();
  move_task(job, task, TaskState::active, now);
  out.changes.push_back(run_row(job, task));
  return ok();
}

void on_run_started(JobRecord& job, TaskRecord& task, const NodeKey& node, int attempt,
                    int retry_count, Timestamp now) {
  clear_execution(task, now);
  task.attempt = attempt;
  task.retry_count = std::max(task.retry_count, retry_count);
  task.node = node;
  task.started = now;
  task.files_gone = false;
  move_task(job, task, TaskState::running, now);
}

void on_run_ended(Effects& out, JobRecord& job, TaskRecord& task, const agent::RunEnd& end,
                  Timestamp now) {
  if (end.ended_by == agent::EndedBy::lost && ++task.losses <= max_losses) {
    requeue_task(out, job, task, Requeue::recovery, now);
    return;
  }
  ++task.attempt;
  if (end.ended_by == agent::EndedBy::lost) {
    give_up(out, job, task, end, now);
    return;
  }
  task.started = end.start_time;
  task.ended = end.end_time;
  if (wants_retry(task, end)) {
    ++task.retry_count;
    task.last_retry = now;
    clear_execution(task, now);
    move_task(job, task, TaskState::active, now);
    out.changes.push_back(run_row(job, task));
    return;
  }
  task.exit_code = end.exit_code;
  task.failure =
      end.failure_info ? std::make_unique<batch::FailureInfo>(*end.failure_info) : nullptr;
  complete(out, job, task, end.failure_info ? TaskResult::failure : TaskResult::success,
           decision_of(task, end), now);
}

void requeue_task(Effects& out, JobRecord& job, TaskRecord& task, Requeue how, Timestamp now) {
  if (task.instances) end_run(out, job, task, now);
  ++task.attempt;
  if (how == Requeue::counted) {
    ++task.requeue_count;
    task.last_requeue = now;
  }
  clear_execution(task, now);
  move_task(job, task, TaskState::active, now);
  out.changes.push_back(run_row(job, task));
}

void interrupt_task(Effects& out, JobRecord& job, TaskRecord& task, Timestamp now) {
  end_run(out, job, task, now);
  requeue_task(out, job, task, Requeue::counted, now);
}

batch::TaskExecutionInfo execution_info(const TaskRecord& task) {
  batch::TaskExecutionInfo info;
  info.start_time = task.started;
  info.end_time = task.ended;
  info.exit_code = task.exit_code;
  if (task.failure) info.failure_info = *task.failure;
  info.retry_count = task.retry_count;
  info.last_retry_time = task.last_retry;
  info.requeue_count = task.requeue_count;
  info.last_requeue_time = task.last_requeue;
  info.result = task.result;
  return info;
}

void set_execution_info(TaskRecord& task, const batch::TaskExecutionInfo& info) {
  task.started = info.start_time;
  task.ended = info.end_time;
  task.exit_code = info.exit_code;
  task.failure =
      info.failure_info ? std::make_unique<batch::FailureInfo>(*info.failure_info) : nullptr;
  task.retry_count = info.retry_count;
  task.last_retry = info.last_retry_time;
  task.requeue_count = info.requeue_count;
  task.last_requeue = info.last_requeue_time;
  task.result = info.result;
}

batch::TaskNodeInfo node_info(const Core& core, const NodeKey& node, const std::string& directory) {
  const std::string url = core.base_url + "/pools/" + node.pool.text + "/nodes/" + node.node.text;
  return {.affinity_id = "TVM:" + node.node.text,
          .node_url = url,
          .pool_id = node.pool.text,
          .node_id = node.node.text,
          .task_root_directory = directory,
          .task_root_directory_url = url + "/files/" + directory};
}

}  // namespace dms::service
