// Switching nodes off and on again: what follows from their states at every tick.
#include "service/core/node_runs.h"
#include "service/core/nodes.h"

namespace dms::service {

using batch::NodeState;

void stop_agent(Effects& out, const PoolRecord& pool, NodeRecord& node, RootFate fate) {
  node.stopping = true;
  out.stop_agents.emplace_back(NodeKey{pool.id(), node.id()}, fate);
}

NodeState state_of(const NodeRecord& node) { return node.wire.state.value_or(NodeState::creating); }

bool is_off(const NodeRecord& node) {
  switch (state_of(node)) {
    case NodeState::deallocating:
    case NodeState::deallocated:
    case NodeState::preempted: return true;
    default: return false;
  }
}

bool is_up(const NodeRecord& node) {
  return !is_off(node) && state_of(node) != NodeState::rebooting &&
         state_of(node) != NodeState::reimaging;
}

// The states in which the node waits for its runs and then loses its agent.
static bool is_giving_up(const NodeRecord& node) {
  return !is_up(node) && state_of(node) != NodeState::deallocated &&
         state_of(node) != NodeState::preempted;
}

static bool returns_now(const NodeRecord& node, Timestamp now) {
  return state_of(node) == NodeState::preempted && node.returns_at && *node.returns_at <= now &&
         node.presence == Presence::dead;
}

void settle_node(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node, Timestamp now) {
  if (node.leaving || node.stopping || is_up(node)) return;
  if (!is_giving_up(node)) {
    // After a restart of the service an agent may live that was to end.
    if (node.presence == Presence::connected)
      stop_agent(out, pool, node,
                 state_of(node) == NodeState::preempted ? RootFate::erased : RootFate::kept);
    else if (returns_now(node, now))
      turn_on(out, pool, node, now);
    return;
  }
  // Somebody may look now and must see the transitional state.
  if (node.wire.state_transition_time == now || !is_given_up(core, pool, node, now)) return;
  stop_agent(out, pool, node,
             state_of(node) == NodeState::reimaging ? RootFate::erased : RootFate::kept);
}

bool is_settled(const NodeRecord& node) {
  if (node.leaving) return node.keeps_data;
  // One that waits for tasks or for data is looked at when a run ends, and slowly.
  return !is_giving_up(node) || node.stopping || node.keeps_data || node.used_slots > 0;
}

}  // namespace dms::service
