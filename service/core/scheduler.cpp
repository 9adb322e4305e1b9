#include "service/core/scheduler.h"

#include <algorithm>

#include "service/core/job_manager.h"
#include "service/core/node_tasks.h"
#include "service/core/placement.h"
#include "service/core/preemption.h"
#include "service/core/run_spec.h"
#include "service/core/tasks.h"

namespace dms::service {

namespace {

bool may_run_tasks(const JobRecord& job) {
  const auto limit = job.wire.max_parallel_tasks.value_or(-1);
  return job.wire.state.value_or(batch::JobState::active) == batch::JobState::active &&
         !job.queue.empty() && (limit < 0 || job.counts.running < limit);
}

NodeRecord* pick_node(PoolRecord& pool, const JobRecord& job, const TaskRecord& task,
                      const Reserved& reserved) {
  const bool pack = pool.wire.task_scheduling_policy &&
                    pool.wire.task_scheduling_policy->node_fill_type == batch::NodeFillType::pack;
  NodeRecord* best = nullptr;
  int best_free = 0;
  for (auto& [id, node] : pool.nodes) {
    const int free = node.slots - node.used_slots;
    if (free < slots_on(job, task, node) || !node.takes_tasks() || reserved.contains(&node) ||
        !suits(job, task, node) || still_runs_there(node, job, task) ||
        (job.wire.job_preparation_task && is_barred(job, {pool.id(), id})))
      continue;
    if (task.preferred && *task.preferred == id) return &node;
    if (!best || (pack ? free < best_free : free > best_free)) {
      best = &node;
      best_free = free;
    }
  }
  return best;
}

// The first task of the job's queue, but for those that the pool is too small for: they wait aside.
TaskRecord* head_of_queue(const PoolRecord& pool, JobRecord& job) {
  for (auto& [sequence, task] : job.queue)
    if (!task->instances || is_large_enough(pool, job, *task)) return task;
  return nullptr;
}

// Starts the task at the head of the job's queue. False when it must wait; whole nodes that it
// waits with are then reserved.
bool start_next(Core& core, Effects& out, PoolRecord& pool, JobRecord& job, Reserved& reserved,
                Timestamp now) {
  TaskRecord* head = head_of_queue(pool, job);
  if (!head) return false;
  TaskRecord& task = *head;
  if (task.instances) return start_instances(core, out, pool, job, task, reserved, now);
  NodeRecord* node = pick_node(pool, job, task, reserved);
  if (!node) return false;
  const NodeKey key{pool.id(), node->id()};
  task.run_slots = slots_on(job, task, *node);
  job.last_served = core.next_sequence++;
  if (prepare_node(core, out, job, *node, key, now))
    start_run(core, out, job, task, *node, key, now);
  else
    await_preparation(job, task, *node, key, now);
  return true;
}

bool has_free_slot(const PoolRecord& pool) {
  return std::any_of(pool.nodes.begin(), pool.nodes.end(), [](const auto& entry) {
    return entry.second.takes_tasks() && entry.second.used_slots < entry.second.slots;
  });
}

// Jobs that gave way would take the slots again, one by one, before there is room for the task
// that they gave way to.
bool holds_back_others(Core& core, const PoolRecord& pool, const std::vector<JobRecord*>& jobs,
                       const JobRecord& job) {
  return std::any_of(jobs.begin(), jobs.end(),
                     [&](const JobRecord* other) {
                       return other->priority() < job.priority() &&
                              other->wire.allow_task_preemption.value_or(false);
                     }) &&
         waits_for_room(core, pool, job);
}

bool start_any(Core& core, Effects& out, PoolRecord& pool, Timestamp now) {
  const auto jobs = waiting_jobs(core, pool.id());
  Reserved reserved;
  std::optional<int> least_priority;
  for (JobRecord* job : jobs) {
    if (least_priority && job->priority() < *least_priority) return false;
    if (start_next(core, out, pool, *job, reserved, now)) return true;
    if (!least_priority && holds_back_others(core, pool, jobs, *job))
      least_priority = job->priority();
  }
  return false;
}

}  // namespace

// Of a run that could not even be told to an agent: a package is missing, say.
static agent::RunEnd end_before_start(const Error& error, Timestamp now) {
  using batch::ErrorCategory;
  const bool missing = error.code == Code::not_found;
  agent::RunEnd end{.start_time = now, .end_time = now};
  end.failure_info =
      batch::FailureInfo{missing ? ErrorCategory::user_error : ErrorCategory::server_error,
                         error.service_code.empty() ? "Unknown" : error.service_code,
                         error.message,
                         {}};
  return end;
}

void start_run(Core& core, Effects& out, JobRecord& job, TaskRecord& task, NodeRecord& node,
               const NodeKey& key, Timestamp now) {
  on_run_started(job, task, key, task.attempt, task.retry_count, now);
  auto spec = run_spec_of_task(core, job, task, key);
  if (!spec) {
    on_run_ended(out, job, task, end_before_start(spec.error(), now), now);
    return;
  }
  node.used_slots += task.run_slots;
  node.runs.emplace(spec->run, now);
  out.frame(key).start.push_back(*std::move(spec));
}

std::vector<JobRecord*> waiting_jobs(Core& core, const PoolId& pool) {
  std::vector<JobRecord*> jobs;
  for (auto& [id, job] : core.jobs)
    if (may_run_tasks(job) && job.pool() == pool) jobs.push_back(&job);
  std::sort(jobs.begin(), jobs.end(), [](const JobRecord* a, const JobRecord* b) {
    return std::pair(-a->priority(), a->last_served) < std::pair(-b->priority(), b->last_served);
  });
  return jobs;
}

int slots_on(const JobRecord& job, const TaskRecord& task, const NodeRecord& node) {
  return runs_alone(job, task) ? node.slots : task.required_slots;
}

void schedule(Core& core, Effects& out, const PoolId& pool_id, Timestamp now) {
  PoolRecord* pool = core.find_pool(pool_id);
  if (!pool || !pool->all_heard()) return;
  settle_attempts(core, out, *pool, now);
  if (pool->wire.state == batch::PoolState::deleting) return;
  for (auto& [id, node] : pool->nodes)
    if (!node.waiting.empty()) drop_stale_waiting(core, node, {pool_id, id});
  while (has_free_slot(*pool) && start_any(core, out, *pool, now)) {
  }
  preempt(core, out, *pool, now);
}

}  // namespace dms::service
