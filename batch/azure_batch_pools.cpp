#include <fmt/format.h>

#include "batch/azure_batch.h"
#include "batch/operations.h"
#include "batch/rest.h"
#include "batch/wait.h"

namespace dms::batch {
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
  if (options.os_image) {
    const OsImage& wanted = *options.os_image;
    DMS_TRY(const VmImage found, select_latest_verified_vm_image_with_node_agent_sku(
                                     wanted.publisher, wanted.offer, wanted.sku_starts_with));
    pool.virtual_machine_configuration = VirtualMachineConfiguration{
        .image_reference = found.image, .node_agent_sku_id = found.node_agent_sku_id};
  }
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

Status AzureBatch::create_or_resize_pool(std::string_view pool_id, int pool_size,
                                         const PoolOptions& options) {
  DMS_TRY(const bool created, create_pool(pool_id, pool_size, options));
  if (created) return ok();
  DMS_TRY(const Pool pool, get_pool(pool_id));
  if (pool.target_dedicated_nodes == pool_size) return ok();
  return resize_pool(pool_id, pool_size);
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
  return resize_pool(pool_id, PoolResize{.target_dedicated_nodes = pool_size,
                                         .resize_timeout = Duration{std::chrono::minutes(15)},
                                         .node_deallocation_option = option});
}

Status AzureBatch::resize_pool(std::string_view pool_id, const PoolResize& resize) {
  return rest_->call<op::resize_pool>(resize, pool_id);
}

Status AzureBatch::stop_pool_resize(std::string_view pool_id) {
  return rest_->call<op::stop_pool_resize>({}, pool_id);
}

Status AzureBatch::remove_nodes(std::string_view pool_id, const NodeRemove& nodes) {
  return rest_->call<op::remove_nodes>(nodes, pool_id);
}

Status AzureBatch::patch_pool(std::string_view pool_id, const PoolPatch& patch) {
  return rest_->call<op::patch_pool>(patch, pool_id);
}

Status AzureBatch::update_pool_properties(std::string_view pool_id, const PoolUpdate& update) {
  return rest_->call<op::update_pool>(update, pool_id);
}

Status AzureBatch::enable_auto_scale(std::string_view pool_id, const EnableAutoScale& settings) {
  return rest_->call<op::enable_auto_scale>(settings, pool_id);
}

Status AzureBatch::disable_auto_scale(std::string_view pool_id) {
  return rest_->call<op::disable_auto_scale>({}, pool_id);
}

Result<AutoScaleRun> AzureBatch::evaluate_auto_scale(std::string_view pool_id,
                                                     std::string_view formula) {
  return rest_->call<op::evaluate_auto_scale>({.auto_scale_formula = std::string(formula)},
                                              pool_id);
}

Status AzureBatch::list_node_counts(const ListOptions& options,
                                    const std::function<Status(PoolNodeCounts)>& each) {
  return rest_->each<op::list_node_counts>({.query = query_of(options)}, each);
}

Status AzureBatch::list_pool_usage_metrics(std::optional<Timestamp> start,
                                           std::optional<Timestamp> end, const ListOptions& options,
                                           const std::function<Status(PoolUsageMetrics)>& each) {
  Query query = query_of(options);
  if (start) query.emplace_back("startTime", start->iso8601());
  if (end) query.emplace_back("endTime", end->iso8601());
  return rest_->each<op::list_pool_usage_metrics>({.query = std::move(query)}, each);
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

}  // namespace dms::batch
