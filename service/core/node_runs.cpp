#include "service/core/node_runs.h"

#include <algorithm>

#include "service/core/node_tasks.h"
#include "service/core/show_task.h"

namespace dms::service {

using batch::NodeDeallocationOption;

namespace {

constexpr std::size_t max_recent = 10;
// How often the tasks of all jobs are looked through for data that a node keeps.
constexpr std::chrono::seconds retention_look{5};
constexpr Timestamp never{std::chrono::sys_time<Ticks>::max()};

void terminate_runs(Core& core, Effects& out, NodeRecord& node, const NodeKey& key,
                    std::string_view why, Timestamp now) {
  for (const auto& [run, since] : node.runs) {
    JobRecord* job = nullptr;
    TaskRecord* task = task_of(core, run, job);
    if (task && is_current(*task, key, run))
      end_task(out, *job, *task,
               {batch::ErrorCategory::user_error,
                "TaskEnded",
                "The task was ended because " + std::string(why),
                {}},
               now);
  }
}

Timestamp retention_end(const TaskRecord& task) {
  const auto wire = spec_of(task);
  if (!wire || !wire->constraints || !wire->constraints->retention_time) return *task.ended;
  const Duration span = *wire->constraints->retention_time;
  if (span.span >= never.at - task.ended->at) return never;
  return {task.ended->at + span.span};
}

// When the retention of the last task's data on the node ends; deleted tasks keep none.
Timestamp data_end(const Core& core, const NodeKey& key) {
  Timestamp latest;
  for (const auto& [job_id, job] : core.jobs)
    for (const auto& [task_id, task] : job.tasks)
      if (task.node == key && task.ended && !task.files_gone)
        latest = std::max(latest, retention_end(task));
  return latest;
}

bool data_is_over(const Core& core, const NodeKey& key, NodeRecord& node, Timestamp now) {
  if (!node.data_looked_at || now.at - node.data_looked_at->at >= retention_look) {
    node.data_looked_at = now;
    node.data_kept_until = data_end(core, key);
  }
  return *node.data_kept_until <= now;
}

}  // namespace

void requeue_runs(Core& core, Effects& out, NodeRecord& node, const NodeKey& key, Requeue how,
                  Timestamp now) {
  for (const auto& [run, since] : node.runs) {
    JobRecord* job = nullptr;
    TaskRecord* task = task_of(core, run, job);
    if (task && is_current(*task, key, run)) requeue_task(out, *job, *task, how, now);
  }
}

void end_start_task(Effects& out, const NodeRecord& node, const NodeKey& key) {
  for (const auto& [run, since] : node.runs)
    if (is_start_task(run)) out.frame(key).end.push_back(run);
}

void give_up_runs(Core& core, Effects& out, NodeRecord& node, const NodeKey& key,
                  NodeDeallocationOption option, std::string_view why, Timestamp now) {
  node.keeps_data = option == NodeDeallocationOption::retained_data;
  node.data_looked_at.reset();
  if (option == NodeDeallocationOption::requeue) {
    for (const auto& [run, since] : node.runs)
      if (run.kind == agent::RunKind::task) out.frame(key).end.push_back(run);
    requeue_runs(core, out, node, key, Requeue::counted, now);
  } else if (option == NodeDeallocationOption::terminate) {
    terminate_runs(core, out, node, key, why, now);
  }
  // Tasks that wait here for their job's preparation have not begun: another node prepares them.
  give_up_waiting(core, node, key, nullptr, now);
}

bool is_given_up(const Core& core, const PoolRecord& pool, NodeRecord& node, Timestamp now) {
  const bool busy = std::any_of(node.runs.begin(), node.runs.end(), [](const auto& run) {
    return run.first.kind == agent::RunKind::task;
  });
  if (busy || node.presence == Presence::unheard) return false;
  return !node.keeps_data || data_is_over(core, {pool.id(), node.id()}, node, now);
}

void remember_task(NodeRecord& node, RecentTask task) {
  std::erase_if(node.recent, [&](const RecentTask& other) {
    return other.job == task.job && other.task == task.task;
  });
  const auto place =
      std::upper_bound(node.recent.begin(), node.recent.end(), task,
                       [](const RecentTask& a, const RecentTask& b) { return a.ended < b.ended; });
  node.recent.insert(place, std::move(task));
  if (node.recent.size() > max_recent) node.recent.erase(node.recent.begin());
}

}  // namespace dms::service
