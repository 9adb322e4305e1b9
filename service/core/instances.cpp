#include "service/core/instances.h"

#include <algorithm>

#include "service/core/state.h"
#include "service/core/tasks.h"

namespace dms::service {

using batch::SubtaskState;
using batch::TaskState;

namespace {

void move_instance(Instance& instance, SubtaskState to, Timestamp now) {
  instance.info.previous_state = instance.info.state;
  instance.info.previous_state_transition_time = instance.info.state_transition_time;
  instance.info.state = to;
  instance.info.state_transition_time = now;
}

void place_instance(Instance& instance, const NodeKey& node, Timestamp now) {
  instance.node = node;
  instance.info.start_time = now;
  move_instance(instance, SubtaskState::running, now);
}

void complete_instance(Instance& instance, const agent::RunEnd& end, Timestamp now) {
  instance.over = true;
  instance.info.start_time = end.start_time;
  instance.info.end_time = end.end_time;
  instance.info.exit_code = end.exit_code;
  instance.info.failure_info = end.failure_info;
  instance.info.result = end.failure_info ? batch::TaskResult::failure : batch::TaskResult::success;
  move_instance(instance, SubtaskState::completed, now);
}

// What becomes of an instance that is ended because its attempt is over: one that was coordinated
// has done all it had to.
agent::RunEnd end_with_the_attempt(const Instance& instance, Timestamp now) {
  agent::RunEnd end;
  end.start_time = instance.info.start_time.value_or(now);
  end.end_time = now;
  if (instance.coordinated)
    end.exit_code = 0;
  else
    end.failure_info =
        batch::FailureInfo{batch::ErrorCategory::user_error,
                           "TaskEnded",
                           "The subtask was ended because its task's attempt was over",
                           {}};
  return end;
}

void reset_instances(TaskRecord& task) {
  task.instances->proceeded = false;
  task.instances->list.assign(static_cast<std::size_t>(task.instances->count), {});
}

Instance& instance_of(TaskRecord& task, const agent::RunRef& run) {
  return task.instances->list[static_cast<std::size_t>(run.instance)];
}

// The task whose attempt under way has this run on the node, or nothing.
TaskRecord* task_of_instance(Core& core, const NodeKey& node, const agent::RunRef& run,
                             JobRecord*& job) {
  job = core.find_job({run.job_id});
  TaskRecord* task = job ? core.find_task(job->id(), {run.task_id}) : nullptr;
  return task && task->instances && task->sequence == run.incarnation &&
                 is_instance_of(*task, node, run)
             ? task
             : nullptr;
}

void proceed_when_all_coordinated(Effects& out, const JobRecord& job, TaskRecord& task) {
  Instances& all = *task.instances;
  if (all.proceeded || !std::all_of(all.list.begin(), all.list.end(), [](const Instance& one) {
        return one.node && one.coordinated && !one.over;
      }))
    return;
  all.proceeded = true;
  out.frame(*all.list.front().node).proceed.push_back(run_ref(job, task, 0));
}

bool has_all_instances(Core& core, const JobRecord& job, const TaskRecord& task) {
  const auto& list = task.instances->list;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const NodeRecord* node = list[i].node ? core.find_node(*list[i].node) : nullptr;
    if (list[i].over || !node || !node->runs.contains(run_ref(job, task, static_cast<int>(i))))
      return false;
  }
  return true;
}

void doubt(Core& core, const NodeKey& node, const JobRecord& job, const TaskRecord& task) {
  if (PoolRecord* pool = core.find_pool(node.pool))
    pool->attempts_in_doubt.emplace(job.id(), task.id);
}

}  // namespace

int instance_count(const TaskRecord& task) { return task.instances ? task.instances->count : 1; }

std::string instance_directory(const JobId& job, const TaskId& task, int number) {
  const std::string directory = task_directory(job, task);
  return number == 0 ? directory : directory + "/" + std::to_string(number);
}

void begin_instances(TaskRecord& task, const std::vector<NodeKey>& nodes, Timestamp now) {
  reset_instances(task);
  for (std::size_t i = 0; i < nodes.size(); ++i)
    place_instance(task.instances->list[i], nodes[i], now);
}

bool is_instance_of(const TaskRecord& task, const NodeKey& node, const agent::RunRef& run) {
  const auto& list = task.instances->list;
  const auto number = static_cast<std::size_t>(run.instance);
  return task.state == TaskState::running && task.attempt == run.attempt && number < list.size() &&
         list[number].node == node;
}

bool adopt_instance(Core& core, Effects& out, JobRecord& job, TaskRecord& task, const NodeKey& node,
                    const agent::RunRef& run, Timestamp now) {
  if (run.instance < 0 || run.instance >= task.instances->count ||
      task.state == TaskState::completed || run.attempt < task.attempt)
    return false;
  if (task.state == TaskState::active || run.attempt > task.attempt) {
    // An attempt of which the service had made an end, but which was not durable yet.
    if (task.state == TaskState::running) end_instances(out, job, task, now);
    on_run_started(job, task, node, run.attempt, run.retry_count, now);
    reset_instances(task);
    task.node.reset();
  }
  Instance& mine = instance_of(task, run);
  if (!mine.node) {
    place_instance(mine, node, now);
    if (run.instance == 0) task.node = node;
    doubt(core, node, job, task);
  }
  return mine.node == node;
}

void on_phases_told(Core& core, Effects& out, const NodeKey& node,
                    const std::vector<agent::RunningInstance>& instances) {
  std::vector<agent::RunRef> coordinated;
  for (const auto& [run, phase] : instances) {
    if (phase == agent::InstancePhase::coordinating) continue;
    coordinated.push_back(run);
    JobRecord* job = nullptr;
    if (TaskRecord* task = task_of_instance(core, node, run, job); task && run.instance == 0)
      task->instances->proceeded = phase == agent::InstancePhase::proceeding;
  }
  on_coordinated(core, out, node, coordinated);
}

void on_coordinated(Core& core, Effects& out, const NodeKey& node,
                    const std::vector<agent::RunRef>& runs) {
  for (const auto& run : runs) {
    JobRecord* job = nullptr;
    TaskRecord* task = task_of_instance(core, node, run, job);
    if (!task) continue;
    instance_of(*task, run).coordinated = true;
    proceed_when_all_coordinated(out, *job, *task);
  }
}

void on_instance_ended(Core& core, Effects& out, JobRecord& job, TaskRecord& task,
                       const NodeKey& node, const agent::RunEnd& end, Timestamp now) {
  complete_instance(instance_of(task, end.run), end, now);
  if (end.ended_by == agent::EndedBy::terminate) {
    // It was told to end by a service that died before it could note why. If another instance knows
    // why, its end decides; else the attempt is found incomplete.
    doubt(core, node, job, task);
    return;
  }
  end_instances(out, job, task, now);
  agent::RunEnd of_task = end;
  if (end.run.instance != 0) {
    of_task.start_time = task.started.value_or(end.start_time);
    if (of_task.failure_info)
      of_task.failure_info->details.push_back({"SubtaskId", std::to_string(end.run.instance)});
  }
  on_run_ended(out, job, task, of_task, now);
}

void end_instances(Effects& out, const JobRecord& job, TaskRecord& task, Timestamp now) {
  auto& list = task.instances->list;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].over) continue;
    if (list[i].node)
      out.frame(*list[i].node).end.push_back(run_ref(job, task, static_cast<int>(i)));
    complete_instance(list[i], end_with_the_attempt(list[i], now), now);
  }
}

void settle_attempts(Core& core, Effects& out, PoolRecord& pool, Timestamp now) {
  const auto doubtful = std::exchange(pool.attempts_in_doubt, {});
  for (const auto& [job_id, task_id] : doubtful) {
    JobRecord* job = core.find_job(job_id);
    TaskRecord* task = core.find_task(job_id, task_id);
    if (!task || !task->instances || task->state != TaskState::running) continue;
    if (!has_all_instances(core, *job, *task))
      requeue_task(out, *job, *task, Requeue::recovery, now);
  }
}

batch::Subtasks show_subtasks(const Core& core, const JobRecord& job, const TaskRecord& task) {
  batch::Subtasks shown;
  if (!task.instances || task.state == TaskState::active) return shown;
  const auto& list = task.instances->list;
  for (std::size_t i = 1; i < list.size(); ++i) {
    batch::SubtaskInfo info = list[i].info;
    info.id = static_cast<int>(i);
    if (list[i].node)
      info.node_info =
          node_info(core, *list[i].node, instance_directory(job.id(), task.id, info.id));
    shown.value.push_back(std::move(info));
  }
  return shown;
}

}  // namespace dms::service
