#include <fmt/format.h>

#include <algorithm>

#include "batch/azure_batch.h"
#include "batch/operations.h"
#include "batch/rest.h"
#include "batch/wait.h"

namespace dms::batch {
namespace {

// "TVM is broken (NodeError: no disk)": why one node will not become ready.
std::string trouble_of(const Node& node) {
  std::string text = fmt::format("{} is {}", node.id, text_of(*node.state));
  std::string_view before = ": ";
  const auto add = [&](std::string_view code, std::string_view message) {
    text.append(fmt::format("{}{} {}", before, code, message));
    before = ", ";
  };
  for (const auto& error : node.errors) add(error.code.value_or(""), error.message.value_or(""));
  if (!node.start_task_info) return text;
  const StartTaskInfo& info = *node.start_task_info;
  if (info.exit_code && *info.exit_code != 0)
    add("start task exit code", std::to_string(*info.exit_code));
  if (info.failure_info)
    add(info.failure_info->code.value_or(""), info.failure_info->message.value_or(""));
  return text;
}

// Nodes that stay as they are until somebody does something about them.
Status check_nodes_usable(std::string_view pool_id, const std::vector<Node>& nodes) {
  std::string troubles;
  for (const Node& node : nodes) {
    if (node.state != NodeState::unusable && node.state != NodeState::start_task_failed) continue;
    troubles.append(troubles.empty() ? "" : "; ").append(trouble_of(node));
  }
  if (troubles.empty()) return ok();
  return fail(Code::internal, fmt::format("nodes of pool '{}' failed: {}", pool_id, troubles));
}

Status check_pool_allocates(const Pool& pool) {
  if (pool.state == PoolState::deleting)
    return fail(Code::conflict, fmt::format("pool '{}' is being deleted", pool.id));
  if (pool.resize_errors.empty() || pool.allocation_state != AllocationState::steady) return ok();
  std::string errors;
  for (const ResizeError& error : pool.resize_errors) {
    errors.append(fmt::format("{}{} {}", errors.empty() ? "" : "; ", error.code.value_or(""),
                              error.message.value_or("")));
  }
  return fail(Code::exhausted, fmt::format("pool '{}' could not be resized: {}", pool.id, errors));
}

// Whether allocation is steady with every node there and able to take tasks. An autoscaled pool has
// no target to be held to.
bool is_ready(const Pool& pool, const std::vector<Node>& nodes) {
  if (pool.allocation_state != AllocationState::steady) return false;
  const int target =
      pool.enable_auto_scale.value_or(false)
          ? 0
          : pool.target_dedicated_nodes.value_or(0) + pool.target_low_priority_nodes.value_or(0);
  const int current =
      pool.current_dedicated_nodes.value_or(0) + pool.current_low_priority_nodes.value_or(0);
  if (nodes.size() < static_cast<std::size_t>(std::max({target, current, 0}))) return false;
  return std::all_of(nodes.begin(), nodes.end(), [](const Node& node) {
    return node.state == NodeState::idle || node.state == NodeState::running;
  });
}

}  // namespace

AzureBatch::AzureBatch(Url endpoint, Transport& transport, Clock& clock)
    : rest_(std::make_unique<Rest>(std::move(endpoint), transport)), clock_(clock) {}

AzureBatch::~AzureBatch() = default;

Result<bool> AzureBatch::create_pool_if_not_exist(const Pool& pool) {
  const Status added = rest_->call<op::add_pool>(pool);
  if (added) return true;
  if (added.error().service_code == "PoolExists") return false;
  return Error(added.error()).context(fmt::format("adding pool '{}'", pool.id));
}

Result<bool> AzureBatch::create_pool(std::string_view pool_id, int pool_size,
                                     const PoolOptions& options) {
  const bool linked = options.enable_inter_node_communication;
  Pool pool{.id = std::string(pool_id), .vm_size = options.vm_size};
  pool.virtual_machine_configuration = VirtualMachineConfiguration{
      .image_reference = options.image, .node_agent_sku_id = options.node_agent_sku_id};
  pool.resize_timeout = Duration{std::chrono::minutes(15)};
  pool.target_dedicated_nodes = pool_size;
  pool.target_low_priority_nodes = options.low_priority_nodes;
  pool.enable_inter_node_communication = linked;
  pool.task_slots_per_node = linked ? 1 : options.task_slots_per_node;
  pool.start_task = options.start_task;
  pool.application_package_references = options.app_packages;
  pool.metadata = options.metadata;
  return create_pool_if_not_exist(pool);
}

Result<Pool> AzureBatch::get_pool(std::string_view pool_id) {
  return rest_->call<op::get_pool>({}, pool_id);
}

Result<bool> AzureBatch::exists_pool(std::string_view pool_id) {
  const Status seen = rest_->call<op::pool_exists>({}, pool_id);
  if (seen) return true;
  if (seen.error().code == Code::not_found) return false;
  return seen.error();
}

Status AzureBatch::resize_pool(std::string_view pool_id, int pool_size,
                               NodeDeallocationOption option) {
  const PoolResize resize{.target_dedicated_nodes = pool_size,
                          .resize_timeout = Duration{std::chrono::minutes(15)},
                          .node_deallocation_option = option};
  return rest_->call<op::resize_pool>(resize, pool_id);
}

Status AzureBatch::delete_pool(std::string_view pool_id) {
  return rest_->call<op::delete_pool>({}, pool_id);
}

Status AzureBatch::wait_for_pool_delete(std::string_view pool_id, const WaitOptions& options,
                                        std::stop_token stop) {
  const auto is_gone = [&]() -> Result<bool> {
    const Status seen = rest_->call_with<op::pool_exists>({.stop = stop}, pool_id);
    if (seen) return false;
    if (seen.error().code == Code::not_found) return true;
    return seen.error();
  };
  return wait_until(clock_, options, fmt::format("pool '{}' to be deleted", pool_id), is_gone,
                    stop);
}

Status AzureBatch::list_pools(const ListOptions& options, const std::function<Status(Pool)>& each) {
  return rest_->each<op::list_pools>({.query = query_of(options)}, each);
}

Status AzureBatch::list_nodes(std::string_view pool_id, const ListOptions& options,
                              const std::function<Status(Node)>& each) {
  return rest_->each<op::list_nodes>({.query = query_of(options)}, each, pool_id);
}

Result<std::vector<Node>> AzureBatch::wait_for_pool_nodes(std::string_view pool_id,
                                                          const WaitOptions& options,
                                                          std::stop_token stop) {
  std::vector<Node> nodes;
  const auto keep = [&](Node node) {
    nodes.push_back(std::move(node));
    return ok();
  };
  const auto are_ready = [&]() -> Result<bool> {
    DMS_TRY(const Pool pool, rest_->call_with<op::get_pool>({.stop = stop}, pool_id));
    DMS_CHECK(check_pool_allocates(pool));
    nodes.clear();
    DMS_CHECK(rest_->each<op::list_nodes>({.stop = stop}, keep, pool_id));
    DMS_CHECK(check_nodes_usable(pool_id, nodes));
    return is_ready(pool, nodes);
  };
  DMS_CHECK(
      wait_until(clock_, options, fmt::format("the nodes of pool '{}'", pool_id), are_ready, stop));
  return nodes;
}

}  // namespace dms::batch
