#include "service/core/allocation.h"

#include <algorithm>
#include <set>

#include "batch/errors.h"
#include "service/core/check_pool.h"
#include "service/core/node_runs.h"
#include "service/core/nodes.h"
#include "service/core/pools.h"
#include "service/core/rows.h"

namespace dms::service {

using batch::AllocationState;
using batch::batch_error;
using batch::NodeState;

namespace {

constexpr std::size_t max_removed = 100;

// Whether every node is there for good or is known to be of no use.
bool is_allocated(const PoolRecord& pool) {
  return std::all_of(pool.nodes.begin(), pool.nodes.end(), [](const auto& entry) {
    const NodeState state = entry.second.wire.state.value_or(NodeState::creating);
    return !entry.second.leaving && state != NodeState::creating && state != NodeState::starting;
  });
}

bool has_timed_out(const PoolRecord& pool, Timestamp now) {
  return now.at - pool.wire.allocation_state_transition_time->at >= pool.wire.resize_timeout->span;
}

batch::ResizeError resize_stopped(std::string_view kind) {
  return {"ResizeStopped",
          "Desired number of " + std::string(kind) +
              " nodes could not be allocated due to a stop resize operation",
          {}};
}

// As recorded of the service: one error a kind, the targets stay as asked.
void settle_stop(Effects& out, PoolRecord& pool, Timestamp now) {
  if (pool.wire.allocation_state_transition_time == now) return;
  pool.wire.resize_errors = {resize_stopped("dedicated"), resize_stopped("low priority")};
  move_allocation(pool, AllocationState::steady, now);
  out.changes.push_back(pool_row(pool));
}

Result<std::vector<NodeRecord*>> nodes_to_remove(PoolRecord& pool,
                                                 const std::vector<std::string>& ids) {
  if (ids.empty() || ids.size() > max_removed)
    return batch::invalid_property("nodeList", std::to_string(ids.size()) + " nodes",
                                   "name 1 to 100 nodes");
  std::set<NodeId> seen;
  std::vector<NodeRecord*> nodes;
  for (const auto& id : ids) {
    const auto it = pool.nodes.find({id});
    if (it == pool.nodes.end()) return batch_error("NodeNotFound", id);
    if (seen.insert(it->first).second) nodes.push_back(&it->second);
  }
  return nodes;
}

}  // namespace

bool is_of(const NodeRecord& node, Kind kind) {
  return node.wire.is_dedicated.value_or(true) == (kind == Kind::dedicated);
}

void move_allocation(PoolRecord& pool, AllocationState to, Timestamp now) {
  pool.wire.allocation_state = to;
  pool.wire.allocation_state_transition_time = now;
  pool.settled_at_next_tick = false;
}

Status check_may_resize(const PoolRecord& pool) {
  if (pool.wire.state == batch::PoolState::deleting) return batch_error("PoolBeingDeleted");
  if (pool.wire.enable_auto_scale.value_or(false))
    return batch_error("OperationNotValidOnPool", "Its formula sizes pool '" + pool.wire.id +
                                                      "': disable autoscale or change the formula");
  if (pool.wire.allocation_state != AllocationState::steady) return batch_error("PoolBeingResized");
  return ok();
}

Status stop_resize(Core& core, Effects& out, PoolRecord& pool, Timestamp now) {
  if (pool.wire.state == batch::PoolState::deleting) return batch_error("PoolBeingDeleted");
  if (pool.wire.allocation_state != AllocationState::resizing)
    return batch_error("OperationInvalidForCurrentState",
                       "The pool's allocation is " +
                           std::string(text_of(*pool.wire.allocation_state)) + ", not resizing");
  move_allocation(pool, AllocationState::stopping, now);
  for (auto& [id, node] : pool.nodes)
    if (!node.leaving && node.wire.state == NodeState::creating)
      remove_node(core, out, pool, node, batch::NodeDeallocationOption::requeue, now);
  out.changes.push_back(pool_row(pool));
  return ok();
}

Status remove_nodes(Core& core, Effects& out, PoolRecord& pool, const batch::NodeRemove& remove,
                    Timestamp now) {
  DMS_CHECK(check_may_resize(pool));
  DMS_CHECK(check_resize_timeout(remove.resize_timeout));
  DMS_TRY(const auto nodes, nodes_to_remove(pool, remove.node_list));
  if (remove.resize_timeout) pool.wire.resize_timeout = remove.resize_timeout;
  pool.wire.resize_errors.clear();
  move_allocation(pool, AllocationState::resizing, now);
  for (NodeRecord* node : nodes) {
    if (node->leaving) continue;
    auto& target = is_of(*node, Kind::dedicated) ? pool.wire.target_dedicated_nodes
                                                 : pool.wire.target_low_priority_nodes;
    target = std::max(0, target.value_or(0) - 1);
    remove_node(core, out, pool, *node,
                remove.node_deallocation_option.value_or(batch::NodeDeallocationOption::requeue),
                now);
  }
  out.changes.push_back(pool_row(pool));
  return ok();
}

void settle_allocation(Effects& out, PoolRecord& pool, Timestamp now) {
  if (pool.wire.allocation_state == AllocationState::stopping) settle_stop(out, pool, now);
  if (pool.wire.allocation_state != AllocationState::resizing) return;
  if (!pool.settled_at_next_tick) {
    pool.settled_at_next_tick = true;  // somebody may look now and must see "resizing"
    return;
  }
  const bool allocated = is_allocated(pool);
  if (!allocated && !has_timed_out(pool, now)) return;
  if (!allocated)
    pool.wire.resize_errors = {{"AllocationTimedout",
                                "Desired number of nodes could not be allocated as the resize "
                                "timeout was reached",
                                {}}};
  move_allocation(pool, AllocationState::steady, now);
  out.changes.push_back(pool_row(pool));
}

void retire_idle_leavers(Core& core, Effects& out, PoolRecord& pool, Timestamp now) {
  for (auto& [id, node] : pool.nodes)
    if (node.leaving && !node.retired && node.runs.empty() && is_given_up(core, pool, node, now)) {
      node.retired = true;
      out.retire_agents.push_back({pool.id(), id});
    }
}

}  // namespace dms::service
