#include "service/core/state.h"

#include <algorithm>

namespace dms::service {

bool JobRecord::in_transition() const {
  using enum batch::JobState;
  return finishing || wire.state == disabling || wire.state == enabling;
}

bool NodeRecord::takes_tasks() const {
  return presence == Presence::connected && !leaving && wire.state == batch::NodeState::idle &&
         wire.scheduling_state.value_or(batch::SchedulingState::enabled) ==
             batch::SchedulingState::enabled;
}

bool PoolRecord::all_heard() const {
  return std::none_of(nodes.begin(), nodes.end(), [](const auto& entry) {
    return entry.second.presence == Presence::unheard && !entry.second.retired;
  });
}

template <class Map, class Key>
static auto find_in(Map& map, const Key& key) -> decltype(&map.begin()->second) {
  const auto it = map.find(key);
  return it == map.end() ? nullptr : &it->second;
}

PoolRecord* Core::find_pool(const PoolId& id) { return find_in(pools, id); }

JobRecord* Core::find_job(const JobId& id) { return find_in(jobs, id); }

JobScheduleRecord* Core::find_job_schedule(const JobScheduleId& id) {
  return find_in(job_schedules, id);
}

NodeRecord* Core::find_node(const NodeKey& key) {
  PoolRecord* pool = find_pool(key.pool);
  return pool ? find_in(pool->nodes, key.node) : nullptr;
}

TaskRecord* Core::find_task(const JobId& job_id, const TaskId& task_id) {
  JobRecord* job = find_job(job_id);
  return job ? find_in(job->tasks, task_id) : nullptr;
}

agent::ToAgent& Effects::frame(const NodeKey& node) {
  if (frames.empty() || frames.back().first != node) frames.emplace_back(node, agent::ToAgent{});
  return frames.back().second;
}

std::string node_root(const Core& core, const NodeKey& key) {
  return core.nodes_dir + "/" + key.pool.text + "/" + key.node.text;
}

}  // namespace dms::service
