#include "service/core/pools.h"

#include <algorithm>

#include "batch/errors.h"
#include "core/crypto.h"
#include "service/core/auto_scale.h"
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

constexpr int max_slots = 256;

Error bad_property(std::string_view name, int value, std::string_view reason) {
  return batch_error("InvalidPropertyValue", std::string(name) + " is " + std::to_string(value) +
                                                 ": " + std::string(reason));
}

Error not_here(std::string_view name) {
  return batch_error("UnsupportedProperty",
                     std::string(name) + " is not supported by the local service");
}

Status check_target(std::string_view name, const std::optional<int>& target) {
  if (target && (*target < 0 || *target > max_nodes_here))
    return bad_property(name, *target, "the local service has 0 to 1000 nodes a pool");
  return ok();
}

Status check_pool(const AutoScaleTimes& times, const batch::Pool& wire) {
  if (wire.id.empty()) return batch_error("MissingRequiredProperty", "id is missing");
  if (!valid_id(wire.id))
    return batch_error(
        "InvalidPropertyValue",
        "id '" + wire.id + "': ids have 1 to 64 of letters, digits, hyphen and underscore");
  DMS_CHECK(check_target("targetDedicatedNodes", wire.target_dedicated_nodes));
  DMS_CHECK(check_target("targetLowPriorityNodes", wire.target_low_priority_nodes));
  const int slots = wire.task_slots_per_node.value_or(1);
  if (slots < 1 || slots > max_slots)
    return bad_property("taskSlotsPerNode", slots, "it must lie between 1 and 256");
  DMS_CHECK(check_auto_scale(times, wire));
  if (!wire.mount_configuration.empty()) return not_here("mountConfiguration");
  if (wire.start_task && wire.start_task->container_settings)
    return not_here("startTask.containerSettings");
  return ok();
}

void fill_start_task(batch::StartTask& start) {
  if (!start.user_identity)
    start.user_identity = batch::UserIdentity{
        .auto_user = batch::AutoUser{batch::AutoUserScope::pool, batch::ElevationLevel::nonadmin}};
  if (!start.max_task_retry_count) start.max_task_retry_count = 0;
  if (!start.wait_for_success) start.wait_for_success = true;
}

void move_allocation(PoolRecord& pool, AllocationState to, Timestamp now) {
  pool.wire.allocation_state = to;
  pool.wire.allocation_state_transition_time = now;
  pool.settled_at_next_tick = false;
}

void fill_defaults(batch::Pool& wire, Timestamp now) {
  wire.creation_time = now;
  wire.last_modified = now;
  wire.etag = now.etag();
  wire.state = PoolState::active;
  wire.state_transition_time = now;
  std::transform(wire.vm_size.begin(), wire.vm_size.end(), wire.vm_size.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  if (!wire.resize_timeout)
    wire.resize_timeout = Duration{std::chrono::duration_cast<Ticks>(std::chrono::minutes(15))};
  wire.current_dedicated_nodes = 0;
  wire.current_low_priority_nodes = 0;
  if (!wire.target_dedicated_nodes) wire.target_dedicated_nodes = 0;
  if (!wire.target_low_priority_nodes) wire.target_low_priority_nodes = 0;
  if (!wire.enable_auto_scale) wire.enable_auto_scale = false;
  if (!wire.enable_inter_node_communication) wire.enable_inter_node_communication = false;
  if (!wire.task_slots_per_node) wire.task_slots_per_node = 1;
  if (!wire.task_scheduling_policy) wire.task_scheduling_policy.emplace();
  if (wire.start_task) fill_start_task(*wire.start_task);
  if (wire.virtual_machine_configuration &&
      !wire.virtual_machine_configuration->image_reference.version)
    wire.virtual_machine_configuration->image_reference.version = "latest";
}

enum class Kind { dedicated, low_priority };

bool is_of(const NodeRecord& node, Kind kind) {
  return node.wire.is_dedicated.value_or(true) == (kind == Kind::dedicated);
}

// The nodes of a kind that stay, idle ones first: the order in which a shrinking pool gives them
// up.
std::vector<NodeRecord*> staying(PoolRecord& pool, Kind kind) {
  std::vector<NodeRecord*> nodes;
  for (auto& [id, node] : pool.nodes)
    if (is_of(node, kind) && !node.leaving) nodes.push_back(&node);
  std::stable_sort(nodes.begin(), nodes.end(), [](const NodeRecord* a, const NodeRecord* b) {
    return a->used_slots < b->used_slots;
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

void settle_allocation(Effects& out, PoolRecord& pool, Timestamp now) {
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

void retire_idle_leavers(Effects& out, PoolRecord& pool) {
  for (auto& [id, node] : pool.nodes)
    if (node.leaving && !node.retired && node.runs.empty() && node.presence != Presence::unheard) {
      node.retired = true;
      out.retire_agents.push_back({pool.id(), id});
    }
}

}  // namespace

Result<const PoolRecord*> add_pool(Core& core, Effects& out, batch::Pool wire, Timestamp now) {
  DMS_CHECK(check_pool(core.auto_scale_times, wire));
  DMS_CHECK(check_pool_packages(core, wire.application_package_references));
  if (const PoolRecord* other = core.find_pool({wire.id}))
    return batch_error(other->wire.state == PoolState::deleting ? "PoolBeingDeleted"
                                                                : "PoolExists");
  fill_defaults(wire, now);
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
  if (pool.wire.state == PoolState::deleting) return batch_error("PoolBeingDeleted");
  if (pool.wire.enable_auto_scale.value_or(false))
    return batch_error("OperationNotValidOnPool", "Its formula sizes pool '" + pool.wire.id +
                                                      "': disable autoscale or change the formula");
  if (pool.wire.allocation_state != AllocationState::steady) return batch_error("PoolBeingResized");
  DMS_CHECK(check_target("targetDedicatedNodes", resize.target_dedicated_nodes));
  DMS_CHECK(check_target("targetLowPriorityNodes", resize.target_low_priority_nodes));
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
  retire_idle_leavers(out, pool);
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
