// The runs of preparation and release tasks, and the tasks that wait for them.
#include <algorithm>

#include "service/core/node_tasks.h"
#include "service/core/rows.h"
#include "service/core/run_spec.h"
#include "service/core/scheduler.h"
#include "service/core/tasks.h"

namespace dms::service {

using agent::RunKind;
using batch::NodeTaskState;
using batch::TaskResult;
using batch::TaskState;

namespace {

// A node that cannot run its release for this long is waited for no longer.
constexpr std::chrono::minutes release_patience{15};

std::optional<NodeTask>& task_of(JobOnNode& there, RunKind kind) {
  return kind == RunKind::preparation ? there.preparation : there.release;
}

bool waits_for_success(const JobRecord& job) {
  return job.wire.job_preparation_task->wait_for_success.value_or(true);
}

bool has_succeeded(const NodeTask& task) { return task.result == TaskResult::success; }

bool is_running(const std::optional<NodeTask>& task) {
  return task && task->state == NodeTaskState::running;
}

void keep(Effects& out, const JobRecord& job, const NodeKey& key) {
  out.changes.push_back(job_on_node_row(job, key, job.on_nodes.at(key)));
}

// Sends the run that the record speaks of to the agent.
void send(Core& core, Effects& out, JobRecord& job, NodeRecord& node, const NodeKey& key,
          RunKind kind, Timestamp now) {
  const NodeTask& task = *task_of(job.on_nodes.at(key), kind);
  auto spec = run_spec_of_node_task(core, job, key, kind, task);
  node.runs.emplace(spec.run, now);
  out.frame(key).start.push_back(std::move(spec));
}

// `task` says the attempt and what is counted.
void start(Core& core, Effects& out, JobRecord& job, NodeRecord& node, const NodeKey& key,
           RunKind kind, NodeTask task, Timestamp now) {
  JobOnNode& there = job.on_nodes[key];
  if (kind == RunKind::preparation) there.prepare_again = false;
  task.started = now;
  task_of(there, kind) = std::move(task);
  keep(out, job, key);
  send(core, out, job, node, key, kind, now);
}

void ask_to_end(Effects& out, JobRecord& job, const NodeKey& key, RunKind kind) {
  NodeTask& task = *task_of(job.on_nodes.at(key), kind);
  if (task.end_asked) return;
  task.end_asked = true;
  out.frame(key).end.push_back(node_task_ref(job, kind, task));
}

void record_loss(Effects& out, JobRecord& job, const NodeKey& key, RunKind kind, Timestamp now) {
  NodeTask& task = *task_of(job.on_nodes.at(key), kind);
  task.state = NodeTaskState::completed;
  task.ended = now;
  task.result = TaskResult::failure;
  task.failure = batch::FailureInfo{
      batch::ErrorCategory::server_error, "Unknown", "The node ended while the task ran", {}};
  if (kind == RunKind::preparation) job.on_nodes.at(key).prepare_again = true;
  keep(out, job, key);
}

// The task that a waiting run stands for, if it waits still.
TaskRecord* waiting_task(Core& core, const NodeKey& key, const agent::RunRef& run) {
  TaskRecord* task = core.find_task({run.job_id}, {run.task_id});
  return task && task->sequence == run.incarnation && task->state == TaskState::preparing &&
                 task->attempt == run.attempt && task->node == key
             ? task
             : nullptr;
}

void free_slots(NodeRecord& node, const agent::RunRef& run) {
  if (node.waiting.erase(run) == 1) node.used_slots -= run.required_slots;
}

// Calls use(job, task) for every task that waits on the node, of all jobs or of one; none of them
// waits there any more.
template <class Use>
void take_waiting(Core& core, NodeRecord& node, const NodeKey& key, const JobRecord* of, Use use) {
  const auto waiting = node.waiting;
  for (const auto& run : waiting) {
    if (of && run.job_id != of->wire.id) continue;
    TaskRecord* task = waiting_task(core, key, run);
    free_slots(node, run);
    if (task) use(*core.find_job({run.job_id}), *task);
  }
}

bool wants_retry(const JobRecord& job, const NodeTask& task, const agent::RunEnd& end) {
  if (job.finishing || end.ended_by != agent::EndedBy::itself || end.exit_code.value_or(0) == 0)
    return false;
  const auto& constraints = job.wire.job_preparation_task->constraints;
  const int limit = constraints ? constraints->max_task_retry_count.value_or(0) : 0;
  return limit < 0 || task.retry_count < limit;
}

// The next run of a preparation that was lost or failed, nothing where this end was the last.
std::optional<NodeTask> next_try(const JobRecord& job, const NodeTask& task,
                                 const agent::RunEnd& end, Timestamp now) {
  NodeTask next;
  next.attempt = task.attempt + 1;
  next.retry_count = task.retry_count;
  next.last_retry = task.last_retry;
  next.losses = task.losses;
  if (end.ended_by == agent::EndedBy::lost && !job.finishing && ++next.losses <= max_losses)
    return next;
  if (!wants_retry(job, task, end)) return std::nullopt;
  ++next.retry_count;
  next.last_retry = now;
  return next;
}

void record_end(Effects& out, JobRecord& job, const NodeKey& key, const agent::RunEnd& end) {
  NodeTask& task = *task_of(job.on_nodes.at(key), end.run.kind);
  task.state = NodeTaskState::completed;
  task.started = end.start_time;
  task.ended = end.end_time;
  task.exit_code = end.exit_code;
  task.failure = end.failure_info;
  task.result = end.failure_info ? TaskResult::failure : TaskResult::success;
  keep(out, job, key);
}

bool is_current(const JobRecord& job, const std::optional<NodeTask>& task,
                const agent::RunRef& run) {
  return is_running(task) && task->attempt == run.attempt && incarnation_of(job) == run.incarnation;
}

bool runs_there(const NodeRecord& node, const JobRecord& job) {
  return std::any_of(node.runs.begin(), node.runs.end(),
                     [&](const auto& run) { return run.first.job_id == job.wire.id; });
}

// A node that will not run anything of this pool's jobs again.
bool has_left(const NodeRecord* node) {
  using enum batch::NodeState;
  if (!node || node->leaving) return true;
  const auto state = node->wire.state.value_or(creating);
  return state == deallocating || state == deallocated || state == preempted;
}

bool can_release(const NodeRecord& node) {
  using enum batch::NodeState;
  return node.presence == Presence::connected &&
         (node.wire.state == idle || node.wire.state == start_task_failed);
}

// Whether the release on this node is over or will never be.
bool settle_release(Core& core, Effects& out, JobRecord& job, const NodeKey& key, Timestamp now) {
  JobOnNode& there = job.on_nodes.at(key);
  NodeRecord* node = core.find_node(key);
  if (has_left(node)) return true;
  if (is_running(there.preparation)) {
    ask_to_end(out, job, key, RunKind::preparation);
    return false;
  }
  if (!there.preparation || !job.wire.job_release_task) return true;
  if (there.release) return !is_running(there.release);
  if (!can_release(*node)) return now.at - job.wire.state_transition_time->at >= release_patience;
  if (!runs_there(*node, job)) start(core, out, job, *node, key, RunKind::release, {}, now);
  return false;
}

}  // namespace

void give_up_waiting(Core& core, NodeRecord& node, const NodeKey& key, const JobRecord* of,
                     Timestamp now) {
  take_waiting(core, node, key, of, [&](JobRecord& job, TaskRecord& task) {
    move_task(job, task, TaskState::active, now);
  });
}

// -- tasks and the preparation --

bool is_barred(const JobRecord& job, const NodeKey& key) {
  if (!job.wire.job_preparation_task) return false;
  const auto there = job.on_nodes.find(key);
  if (there == job.on_nodes.end() || there->second.prepare_again) return false;
  const auto& preparation = there->second.preparation;
  return preparation && preparation->state == NodeTaskState::completed &&
         !has_succeeded(*preparation) && waits_for_success(job);
}

bool prepare_node(Core& core, Effects& out, JobRecord& job, NodeRecord& node, const NodeKey& key,
                  Timestamp now) {
  if (!job.wire.job_preparation_task) return true;
  const JobOnNode& there = job.on_nodes[key];
  if (!there.preparation)
    start(core, out, job, node, key, RunKind::preparation, {}, now);
  else if (there.prepare_again)
    start(core, out, job, node, key, RunKind::preparation,
          {.attempt = there.preparation->attempt + 1}, now);
  return !waits_for_success(job) || has_succeeded(*there.preparation);
}

void await_preparation(JobRecord& job, TaskRecord& task, NodeRecord& node, const NodeKey& key,
                       Timestamp now) {
  task.node = key;
  move_task(job, task, TaskState::preparing, now);
  if (node.waiting.insert(run_ref(job, task)).second) node.used_slots += task.run_slots;
}

void drop_stale_waiting(Core& core, NodeRecord& node, const NodeKey& key) {
  const auto waiting = node.waiting;
  for (const auto& run : waiting)
    if (!waiting_task(core, key, run)) free_slots(node, run);
}

// -- what happens to nodes and their runs --

void on_node_task_ended(Core& core, Effects& out, NodeRecord& node, const NodeKey& key,
                        const agent::RunEnd& end, Timestamp now) {
  JobRecord* job = core.find_job({end.run.job_id});
  if (!job) {  // deleted without waiting for this
    out.frame(key).remove.push_back(task_directory({end.run.job_id}, {end.run.task_id}));
    return;
  }
  const auto there = job->on_nodes.find(key);
  if (there == job->on_nodes.end()) return;
  const auto& task = task_of(there->second, end.run.kind);
  if (!is_current(*job, task, end.run)) return;
  const bool prepares = end.run.kind == RunKind::preparation;
  if (auto next = prepares ? next_try(*job, *task, end, now) : std::nullopt) {
    start(core, out, *job, node, key, RunKind::preparation, *std::move(next), now);
    return;
  }
  record_end(out, *job, key, end);
  if (!prepares) return;
  if (!has_succeeded(*task)) return give_up_waiting(core, node, key, job, now);
  take_waiting(core, node, key, job, [&](JobRecord& owner, TaskRecord& waiting) {
    start_run(core, out, owner, waiting, node, key, now);
  });
}

bool adopt_node_task(Core& core, const NodeKey& key, const agent::RunRef& run, Timestamp now) {
  JobRecord* job = core.find_job({run.job_id});
  if (!job || incarnation_of(*job) != run.incarnation) return false;
  const bool prepares = run.kind == RunKind::preparation;
  if (!(prepares ? job->wire.job_preparation_task.has_value()
                 : job->wire.job_release_task.has_value()))
    return false;
  auto& task = task_of(job->on_nodes[key], run.kind);
  if (!task || task->attempt < run.attempt)  // the row of its start was not durable
    task = NodeTask{.attempt = run.attempt, .retry_count = run.retry_count, .started = now};
  return is_current(*job, task, run) && !(prepares && job->finishing);
}

void make_up_for_node_tasks(Core& core, Effects& out, NodeRecord& node, const NodeKey& key,
                            Timestamp now) {
  for (auto& [id, job] : core.jobs) {
    const auto there = job.on_nodes.find(key);
    if (there == job.on_nodes.end()) continue;
    for (const RunKind kind : {RunKind::preparation, RunKind::release}) {
      auto& task = task_of(there->second, kind);
      if (!is_running(task) || node.runs.contains(node_task_ref(job, kind, *task))) continue;
      if (node.leaving || (kind == RunKind::preparation && job.finishing))
        record_loss(out, job, key, kind, now);
      else
        send(core, out, job, node, key, kind, now);
    }
  }
}

void on_node_booted(Core& core, Effects& out, const NodeKey& key, NodeFiles files, Timestamp now) {
  for (auto& [id, job] : core.jobs) {
    const auto there = job.on_nodes.find(key);
    if (there == job.on_nodes.end()) continue;
    for (const RunKind kind : {RunKind::preparation, RunKind::release})
      if (is_running(task_of(there->second, kind))) record_loss(out, job, key, kind, now);
    const auto& preparation = there->second.preparation;
    if (!preparation || there->second.prepare_again) continue;
    const bool reruns =
        job.wire.job_preparation_task->rerun_on_node_reboot_after_success.value_or(true);
    if (files == NodeFiles::kept && !(reruns && has_succeeded(*preparation))) continue;
    there->second.prepare_again = true;
    keep(out, job, key);
  }
}

void on_node_lost(Core& core, Effects& out, NodeRecord& node, const NodeKey& key, Timestamp now) {
  give_up_waiting(core, node, key, nullptr, now);
  for (auto& [id, job] : core.jobs) {
    const auto there = job.on_nodes.find(key);
    if (there == job.on_nodes.end()) continue;
    for (const RunKind kind : {RunKind::preparation, RunKind::release})
      if (is_running(task_of(there->second, kind))) record_loss(out, job, key, kind, now);
  }
}

void on_node_leaves(Core& core, Effects& out, NodeRecord& node, const NodeKey& key, Timestamp now) {
  give_up_waiting(core, node, key, nullptr, now);
  for (auto& [id, job] : core.jobs)
    if (const auto there = job.on_nodes.find(key);
        there != job.on_nodes.end() && is_running(there->second.preparation))
      ask_to_end(out, job, key, RunKind::preparation);
}

// -- the job's end --

void end_preparations(Effects& out, JobRecord& job) {
  for (const auto& [key, there] : job.on_nodes)
    if (is_running(there.preparation)) ask_to_end(out, job, key, RunKind::preparation);
}

bool settle_releases(Core& core, Effects& out, JobRecord& job, Timestamp now) {
  bool settled = true;
  for (const auto& [key, there] : job.on_nodes) settled &= settle_release(core, out, job, key, now);
  return settled;
}

}  // namespace dms::service
