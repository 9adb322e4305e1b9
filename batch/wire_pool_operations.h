// What the operations on a pool take.
#pragma once

#include "batch/wire_pool.h"

namespace dms::batch {

// Absent members stay; present ones are replaced whole.
struct PoolPatch {
  std::optional<std::string> display_name;
  std::optional<std::string> vm_size;
  std::optional<StartTask> start_task;
  std::optional<std::vector<ApplicationPackageReference>> application_package_references;
  std::optional<std::vector<MetadataItem>> metadata;
  std::optional<VirtualMachineConfiguration> virtual_machine_configuration;
  std::optional<std::string> target_node_communication_mode;
  std::optional<int> task_slots_per_node;
  std::optional<TaskSchedulingPolicy> task_scheduling_policy;
  std::optional<NetworkConfiguration> network_configuration;
  std::optional<Opaque> resource_tags;
  std::optional<std::vector<UserAccount>> user_accounts;
  std::optional<std::vector<MountConfiguration>> mount_configuration;
  std::optional<Opaque> upgrade_policy;
  std::optional<bool> enable_inter_node_communication;
  template <class S = PoolPatch>
  static constexpr auto fields() {
    return std::tuple{field("displayName", &S::display_name),
                      field("vmSize", &S::vm_size),
                      field("startTask", &S::start_task),
                      field("applicationPackageReferences", &S::application_package_references),
                      field("metadata", &S::metadata),
                      field("virtualMachineConfiguration", &S::virtual_machine_configuration),
                      field("targetNodeCommunicationMode", &S::target_node_communication_mode),
                      field("taskSlotsPerNode", &S::task_slots_per_node),
                      field("taskSchedulingPolicy", &S::task_scheduling_policy),
                      field("networkConfiguration", &S::network_configuration),
                      field("resourceTags", &S::resource_tags),
                      field("userAccounts", &S::user_accounts),
                      field("mountConfiguration", &S::mount_configuration),
                      field("upgradePolicy", &S::upgrade_policy),
                      field("enableInterNodeCommunication", &S::enable_inter_node_communication)};
  }
};

// Replaces all of these: an omitted start task is removed.
struct PoolUpdate {
  std::optional<StartTask> start_task;
  std::optional<Opaque> certificate_references;
  std::vector<ApplicationPackageReference> application_package_references;
  std::vector<MetadataItem> metadata;
  std::optional<std::string> target_node_communication_mode;
  template <class S = PoolUpdate>
  static constexpr auto fields() {
    return std::tuple{field("startTask", &S::start_task),
                      field("certificateReferences", &S::certificate_references),
                      required("applicationPackageReferences", &S::application_package_references),
                      required("metadata", &S::metadata),
                      field("targetNodeCommunicationMode", &S::target_node_communication_mode)};
  }
};

enum class NodeDeallocationOption { requeue, terminate, task_completion, retained_data };
constexpr auto words(NodeDeallocationOption) {
  using enum NodeDeallocationOption;
  return std::array{word(requeue, "requeue"), word(terminate, "terminate"),
                    word(task_completion, "taskcompletion"), word(retained_data, "retaineddata")};
}

struct PoolResize {
  std::optional<int> target_dedicated_nodes;
  std::optional<int> target_low_priority_nodes;
  std::optional<Duration> resize_timeout;
  std::optional<NodeDeallocationOption> node_deallocation_option;
  template <class S = PoolResize>
  static constexpr auto fields() {
    return std::tuple{field("targetDedicatedNodes", &S::target_dedicated_nodes),
                      field("targetLowPriorityNodes", &S::target_low_priority_nodes),
                      field("resizeTimeout", &S::resize_timeout),
                      field("nodeDeallocationOption", &S::node_deallocation_option)};
  }
};

// At most 100 nodes.
struct NodeRemove {
  std::vector<std::string> node_list;
  std::optional<Duration> resize_timeout;
  std::optional<NodeDeallocationOption> node_deallocation_option;
  template <class S = NodeRemove>
  static constexpr auto fields() {
    return std::tuple{required("nodeList", &S::node_list),
                      field("resizeTimeout", &S::resize_timeout),
                      field("nodeDeallocationOption", &S::node_deallocation_option)};
  }
};

struct PoolUsageMetrics {
  std::string pool_id;
  Timestamp start_time;
  Timestamp end_time;
  std::string vm_size;
  double total_core_hours = 0;
  bool operator==(const PoolUsageMetrics&) const = default;
  template <class S = PoolUsageMetrics>
  static constexpr auto fields() {
    return std::tuple{required("poolId", &S::pool_id), required("startTime", &S::start_time),
                      required("endTime", &S::end_time), required("vmSize", &S::vm_size),
                      required("totalCoreHours", &S::total_core_hours)};
  }
};
}  // namespace dms::batch
