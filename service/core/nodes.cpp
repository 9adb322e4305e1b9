#include "service/core/nodes.h"

#include <algorithm>
#include <set>

#include "core/crypto.h"
#include "core/version.h"
#include "service/core/node_runs.h"
#include "service/core/node_tasks.h"
#include "service/core/packages.h"
#include "service/core/rows.h"
#include "service/core/run_spec.h"
#include "service/core/scheduler.h"
#include "service/core/tasks.h"
#include "service/core/usage.h"

namespace dms::service {

using batch::NodeDeallocationOption;
using batch::NodeState;

void move_node(Effects& out, const PoolRecord& pool, NodeRecord& node, NodeState to,
               Timestamp now) {
  node.wire.state = to;
  node.wire.state_transition_time = now;
  out.changes.push_back(node_row(pool, node));
}

TaskRecord* task_of(Core& core, const agent::RunRef& run, JobRecord*& job) {
  if (run.kind != agent::RunKind::task) return nullptr;
  job = core.find_job({run.job_id});
  if (!job) return nullptr;
  TaskRecord* task = core.find_task(job->id(), {run.task_id});
  return task && task->sequence == run.incarnation ? task : nullptr;
}

bool is_start_task(const agent::RunRef& run) { return run.kind == agent::RunKind::start_task; }

bool is_current(const TaskRecord& task, const NodeKey& key, const agent::RunRef& run) {
  if (task.instances) return is_instance_of(task, key, run);
  return task.state == batch::TaskState::running && task.attempt == run.attempt && task.node == key;
}

namespace {

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

int free_number(const PoolRecord& pool) {
  std::set<int> taken;
  for (const auto& [id, node] : pool.nodes) taken.insert(node.number);
  int number = 0;
  while (taken.contains(number)) ++number;
  return number;
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

void boot(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node, int process_id,
          Timestamp now) {
  on_node_booted(core, out, {pool.id(), node.id()}, NodeFiles::kept, now);
  node.boot_process_id = process_id;
  node.wire.last_boot_time = now;
  node.wire.node_agent_info = batch::NodeAgentInfo{std::string(version), now};
  node.wire.errors.clear();
  node.wire.start_task_info.reset();
  // What the pool's start task becomes later is not for this boot.
  node.wire.start_task = pool.wire.start_task;
  install_packages(core, out, pool, node, now);
}

// Counts what ran to its end, whatever has become of its task meanwhile.
void count_run(Effects& out, const PoolRecord& pool, NodeRecord& node, const agent::RunEnd& end) {
  if (end.run.kind != agent::RunKind::task || end.ended_by == agent::EndedBy::lost) return;
  ++node.tasks_run;
  if (!end.failure_info) ++node.tasks_succeeded;
  remember_task(node, {end.end_time, {end.run.job_id}, {end.run.task_id}});
  out.changes.push_back(work_row(pool, node));
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

// Ends that were not acknowledged before the service died. Of one task several attempts may have
// ended, each start sent before the end that led to it was durable: only the newest is current.
void adopt_ended(Core& core, Effects& out, NodeRecord& node, const NodeKey& key,
                 const std::vector<agent::RunEnd>& ended, Timestamp now) {
  std::vector<agent::RunRef> runs;
  for (const auto& end : ended) runs.push_back(end.run);
  std::stable_sort(runs.begin(), runs.end(),
                   [](const auto& a, const auto& b) { return a.attempt > b.attempt; });
  for (const auto& run : runs) (void)adopt_run(core, out, node, key, run, now);
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
    if (run.kind != agent::RunKind::task) continue;  // see make_up_for_start_task and its like
    JobRecord* job = nullptr;
    TaskRecord* task = task_of(core, run, job);
    if (task && is_current(*task, key, run))
      requeue_task(out, *job, *task, Requeue::recovery, now);
    else
      clean_up_stale_run(core, out, key, run);
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
  node.number = free_number(pool);
  node.used_since = now;
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
  if (option == NodeDeallocationOption::requeue) end_start_task(out, node, key);
  give_up_runs(core, out, node, key, option, "its node left the pool", now);
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
  adopt_ended(core, out, *node, key, hello.ended, now);
  on_phases_told(core, out, key, hello.instances);
  if (!node->leaving && !is_off(*node) && hello.process_id != node->boot_process_id)
    boot(core, out, pool, *node, hello.process_id, now);
  else if (!node->leaving && node->wire.state == NodeState::unknown)
    move_node(out, pool, *node, NodeState::idle, now);
  make_up_for_packages(out, pool, *node, now);
  make_up_for_start_task(core, out, pool, *node, now);
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
    count_run(out, pool, *node, end);
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

// Nothing of the node's agent is left: its tasks wait again.
static void lose_agent(Core& core, Effects& out, NodeRecord& node, const NodeKey& key,
                       Timestamp now) {
  node.presence = Presence::dead;
  requeue_runs(core, out, node, key, Requeue::recovery, now);
  on_node_lost(core, out, node, key, now);
  node.runs.clear();
  node.used_slots = 0;
  node.boot_process_id = 0;
}

void turn_on(Effects& out, const PoolRecord& pool, NodeRecord& node, Timestamp now) {
  node.returns_at.reset();
  node.keeps_data = false;
  if (!node.used_since) node.used_since = now;
  move_node(out, pool, node, NodeState::starting, now);
  out.start_agents.push_back({pool.id(), node.id()});
}

// Its agent has ended by itself or because it was told to.
static void go_on_without_agent(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node,
                                Timestamp now) {
  if (node.leaving || node.wire.state == NodeState::deallocated ||
      node.wire.state == NodeState::preempted)
    return;
  if (node.wire.state == NodeState::deallocating) {
    node.keeps_data = false;
    end_usage(core, out, pool, node, now);
    move_node(out, pool, node, NodeState::deallocated, now);
  } else {
    turn_on(out, pool, node, now);
  }
}

void on_agent_dead(Core& core, Effects& out, const NodeKey& key, Timestamp now) {
  NodeRecord* node = core.find_node(key);
  if (!node) return;
  PoolRecord& pool = *core.find_pool(key.pool);
  lose_agent(core, out, *node, key, now);
  // Whose files are to go is not started before they have gone.
  if (!node->leaving &&
      (node->wire.state == NodeState::reimaging || node->wire.state == NodeState::preempted))
    stop_agent(out, pool, *node, RootFate::erased);
  else
    go_on_without_agent(core, out, pool, *node, now);
  reschedule(core, out, key.pool, now);
}

void on_agent_stopped(Core& core, Effects& out, const NodeKey& key, Timestamp now) {
  NodeRecord* node = core.find_node(key);
  if (!node) return;
  PoolRecord& pool = *core.find_pool(key.pool);
  node->stopping = false;
  lose_agent(core, out, *node, key, now);
  if (node->wire.state == NodeState::reimaging || node->wire.state == NodeState::preempted)
    on_node_booted(core, out, key, NodeFiles::wiped, now);
  go_on_without_agent(core, out, pool, *node, now);
  reschedule(core, out, key.pool, now);
}

void on_node_gone(Core& core, Effects& out, const NodeKey& key, Timestamp now) {
  NodeRecord* node = core.find_node(key);
  if (!node) return;
  PoolRecord& pool = *core.find_pool(key.pool);
  requeue_runs(core, out, *node, key, Requeue::recovery, now);
  on_node_lost(core, out, *node, key, now);
  end_usage(core, out, pool, *node, now);
  for (auto& change : erase_node_rows(pool, *node)) out.changes.push_back(std::move(change));
  pool.nodes.erase(NodeId{key.node});
  reschedule(core, out, key.pool, now);
}

}  // namespace dms::service
