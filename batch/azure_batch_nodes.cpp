#include <fmt/format.h>

#include <algorithm>

#include "batch/azure_batch.h"
#include "batch/local_operations.h"
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

bool is_one_of(const Node& node, const NodeStates& states) {
  return node.state && std::find(states.begin(), states.end(), *node.state) != states.end();
}

// Nodes that stay as they are until somebody does something about them.
Status check_nodes_usable(std::string_view pool_id, const std::vector<Node>& nodes,
                          const NodeStates& wanted) {
  std::string troubles;
  for (const Node& node : nodes) {
    if (node.state != NodeState::unusable && node.state != NodeState::start_task_failed) continue;
    if (is_one_of(node, wanted)) continue;
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

// Whether allocation is steady with every node there and in one of the states. An autoscaled pool
// has no target to be held to.
bool is_ready(const Pool& pool, const std::vector<Node>& nodes, const NodeStates& states) {
  if (pool.allocation_state != AllocationState::steady) return false;
  const int target =
      pool.enable_auto_scale.value_or(false)
          ? 0
          : pool.target_dedicated_nodes.value_or(0) + pool.target_low_priority_nodes.value_or(0);
  const int current =
      pool.current_dedicated_nodes.value_or(0) + pool.current_low_priority_nodes.value_or(0);
  if (nodes.size() < static_cast<std::size_t>(std::max({target, current, 0}))) return false;
  return std::all_of(nodes.begin(), nodes.end(),
                     [&](const Node& node) { return is_one_of(node, states); });
}

}  // namespace

Status AzureBatch::list_nodes(std::string_view pool_id, const ListOptions& options,
                              const std::function<Status(Node)>& each) {
  return rest_->each<op::list_nodes>({.query = query_of(options)}, each, pool_id);
}

Result<Node> AzureBatch::get_node(std::string_view pool_id, std::string_view node_id) {
  return rest_->call<op::get_node>({}, pool_id, node_id);
}

Status AzureBatch::reboot_node(std::string_view pool_id, std::string_view node_id,
                               NodeRebootOption option) {
  return rest_->call<op::reboot_node>({.node_reboot_option = option}, pool_id, node_id);
}

Status AzureBatch::reimage_node(std::string_view pool_id, std::string_view node_id,
                                NodeReimageOption option) {
  return rest_->call<op::reimage_node>({.node_reimage_option = option}, pool_id, node_id);
}

Status AzureBatch::deallocate_node(std::string_view pool_id, std::string_view node_id,
                                   NodeDeallocateOption option) {
  return rest_->call<op::deallocate_node>({.node_deallocate_option = option}, pool_id, node_id);
}

Status AzureBatch::start_node(std::string_view pool_id, std::string_view node_id) {
  return rest_->call<op::start_node>({}, pool_id, node_id);
}

Status AzureBatch::disable_node_scheduling(std::string_view pool_id, std::string_view node_id,
                                           NodeDisableSchedulingOption option) {
  return rest_->call<op::disable_node_scheduling>({.node_disable_scheduling_option = option},
                                                  pool_id, node_id);
}

Status AzureBatch::enable_node_scheduling(std::string_view pool_id, std::string_view node_id) {
  return rest_->call<op::enable_node_scheduling>({}, pool_id, node_id);
}

Status AzureBatch::preempt_node(std::string_view pool_id, std::string_view node_id,
                                Duration return_after) {
  const Extras extras{
      .query = {{"returnAfter", return_after.is_unlimited() ? "never" : return_after.iso8601()}}};
  return rest_->call_with<local_op::preempt_node>(extras, pool_id, node_id);
}

Status AzureBatch::add_node_user(std::string_view pool_id, std::string_view node_id,
                                 const NodeUser& user) {
  return rest_->call<op::add_node_user>(user, pool_id, node_id);
}

Status AzureBatch::update_node_user(std::string_view pool_id, std::string_view node_id,
                                    std::string_view user_name, const NodeUserUpdate& update) {
  return rest_->call<op::update_node_user>(update, pool_id, node_id, user_name);
}

Status AzureBatch::delete_node_user(std::string_view pool_id, std::string_view node_id,
                                    std::string_view user_name) {
  return rest_->call<op::delete_node_user>({}, pool_id, node_id, user_name);
}

Result<RemoteLoginSettings> AzureBatch::get_remote_login_settings(std::string_view pool_id,
                                                                  std::string_view node_id) {
  return rest_->call<op::get_remote_login_settings>({}, pool_id, node_id);
}

Result<UploadServiceLogsResult> AzureBatch::upload_service_logs(std::string_view pool_id,
                                                                std::string_view node_id,
                                                                const UploadServiceLogs& what) {
  return rest_->call<op::upload_service_logs>(what, pool_id, node_id);
}

Status AzureBatch::list_node_extensions(std::string_view pool_id, std::string_view node_id,
                                        const std::function<Status(NodeVmExtension)>& each) {
  return rest_->each<op::list_node_extensions>({}, each, pool_id, node_id);
}

Result<NodeVmExtension> AzureBatch::get_node_extension(std::string_view pool_id,
                                                       std::string_view node_id,
                                                       std::string_view extension_name) {
  return rest_->call<op::get_node_extension>({}, pool_id, node_id, extension_name);
}

Result<std::vector<Node>> AzureBatch::wait_for_all_nodes_state(std::string_view pool_id,
                                                               const NodeStates& states,
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
    DMS_CHECK(check_nodes_usable(pool_id, nodes, states));
    return is_ready(pool, nodes, states);
  };
  DMS_CHECK(
      wait_until(clock_, options, fmt::format("the nodes of pool '{}'", pool_id), are_ready, stop));
  return nodes;
}

Result<std::vector<Node>> AzureBatch::wait_for_pool_nodes(std::string_view pool_id,
                                                          const WaitOptions& options,
                                                          std::stop_token stop) {
  return wait_for_all_nodes_state(pool_id, {NodeState::idle, NodeState::running}, options, stop);
}

}  // namespace dms::batch
