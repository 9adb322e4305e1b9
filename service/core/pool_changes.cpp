// Changes of a pool's properties. Source: REST reference, "Pool - Patch" and "Pool - Update
// Properties".
#include "batch/errors.h"
#include "service/core/check_pool.h"
#include "service/core/packages.h"
#include "service/core/pools.h"
#include "service/core/refusals.h"
#include "service/core/rows.h"

namespace dms::service {

using batch::batch_error;

namespace {

void touch(Effects& out, PoolRecord& pool, Timestamp now) {
  pool.wire.last_modified = now;
  pool.wire.etag = now.etag();
  out.changes.push_back(pool_row(pool));
}

// A pool with what the patch changes, as if it were added so.
batch::Pool patched(batch::Pool wire, const batch::PoolPatch& patch) {
  const auto set = [](auto& member, const auto& value) {
    if (value) member = *value;
  };
  set(wire.display_name, patch.display_name);
  set(wire.vm_size, patch.vm_size);
  set(wire.start_task, patch.start_task);
  set(wire.application_package_references, patch.application_package_references);
  set(wire.metadata, patch.metadata);
  set(wire.virtual_machine_configuration, patch.virtual_machine_configuration);
  set(wire.target_node_communication_mode, patch.target_node_communication_mode);
  set(wire.task_slots_per_node, patch.task_slots_per_node);
  set(wire.task_scheduling_policy, patch.task_scheduling_policy);
  set(wire.network_configuration, patch.network_configuration);
  set(wire.resource_tags, patch.resource_tags);
  set(wire.user_accounts, patch.user_accounts);
  set(wire.mount_configuration, patch.mount_configuration);
  set(wire.upgrade_policy, patch.upgrade_policy);
  set(wire.enable_inter_node_communication, patch.enable_inter_node_communication);
  return wire;
}

// The member that changes what nodes are made from, or "".
std::string_view member_of_nodes(const batch::PoolPatch& patch) {
  if (patch.vm_size) return "vmSize";
  if (patch.virtual_machine_configuration) return "virtualMachineConfiguration";
  if (patch.task_slots_per_node) return "taskSlotsPerNode";
  if (patch.network_configuration) return "networkConfiguration";
  if (patch.user_accounts) return "userAccounts";
  if (patch.upgrade_policy) return "upgradePolicy";
  if (patch.enable_inter_node_communication) return "enableInterNodeCommunication";
  return {};
}

Status check_changes(const batch::PoolPatch& patch) {
  if (patch.vm_size && patch.vm_size->empty())
    return batch::invalid_property("vmSize", {}, "it must not be empty");
  if (patch.start_task) DMS_CHECK(check_start_task(*patch.start_task));
  if (patch.metadata) DMS_CHECK(check_metadata(*patch.metadata));
  if (patch.virtual_machine_configuration)
    DMS_CHECK(check_machine(*patch.virtual_machine_configuration));
  DMS_CHECK(check_task_slots(patch.task_slots_per_node));
  if (patch.task_scheduling_policy)
    DMS_CHECK(check_scheduling_policy(*patch.task_scheduling_policy));
  if (patch.network_configuration) DMS_CHECK(check_network(*patch.network_configuration));
  if (patch.user_accounts) DMS_CHECK(check_user_accounts(*patch.user_accounts));
  if (patch.mount_configuration && !patch.mount_configuration->empty())
    return not_here("mountConfiguration");
  return ok();
}

}  // namespace

Status patch_pool(const Core& core, Effects& out, PoolRecord& pool, batch::PoolPatch patch,
                  Timestamp now) {
  if (pool.wire.state == batch::PoolState::deleting) return batch_error("PoolBeingDeleted");
  DMS_CHECK(check_changes(patch));
  if (patch.application_package_references)
    DMS_CHECK(check_pool_packages(core, *patch.application_package_references));
  const std::string_view member = member_of_nodes(patch);
  if (!member.empty() && !pool.nodes.empty())
    return batch::property_error("OperationInvalidForCurrentState", member, {},
                                 "it can change only while the pool has no nodes");
  if (patch.start_task) fill_start_task(*patch.start_task);
  if (patch.virtual_machine_configuration) fill_machine(*patch.virtual_machine_configuration);
  if (patch.user_accounts) fill_user_accounts(*patch.user_accounts);
  if (patch.vm_size) patch.vm_size = lower_case(*patch.vm_size);
  pool.wire = patched(std::move(pool.wire), patch);
  touch(out, pool, now);
  return ok();
}

Status update_pool(const Core& core, Effects& out, PoolRecord& pool, batch::PoolUpdate update,
                   Timestamp now) {
  if (pool.wire.state == batch::PoolState::deleting) return batch_error("PoolBeingDeleted");
  if (update.start_task) DMS_CHECK(check_start_task(*update.start_task));
  DMS_CHECK(check_metadata(update.metadata));
  DMS_CHECK(check_pool_packages(core, update.application_package_references));
  if (update.certificate_references && update.certificate_references->json != "[]")
    return batch::property_error("InvalidCertificateReferences", "certificateReferences", {},
                                 "the account has no certificates");
  if (update.start_task) fill_start_task(*update.start_task);
  pool.wire.start_task = std::move(update.start_task);
  pool.wire.metadata = std::move(update.metadata);
  pool.wire.application_package_references = std::move(update.application_package_references);
  if (update.target_node_communication_mode)
    pool.wire.target_node_communication_mode = std::move(update.target_node_communication_mode);
  touch(out, pool, now);
  return ok();
}

}  // namespace dms::service
