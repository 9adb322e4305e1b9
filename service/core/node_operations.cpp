#include "service/core/node_operations.h"

#include <algorithm>

#include "batch/errors.h"
#include "service/core/node_runs.h"
#include "service/core/node_tasks.h"
#include "service/core/nodes.h"
#include "service/core/rows.h"
#include "service/core/usage.h"

namespace dms::service {

using batch::batch_error;
using batch::NodeState;
using batch::SchedulingState;

namespace {

Error wrong_state(const NodeRecord& node) {
  return batch_error("OperationInvalidForCurrentState",
                     "The node is " + std::string(text_of(shown_state(node))));
}

// Errors for all states but idle and running.
Status check_ready(const NodeRecord& node) {
  switch (state_of(node)) {
    case NodeState::idle: return ok();
    case NodeState::creating: return batch_error("NodeBeingCreated");
    case NodeState::starting: return batch_error("NodeBeingStarted");
    case NodeState::rebooting: return batch_error("NodeBeingRebooted");
    case NodeState::reimaging: return batch_error("NodeBeingReimaged");
    case NodeState::unusable: return batch_error("NodeStateUnusable");
    case NodeState::deallocating:
    case NodeState::deallocated:
    case NodeState::preempted:
    case NodeState::leaving_pool: return wrong_state(node);
    default: return batch_error("NodeNotReady");
  }
}

// A node whose start task failed may be given another try.
Status check_may_restart(const NodeRecord& node) {
  return state_of(node) == NodeState::start_task_failed ? ok() : check_ready(node);
}

// Gives its tasks up on the way to another state; settle_node carries on from there.
void leave_for(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node, NodeState to,
               NodeDeallocationOption option, std::string_view why, Timestamp now) {
  give_up_runs(core, out, node, {pool.id(), node.id()}, option, why, now);
  move_node(out, pool, node, to, now);
}

auto find_user(NodeRecord& node, std::string_view name) {
  return std::find_if(node.users.begin(), node.users.end(), [&](const NodeUserRecord& user) {
    return equal_ignoring_case(user.name, name);
  });
}

// Users whose time is over have gone.
Status begin_user_change(NodeRecord& node, Timestamp now) {
  if (!check_ready(node)) return batch_error("NodeNotReady");
  std::erase_if(node.users, [&](const NodeUserRecord& user) {
    return user.expiry_time && *user.expiry_time <= now;
  });
  return ok();
}

}  // namespace

Status reboot_node(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node,
                   NodeDeallocationOption option, Timestamp now) {
  DMS_CHECK(check_may_restart(node));
  leave_for(core, out, pool, node, NodeState::rebooting, option, "its node was rebooted", now);
  return ok();
}

Status reimage_node(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node,
                    NodeDeallocationOption option, Timestamp now) {
  DMS_CHECK(check_may_restart(node));
  node.users.clear();
  leave_for(core, out, pool, node, NodeState::reimaging, option, "its node was reimaged", now);
  return ok();
}

Status deallocate_node(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node,
                       NodeDeallocationOption option, Timestamp now) {
  DMS_CHECK(check_may_restart(node));
  leave_for(core, out, pool, node, NodeState::deallocating, option, "its node was deallocated",
            now);
  return ok();
}

Status start_node(Effects& out, PoolRecord& pool, NodeRecord& node, Timestamp now) {
  if (state_of(node) != NodeState::deallocated) return wrong_state(node);
  turn_on(out, pool, node, now);
  return ok();
}

Status disable_scheduling(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node,
                          NodeDeallocationOption option, Timestamp now) {
  if (!check_ready(node)) return batch_error("NodeNotReady");
  if (node.wire.scheduling_state == SchedulingState::disabled)
    return batch_error("NodeAlreadyInTargetSchedulingState");
  node.wire.scheduling_state = SchedulingState::disabled;
  give_up_runs(core, out, node, {pool.id(), node.id()}, option,
               "scheduling was disabled on its node", now);
  node.keeps_data = false;
  out.changes.push_back(node_row(pool, node));
  return ok();
}

Status enable_scheduling(Effects& out, PoolRecord& pool, NodeRecord& node) {
  if (!check_ready(node)) return batch_error("NodeNotReady");
  if (node.wire.scheduling_state != SchedulingState::disabled)
    return batch_error("NodeAlreadyInTargetSchedulingState");
  node.wire.scheduling_state = SchedulingState::enabled;
  out.changes.push_back(node_row(pool, node));
  return ok();
}

Status preempt_node(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node,
                    std::optional<Duration> return_after, Timestamp now) {
  if (node.wire.is_dedicated.value_or(true))
    return batch_error("OperationNotValidOnNode", "Only low-priority nodes can be preempted");
  if (node.leaving || is_off(node)) return wrong_state(node);
  end_usage(core, out, pool, node, now);
  node.keeps_data = false;
  if (return_after) node.returns_at = Timestamp{now.at + return_after->span};
  const NodeKey key{pool.id(), node.id()};
  requeue_runs(core, out, node, key, Requeue::recovery, now);
  give_up_waiting(core, node, key, nullptr, now);
  move_node(out, pool, node, NodeState::preempted, now);
  stop_agent(out, pool, node, RootFate::erased);
  return ok();
}

Status add_node_user(Effects& out, PoolRecord& pool, NodeRecord& node, const batch::NodeUser& user,
                     Timestamp now) {
  DMS_CHECK(begin_user_change(node, now));
  constexpr std::size_t max_name = 20;
  if (user.name.empty() || user.name.size() > max_name)
    return batch::invalid_property("name", user.name, "names have 1 to 20 characters");
  if (find_user(node, user.name) != node.users.end()) return batch_error("NodeUserExists");
  node.users.push_back({user.name, user.is_admin.value_or(false), user.expiry_time});
  out.changes.push_back(node_row(pool, node));
  return ok();
}

Status update_node_user(Effects& out, PoolRecord& pool, NodeRecord& node, const std::string& name,
                        const batch::NodeUserUpdate& update, Timestamp now) {
  DMS_CHECK(begin_user_change(node, now));
  const auto user = find_user(node, name);
  if (user == node.users.end()) return batch_error("NodeUserNotFound");
  user->expiry_time = update.expiry_time;  // the update replaces: an absent one is none
  out.changes.push_back(node_row(pool, node));
  return ok();
}

Status delete_node_user(Effects& out, PoolRecord& pool, NodeRecord& node, const std::string& name,
                        Timestamp now) {
  DMS_CHECK(begin_user_change(node, now));
  const auto user = find_user(node, name);
  if (user == node.users.end()) return batch_error("NodeUserNotFound");
  node.users.erase(user);
  out.changes.push_back(node_row(pool, node));
  return ok();
}

}  // namespace dms::service
