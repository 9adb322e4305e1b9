#include "service/core/nodes.h"

#include <algorithm>
#include <set>

#include "core/crypto.h"
#include "core/version.h"
#include "service/core/node_tasks.h"
#include "service/core/packages.h"
#include "service/core/rows.h"
#include "service/core/run_spec.h"
#include "service/core/scheduler.h"
#include "service/core/tasks.h"

namespace dms::service {

using batch::NodeDeallocationOption;
using batch::NodeState;

namespace {

void move_node(Effects& out, const PoolRecord& pool, NodeRecord& node, NodeState to,
               Timestamp now) {
  node.wire.state = to;
  node.wire.state_transition_time = now;
  out.changes.push_back(node_row(pool, node));
}

// Loopback addresses of their own, so that programs on two "nodes" may listen on one port.
std::string own_address(std::int64_t number) {
  return "127.77." + std::to_string(number / 254 % 256) + "." + std::to_string(number % 254 + 1);
}

std::string free_address(Core& core) {
  while (true) {
    const std::string address = own_address(core.next_node_number++);
    bool taken = false;
    for (const auto& [pool_id, pool] : core.pools)
      for (const auto& [node_id, node] : pool.nodes) taken |= node.wire.ip_address == address;
    if (!taken) return address;
  }
}

TaskRecord* task_of(Core& core, const agent::RunRef& run, JobRecord*& job) {
  if (run.kind != agent::RunKind::task) return nullptr;
  job = core.find_job({run.job_id});
  if (!job) return nullptr;
  TaskRecord* task = core.find_task(job->id(), {run.task_id});
  return task && task->sequence == run.incarnation ? task : nullptr;
}

// An installation that ends its own runner must not do so for ever.
constexpr int max_package_losses = 10;

std::string text_of_failure(const batch::FailureInfo& failure) {
  std::string text = failure.message.value_or("");
  for (const auto& detail : failure.details) text += "; " + detail.value.value_or("");
  return text;
}

bool is_start_task(const agent::RunRef& run) { return run.kind == agent::RunKind::start_task; }

// Whether this run is the one that the task's record speaks of.
bool is_current(const TaskRecord& task, const NodeKey& key, const agent::RunRef& run) {
  if (task.instances) return is_instance_of(task, key, run);
  return task.state == batch::TaskState::running && task.attempt == run.attempt && task.node == key;
}

void forget_run(NodeRecord& node, const agent::RunRef& run) {
  if (node.runs.erase(run) == 0) return;
  node.used_slots -= run.required_slots;
}

// A run whose task was ended, deleted or given elsewhere: its directory goes with a deleted task.
void clean_up_stale_run(Core& core, Effects& out, const NodeKey& key, const agent::RunRef& run) {
  const TaskRecord* task = core.find_task({run.job_id}, {run.task_id});
  if (!task || task->sequence != run.incarnation)
    out.frame(key).remove.push_back(task_directory({run.job_id}, {run.task_id}));
}

// `attempt` counts the runs since the node booted, `retry_count` those that failed before this one.
void start_start_task(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node, int attempt,
                      int retry_count, Timestamp now) {
  const bool waits = pool.wire.start_task->wait_for_success.value_or(true);
  auto spec = run_spec_of_start_task(core, pool, node, attempt, retry_count);
  node.runs.emplace(spec.run, now);
  node.wire.start_task = pool.wire.start_task;
  batch::StartTaskInfo info;
  info.start_time = now;
  info.retry_count = retry_count;
  if (retry_count > 0) info.last_retry_time = now;
  node.wire.start_task_info = info;
  out.frame({pool.id(), node.id()}).start.push_back(std::move(spec));
  move_node(out, pool, node, waits ? NodeState::waiting_for_start_task : NodeState::idle, now);
}

void start_working(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node, Timestamp now) {
  if (pool.wire.start_task)
    start_start_task(core, out, pool, node, 0, 0, now);
  else
    move_node(out, pool, node, NodeState::idle, now);
}

void refuse_work(Effects& out, PoolRecord& pool, NodeRecord& node, const std::string& why,
                 Timestamp now) {
  node.wire.errors = {{"ApplicationPackageError", why, {}}};
  move_node(out, pool, node, NodeState::unusable, now);
}

// The node is starting until its packages are there.
void start_packages(Effects& out, PoolRecord& pool, NodeRecord& node, int attempt, Timestamp now) {
  auto spec = run_spec_of_packages(node, attempt);
  node.runs.emplace(spec.run, now);
  out.frame({pool.id(), node.id()}).start.push_back(std::move(spec));
}

bool waits_for_packages(const NodeRecord& node) {
  return node.wire.state == NodeState::starting && node.boot_process_id != 0 &&
         !node.packages.empty();
}

void on_packages_ended(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node,
                       const agent::RunEnd& end, Timestamp now) {
  if (end.run.incarnation != node.boot_process_id || !waits_for_packages(node)) return;
  if (end.ended_by == agent::EndedBy::lost && end.run.attempt < max_package_losses)
    start_packages(out, pool, node, end.run.attempt + 1, now);
  else if (end.failure_info)
    refuse_work(out, pool, node, text_of_failure(*end.failure_info), now);
  else
    start_working(core, out, pool, node, now);
}

void boot(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node, int process_id,
          Timestamp now) {
  on_node_booted(core, out, {pool.id(), node.id()}, NodeFiles::kept, now);
  node.boot_process_id = process_id;
  node.wire.last_boot_time = now;
  node.wire.node_agent_info = batch::NodeAgentInfo{std::string(version), now};
  node.wire.errors.clear();
  node.packages.clear();
  auto packages = resolve_packages(core, pool.wire.application_package_references);
  if (!packages) return refuse_work(out, pool, node, packages.error().message, now);
  if (packages->empty()) return start_working(core, out, pool, node, now);
  node.packages = *std::move(packages);
  move_node(out, pool, node, NodeState::starting, now);
  start_packages(out, pool, node, 0, now);
}

bool waits_for_start_task_end(const PoolRecord& pool, const NodeRecord& node) {
  return pool.wire.start_task && !node.leaving && node.wire.start_task_info &&
         node.wire.start_task_info->state == batch::StartTaskState::running;
}

// A start task, or an installation, whose start never reached the agent is started once more.
void make_up_for_start(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node,
                       Timestamp now) {
  if (waits_for_packages(node) && !node.leaving &&
      std::none_of(node.runs.begin(), node.runs.end(),
                   [](const auto& run) { return run.first.kind == agent::RunKind::packages; }))
    start_packages(out, pool, node, 0, now);
  const bool runs = std::any_of(node.runs.begin(), node.runs.end(),
                                [](const auto& run) { return is_start_task(run.first); });
  if (waits_for_start_task_end(pool, node) && !runs)
    start_start_task(core, out, pool, node, 0, node.wire.start_task_info->retry_count, now);
}

void on_start_task_ended(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node,
                         const agent::RunEnd& end, Timestamp now) {
  // What was told before a restart may be told again, of a run that has had its successor.
  if (end.run.incarnation != node.boot_process_id || !waits_for_start_task_end(pool, node) ||
      end.run.retry_count != node.wire.start_task_info->retry_count)
    return;
  auto& info = *node.wire.start_task_info;
  const int limit = pool.wire.start_task->max_task_retry_count.value_or(0);
  const bool lost = end.ended_by == agent::EndedBy::lost;
  const bool retry =
      !lost && end.exit_code.value_or(0) != 0 && (limit < 0 || info.retry_count < limit);
  if (lost || retry) {
    start_start_task(core, out, pool, node, end.run.attempt + 1, info.retry_count + retry, now);
    return;
  }
  info.state = batch::StartTaskState::completed;
  info.end_time = end.end_time;
  info.exit_code = end.exit_code;
  info.failure_info = end.failure_info;
  info.result = end.failure_info ? batch::TaskResult::failure : batch::TaskResult::success;
  const bool failed = end.failure_info && pool.wire.start_task->wait_for_success.value_or(true);
  move_node(out, pool, node, failed ? NodeState::start_task_failed : NodeState::idle, now);
}

void on_task_run_ended(Core& core, Effects& out, const NodeKey& key, const agent::RunEnd& end,
                       Timestamp now) {
  JobRecord* job = nullptr;
  TaskRecord* task = task_of(core, end.run, job);
  if (task && is_current(*task, key, end.run) && task->instances)
    on_instance_ended(core, out, *job, *task, key, end, now);
  else if (task && is_current(*task, key, end.run))
    on_run_ended(out, *job, *task, end, now);
  else
    clean_up_stale_run(core, out, key, end.run);
}

// A run that an agent speaks of: after a restart the task's record follows it. Returns whether it
// is one that the service wants.
bool adopt_run(Core& core, Effects& out, NodeRecord& node, const NodeKey& key,
               const agent::RunRef& run, Timestamp now) {
  if (node.runs.emplace(run, now).second) node.used_slots += run.required_slots;
  if (is_start_task(run) || run.kind == agent::RunKind::packages) return true;
  if (is_node_task(run)) return adopt_node_task(core, key, run, now);
  JobRecord* job = nullptr;
  TaskRecord* task = task_of(core, run, job);
  if (task && task->instances) return adopt_instance(core, out, *job, *task, key, run, now);
  if (task && task->state == batch::TaskState::active && run.attempt >= task->attempt) {
    task->run_slots = run.required_slots;
    on_run_started(*job, *task, key, run.attempt, run.retry_count, now);
  }
  return task && is_current(*task, key, run);
}

// A task that was found running in a job which was ended while its node was not heard.
void end_with_its_job(Core& core, Effects& out, const agent::RunRef& run, Timestamp now) {
  JobRecord* job = nullptr;
  TaskRecord* task = is_start_task(run) ? nullptr : task_of(core, run, job);
  if (!task || task->state != batch::TaskState::running) return;
  using batch::JobState;
  if (job->wire.state == JobState::terminating || job->wire.state == JobState::deleting)
    end_task(out, *job, *task,
             {batch::ErrorCategory::user_error,
              "TaskEnded",
              "The task was ended because its job was ended",
              {}},
             now);
}

// Runs that the agent does not know: their starts were lost with a connection.
void drop_unknown_runs(Core& core, Effects& out, NodeRecord& node, const NodeKey& key,
                       const agent::Hello& hello, Timestamp now) {
  std::set<agent::RunRef> known(hello.running.begin(), hello.running.end());
  for (const auto& end : hello.ended) known.insert(end.run);
  const auto runs = node.runs;
  for (const auto& [run, since] : runs) {
    if (known.contains(run)) continue;
    forget_run(node, run);
    if (run.kind != agent::RunKind::task)
      continue;  // see make_up_for_start, make_up_for_node_tasks
    JobRecord* job = nullptr;
    TaskRecord* task = task_of(core, run, job);
    if (task && is_current(*task, key, run))
      requeue_task(out, *job, *task, Requeue::recovery, now);
    else
      clean_up_stale_run(core, out, key, run);
  }
}

void requeue_runs(Core& core, Effects& out, NodeRecord& node, const NodeKey& key, Requeue how,
                  Timestamp now) {
  for (const auto& [run, since] : node.runs) {
    JobRecord* job = nullptr;
    TaskRecord* task = task_of(core, run, job);
    if (task && is_current(*task, key, run)) requeue_task(out, *job, *task, how, now);
  }
}

void end_runs(Effects& out, const NodeRecord& node, const NodeKey& key) {
  for (const auto& [run, since] : node.runs) out.frame(key).end.push_back(run);
}

void terminate_runs(Core& core, Effects& out, NodeRecord& node, const NodeKey& key, Timestamp now) {
  for (const auto& [run, since] : node.runs) {
    JobRecord* job = nullptr;
    TaskRecord* task = task_of(core, run, job);
    if (task && is_current(*task, key, run))
      end_task(out, *job, *task,
               {batch::ErrorCategory::user_error,
                "TaskEnded",
                "The task was ended because its node left the pool",
                {}},
               now);
  }
}

// Tasks of every job of the account may wait for this pool.
void reschedule(Core& core, Effects& out, const PoolId& pool, Timestamp now) {
  schedule(core, out, pool, now);
}

}  // namespace

void add_node(Core& core, Effects& out, PoolRecord& pool, bool dedicated, Timestamp now) {
  NodeRecord node;
  node.wire.id = "tvmps_" + hex(random_bytes(32)) + (dedicated ? "_d" : "_p");
  node.wire.state = NodeState::creating;
  node.wire.scheduling_state = batch::SchedulingState::enabled;
  node.wire.state_transition_time = now;
  node.wire.allocation_time = now;
  node.wire.ip_address = free_address(core);
  node.wire.is_dedicated = dedicated;
  node.slots = pool.slots_per_node();
  const NodeKey key{pool.id(), node.id()};
  const NodeRecord& added = pool.nodes.emplace(key.node, std::move(node)).first->second;
  out.changes.push_back(node_row(pool, added));
  out.start_agents.push_back(key);
}

void remove_node(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node,
                 NodeDeallocationOption option, Timestamp now) {
  const NodeKey key{pool.id(), node.id()};
  node.leaving = true;
  on_node_leaves(core, out, node, key, now);
  if (option == NodeDeallocationOption::requeue) {
    end_runs(out, node, key);
    requeue_runs(core, out, node, key, Requeue::counted, now);
  } else if (option == NodeDeallocationOption::terminate) {
    terminate_runs(core, out, node, key, now);
  }
  move_node(out, pool, node, NodeState::leaving_pool, now);
}

void on_hello(Core& core, Effects& out, const NodeKey& key, const agent::Hello& hello,
              Timestamp now) {
  NodeRecord* node = core.find_node(key);
  if (!node) {
    out.frame(key).shutdown = true;
    return;
  }
  PoolRecord& pool = *core.find_pool(key.pool);
  node->presence = Presence::connected;
  drop_unknown_runs(core, out, *node, key, hello, now);
  for (const auto& run : hello.running)
    if (adopt_run(core, out, *node, key, run, now))
      end_with_its_job(core, out, run, now);
    else
      out.frame(key).end.push_back(run);
  for (const auto& end : hello.ended) (void)adopt_run(core, out, *node, key, end.run, now);
  on_phases_told(core, out, key, hello.instances);
  if (!node->leaving && hello.process_id != node->boot_process_id)
    boot(core, out, pool, *node, hello.process_id, now);
  else if (!node->leaving && node->wire.state == NodeState::unknown)
    move_node(out, pool, *node, NodeState::idle, now);
  make_up_for_start(core, out, pool, *node, now);
  make_up_for_node_tasks(core, out, *node, key, now);
  on_runs_ended(core, out, key, hello.ended, now);
}

void on_runs_ended(Core& core, Effects& out, const NodeKey& key,
                   const std::vector<agent::RunEnd>& ends, Timestamp now) {
  NodeRecord* node = core.find_node(key);
  if (!node) return;
  PoolRecord& pool = *core.find_pool(key.pool);
  for (const auto& end : ends) {
    out.acknowledge_when_durable.emplace_back(key, end.run);
    if (!node->runs.contains(end.run)) continue;  // told twice
    forget_run(*node, end.run);
    if (is_start_task(end.run))
      on_start_task_ended(core, out, pool, *node, end, now);
    else if (end.run.kind == agent::RunKind::packages)
      on_packages_ended(core, out, pool, *node, end, now);
    else if (is_node_task(end.run))
      on_node_task_ended(core, out, *node, key, end, now);
    else
      on_task_run_ended(core, out, key, end, now);
  }
  reschedule(core, out, key.pool, now);
}

void on_agent_silent(Core& core, Effects& out, const NodeKey& key, Timestamp now) {
  NodeRecord* node = core.find_node(key);
  if (!node || node->presence != Presence::connected) return;
  node->presence = Presence::unheard;
  if (node->leaving || node->wire.state != NodeState::idle) return;
  move_node(out, *core.find_pool(key.pool), *node, NodeState::unknown, now);
}

void on_agent_dead(Core& core, Effects& out, const NodeKey& key, Timestamp now) {
  NodeRecord* node = core.find_node(key);
  if (!node) return;
  node->presence = Presence::dead;
  requeue_runs(core, out, *node, key, Requeue::recovery, now);
  on_node_lost(core, out, *node, key, now);
  node->runs.clear();
  node->used_slots = 0;
  node->boot_process_id = 0;
  if (!node->leaving) {
    move_node(out, *core.find_pool(key.pool), *node, NodeState::starting, now);
    out.start_agents.push_back(key);
  }
  reschedule(core, out, key.pool, now);
}

void on_node_gone(Core& core, Effects& out, const NodeKey& key, Timestamp now) {
  NodeRecord* node = core.find_node(key);
  if (!node) return;
  PoolRecord& pool = *core.find_pool(key.pool);
  requeue_runs(core, out, *node, key, Requeue::recovery, now);
  on_node_lost(core, out, *node, key, now);
  out.changes.push_back(erase_node_row(pool, *node));
  pool.nodes.erase(NodeId{key.node});
  reschedule(core, out, key.pool, now);
}

NodeState shown_state(const NodeRecord& node) {
  const NodeState state = node.wire.state.value_or(NodeState::creating);
  return state == NodeState::idle && node.used_slots > 0 ? NodeState::running : state;
}

batch::Node show_node(const Core& core, const PoolRecord& pool, const NodeRecord& node) {
  batch::Node wire = node.wire;
  wire.url = core.base_url + "/pools/" + pool.wire.id + "/nodes/" + wire.id;
  wire.state = shown_state(node);
  wire.affinity_id = "TVM:" + wire.id;
  wire.vm_size = pool.wire.vm_size;
  const auto tasks = std::count_if(node.runs.begin(), node.runs.end(), [](const auto& run) {
    return run.first.kind == agent::RunKind::task;
  });
  wire.running_tasks_count = static_cast<int>(tasks);
  wire.running_task_slots_count = node.used_slots;
  return wire;
}

}  // namespace dms::service
