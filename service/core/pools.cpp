#include "service/core/pools.h"

#include <algorithm>

#include "batch/errors.h"
#include "service/core/allocation.h"
#include "service/core/auto_scale.h"
#include "service/core/check_pool.h"
#include "service/core/nodes.h"
#include "service/core/packages.h"
#include "service/core/rows.h"
#include "service/core/scheduler.h"
#include "service/core/secrets.h"
#include "service/core/tasks.h"

namespace dms::service {

using batch::AllocationState;
using batch::batch_error;
using batch::NodeState;
using batch::PoolState;

namespace {

// Nodes that take no tasks and will not soon.
bool is_useless(const NodeRecord& node) {
  const NodeState state = node.wire.state.value_or(NodeState::creating);
  return state == NodeState::preempted || state == NodeState::deallocated ||
         state == NodeState::deallocating || state == NodeState::start_task_failed ||
         state == NodeState::unusable;
}

// The nodes of a kind that stay, useless and idle ones first: the order in which a shrinking pool
// gives them up.
std::vector<NodeRecord*> staying(PoolRecord& pool, Kind kind) {
  std::vector<NodeRecord*> nodes;
  for (auto& [id, node] : pool.nodes)
    if (is_of(node, kind) && !node.leaving) nodes.push_back(&node);
  std::stable_sort(nodes.begin(), nodes.end(), [](const NodeRecord* a, const NodeRecord* b) {
    return std::pair(!is_useless(*a), a->used_slots) < std::pair(!is_useless(*b), b->used_slots);
  });
  return nodes;
}

void match_target(Core& core, Effects& out, PoolRecord& pool, Kind kind, int target,
                  batch::NodeDeallocationOption option, Timestamp now) {
  auto nodes = staying(pool, kind);
  for (std::size_t i = 0; i + static_cast<std::size_t>(target) < nodes.size(); ++i)
    remove_node(core, out, pool, *nodes[i], option, now);
  for (auto have = static_cast<int>(nodes.size()); have < target; ++have)
    add_node(core, out, pool, kind == Kind::dedicated, now);
}

void match_targets(Core& core, Effects& out, PoolRecord& pool, batch::NodeDeallocationOption option,
                   Timestamp now) {
  match_target(core, out, pool, Kind::dedicated, *pool.wire.target_dedicated_nodes, option, now);
  match_target(core, out, pool, Kind::low_priority, *pool.wire.target_low_priority_nodes, option,
               now);
}

}  // namespace

Result<const PoolRecord*> add_pool(Core& core, Effects& out, batch::Pool wire, Timestamp now) {
  DMS_CHECK(check_pool(core.auto_scale_times, wire));
  DMS_CHECK(check_pool_packages(core, wire.application_package_references));
  if (const PoolRecord* other = core.find_pool({wire.id}))
    return batch_error(other->wire.state == PoolState::deleting ? "PoolBeingDeleted"
                                                                : "PoolExists");
  fill_pool(wire, now);
  PoolRecord& pool = core.pools[{wire.id}];
  pool.wire = std::move(wire);
  if (*pool.wire.enable_auto_scale) run_first_formula(core, pool, now);
  move_allocation(pool, AllocationState::resizing, now);
  match_targets(core, out, pool, batch::NodeDeallocationOption::requeue, now);
  out.changes.insert(out.changes.begin(), pool_row(pool));
  return &pool;
}

Status resize_pool(Core& core, Effects& out, PoolRecord& pool, const batch::PoolResize& resize,
                   Timestamp now) {
  DMS_CHECK(check_may_resize(pool));
  if (!resize.target_dedicated_nodes && !resize.target_low_priority_nodes)
    return batch::property_error("MissingRequiredProperty", "targetDedicatedNodes", {},
                                 "name targetDedicatedNodes, targetLowPriorityNodes or both");
  DMS_CHECK(check_target("targetDedicatedNodes", resize.target_dedicated_nodes));
  DMS_CHECK(check_target("targetLowPriorityNodes", resize.target_low_priority_nodes));
  DMS_CHECK(check_resize_timeout(resize.resize_timeout));
  if (resize.target_dedicated_nodes)
    pool.wire.target_dedicated_nodes = resize.target_dedicated_nodes;
  if (resize.target_low_priority_nodes)
    pool.wire.target_low_priority_nodes = resize.target_low_priority_nodes;
  if (resize.resize_timeout) pool.wire.resize_timeout = resize.resize_timeout;
  begin_resize(core, out, pool,
               resize.node_deallocation_option.value_or(batch::NodeDeallocationOption::requeue),
               now);
  return ok();
}

void begin_resize(Core& core, Effects& out, PoolRecord& pool, batch::NodeDeallocationOption option,
                  Timestamp now) {
  pool.wire.resize_errors.clear();
  move_allocation(pool, AllocationState::resizing, now);
  match_targets(core, out, pool, option, now);
  out.changes.push_back(pool_row(pool));
}

Status delete_pool(Core& core, Effects& out, PoolRecord& pool, Timestamp now) {
  if (pool.wire.state == PoolState::deleting) return batch_error("PoolBeingDeleted");
  pool.wire.state = PoolState::deleting;
  pool.wire.state_transition_time = now;
  for (auto& [id, node] : pool.nodes)
    if (!node.retired)  // nodes that wait for their tasks wait no longer
      remove_node(core, out, pool, node, batch::NodeDeallocationOption::requeue, now);
  out.changes.push_back(pool_row(pool));
  return ok();
}

bool settle_pool(Core& core, Effects& out, PoolRecord& pool, Timestamp now) {
  retire_idle_leavers(core, out, pool, now);
  for (auto& [id, node] : pool.nodes) settle_node(core, out, pool, node, now);
  if (pool.wire.state == PoolState::deleting) {
    if (!pool.nodes.empty() || pool.wire.state_transition_time == now) return true;
    for (auto& change : erase_pool_rows(pool)) out.changes.push_back(std::move(change));
    core.pools.erase(pool.id());
    return false;
  }
  settle_allocation(out, pool, now);
  return true;
}

batch::Pool show_pool(const Core& core, const PoolRecord& pool) {
  batch::Pool wire = pool.wire;
  wire.url = core.base_url + "/pools/" + wire.id;
  hide_secrets(wire);
  hide_idle_auto_scale(wire);
  int dedicated = 0;
  int low_priority = 0;
  for (const auto& [id, node] : pool.nodes)
    ++(is_of(node, Kind::dedicated) ? dedicated : low_priority);
  wire.current_dedicated_nodes = dedicated;
  wire.current_low_priority_nodes = low_priority;
  return wire;
}

static int& counter(batch::NodeCounts& counts, NodeState state) {
  switch (state) {
    case NodeState::idle: return counts.idle;
    case NodeState::rebooting: return counts.rebooting;
    case NodeState::reimaging: return counts.reimaging;
    case NodeState::running: return counts.running;
    case NodeState::unusable: return counts.unusable;
    case NodeState::creating: return counts.creating;
    case NodeState::starting: return counts.starting;
    case NodeState::waiting_for_start_task: return counts.waiting_for_start_task;
    case NodeState::start_task_failed: return counts.start_task_failed;
    case NodeState::leaving_pool: return counts.leaving_pool;
    case NodeState::offline: return counts.offline;
    case NodeState::preempted: return counts.preempted;
    case NodeState::deallocated: return counts.deallocated;
    case NodeState::deallocating: return counts.deallocating;
    case NodeState::unknown:
    case NodeState::upgrading_os: return counts.unknown;
  }
  return counts.unknown;
}

batch::PoolNodeCounts count_nodes(const PoolRecord& pool) {
  batch::PoolNodeCounts result;
  result.pool_id = pool.wire.id;
  for (const auto& [id, node] : pool.nodes) {
    auto& counts = is_of(node, Kind::dedicated) ? result.dedicated : result.low_priority;
    ++counter(counts, shown_state(node));
    ++counts.total;
  }
  return result;
}

}  // namespace dms::service
