#include "service/core/placement.h"

#include <algorithm>

#include "service/core/node_tasks.h"
#include "service/core/run_spec.h"
#include "service/core/tasks.h"

namespace dms::service {

using batch::NodeState;

namespace {

// Whether the node takes tasks or will when it has come up.
bool counts_for_the_future(const NodeRecord& node) {
  switch (node.wire.state.value_or(NodeState::creating)) {
    case NodeState::idle:
    case NodeState::running:
    case NodeState::creating:
    case NodeState::starting:
    case NodeState::waiting_for_start_task:
    case NodeState::rebooting:
    case NodeState::reimaging:
      return !node.leaving && node.wire.scheduling_state != batch::SchedulingState::disabled;
    default: return false;
  }
}

// Nodes on which no task runs and which nobody before this task waits with; at most as many as it
// needs, those first where the job has prepared already.
std::vector<NodeRecord*> free_nodes(PoolRecord& pool, const JobRecord& job, const TaskRecord& task,
                                    const Reserved& reserved) {
  std::vector<NodeRecord*> nodes;
  for (auto& [id, node] : pool.nodes)
    if (node.takes_tasks() && node.used_slots == 0 && !still_runs_there(node, job, task) &&
        !reserved.contains(&node) && !is_barred(job, {pool.id(), id}))
      nodes.push_back(&node);
  if (job.wire.job_preparation_task)
    std::stable_partition(nodes.begin(), nodes.end(), [&](const NodeRecord* node) {
      return job.on_nodes.contains({pool.id(), node->id()});
    });
  if (static_cast<int>(nodes.size()) > instance_count(task))
    nodes.resize(static_cast<std::size_t>(instance_count(task)));
  return nodes;
}

// Begins the preparation where it is missing. Whether it is missing nowhere.
bool prepare_nodes(Core& core, Effects& out, JobRecord& job, const PoolRecord& pool,
                   const std::vector<NodeRecord*>& nodes, Timestamp now) {
  bool prepared = true;
  for (NodeRecord* node : nodes)
    prepared &= prepare_node(core, out, job, *node, {pool.id(), node->id()}, now);
  return prepared;
}

// What all instances are told, the primary's first. Errors: run_spec_of_instance's.
Result<std::vector<agent::RunSpec>> specs_of(const Core& core, const JobRecord& job,
                                             const TaskRecord& task) {
  std::vector<agent::RunSpec> specs;
  for (int i = 0; i < instance_count(task); ++i) {
    DMS_TRY(auto spec, run_spec_of_instance(core, job, task, i));
    specs.push_back(std::move(spec));
  }
  return specs;
}

}  // namespace

bool still_runs_there(const NodeRecord& node, const JobRecord& job, const TaskRecord& task) {
  return std::any_of(node.runs.begin(), node.runs.end(), [&](const auto& run) {
    return run.first.task_id == task.id.text && run.first.job_id == job.wire.id;
  });
}

bool is_large_enough(const PoolRecord& pool, const JobRecord& job, const TaskRecord& task) {
  if (!pool.wire.enable_inter_node_communication.value_or(false) || pool.slots_per_node() != 1)
    return false;
  const auto nodes = std::count_if(pool.nodes.begin(), pool.nodes.end(), [&](const auto& entry) {
    return counts_for_the_future(entry.second) && !is_barred(job, {pool.id(), entry.first});
  });
  return nodes >= instance_count(task);
}

bool start_instances(Core& core, Effects& out, PoolRecord& pool, JobRecord& job, TaskRecord& task,
                     Reserved& reserved, Timestamp now) {
  const auto nodes = free_nodes(pool, job, task, reserved);
  if (static_cast<int>(nodes.size()) < instance_count(task) ||
      !prepare_nodes(core, out, job, pool, nodes, now)) {
    reserved.insert(nodes.begin(), nodes.end());
    return false;
  }
  std::vector<NodeKey> keys;
  for (const NodeRecord* node : nodes) keys.push_back({pool.id(), node->id()});
  on_run_started(job, task, keys.front(), task.attempt, task.retry_count, now);
  begin_instances(task, keys, now);
  auto specs = specs_of(core, job, task);
  if (!specs) {
    end_task(out, job, task,
             {batch::ErrorCategory::server_error, "Unknown", specs.error().message, {}}, now);
    return true;
  }
  job.last_served = core.next_sequence++;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    nodes[i]->used_slots += task.required_slots;
    nodes[i]->runs.emplace((*specs)[i].run, now);
    out.frame(keys[i]).start.push_back(std::move((*specs)[i]));
  }
  return true;
}

}  // namespace dms::service
