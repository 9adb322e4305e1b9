// Pools.
#pragma once

#include "batch/wire_common.h"

namespace dms::batch {

enum class PoolState { active, deleting };
constexpr auto words(PoolState) {
  return std::array{word(PoolState::active, "active"), word(PoolState::deleting, "deleting")};
}

enum class AllocationState { steady, resizing, stopping };
constexpr auto words(AllocationState) {
  return std::array{word(AllocationState::steady, "steady"),
                    word(AllocationState::resizing, "resizing"),
                    word(AllocationState::stopping, "stopping")};
}

enum class NodeFillType { spread, pack };
constexpr auto words(NodeFillType) {
  return std::array{word(NodeFillType::spread, "spread"), word(NodeFillType::pack, "pack")};
}

struct TaskSchedulingPolicy {
  NodeFillType node_fill_type = NodeFillType::spread;
  std::optional<std::string> job_default_order;
  bool operator==(const TaskSchedulingPolicy&) const = default;
  static constexpr auto fields() {
    return std::tuple{required("nodeFillType", &TaskSchedulingPolicy::node_fill_type),
                      field("jobDefaultOrder", &TaskSchedulingPolicy::job_default_order)};
  }
};

struct ImageReference {
  std::optional<std::string> publisher;
  std::optional<std::string> offer;
  std::optional<std::string> sku;
  std::optional<std::string> version;
  std::optional<std::string> virtual_machine_image_id;
  std::optional<std::string> exact_version;
  bool operator==(const ImageReference&) const = default;
  static constexpr auto fields() {
    return std::tuple{field("publisher", &ImageReference::publisher),
                      field("offer", &ImageReference::offer),
                      field("sku", &ImageReference::sku),
                      field("version", &ImageReference::version),
                      field("virtualMachineImageId", &ImageReference::virtual_machine_image_id),
                      field("exactVersion", &ImageReference::exact_version)};
  }
};

struct VirtualMachineConfiguration {
  ImageReference image_reference;
  std::string node_agent_sku_id;
  std::optional<Opaque> container_configuration;
  std::optional<Opaque> data_disks;
  std::optional<Opaque> disk_encryption_configuration;
  std::optional<Opaque> node_placement_configuration;
  std::optional<Opaque> extensions;
  std::optional<Opaque> os_disk;
  std::optional<std::string> license_type;
  bool operator==(const VirtualMachineConfiguration&) const = default;
  static constexpr auto fields() {
    using V = VirtualMachineConfiguration;
    return std::tuple{required("imageReference", &V::image_reference),
                      required("nodeAgentSKUId", &V::node_agent_sku_id),
                      field("dataDisks", &V::data_disks),
                      field("licenseType", &V::license_type),
                      field("containerConfiguration", &V::container_configuration),
                      field("diskEncryptionConfiguration", &V::disk_encryption_configuration),
                      field("nodePlacementConfiguration", &V::node_placement_configuration),
                      field("extensions", &V::extensions),
                      field("osDisk", &V::os_disk)};
  }
};

// Runs on every node when it joins, reboots or is reimaged.
struct StartTask {
  std::string command_line;
  std::optional<Opaque> container_settings;
  std::vector<ResourceFile> resource_files;
  std::vector<EnvironmentSetting> environment_settings;
  std::optional<UserIdentity> user_identity;
  std::optional<int> max_task_retry_count;
  std::optional<bool> wait_for_success;
  bool operator==(const StartTask&) const = default;
  static constexpr auto fields() {
    return std::tuple{required("commandLine", &StartTask::command_line),
                      field("containerSettings", &StartTask::container_settings),
                      field("resourceFiles", &StartTask::resource_files),
                      field("environmentSettings", &StartTask::environment_settings),
                      field("userIdentity", &StartTask::user_identity),
                      field("maxTaskRetryCount", &StartTask::max_task_retry_count),
                      field("waitForSuccess", &StartTask::wait_for_success)};
  }
};

struct ResizeError {
  std::optional<std::string> code;
  std::optional<std::string> message;
  std::vector<NameValue> values;
  bool operator==(const ResizeError&) const = default;
  static constexpr auto fields() {
    return std::tuple{field("code", &ResizeError::code), field("message", &ResizeError::message),
                      field("values", &ResizeError::values)};
  }
};

// PoolAdd and CloudPool in one: a request leaves the service's members empty.
struct Pool {
  std::string id;
  std::optional<std::string> display_name;
  std::optional<std::string> url;
  std::optional<std::string> etag;
  std::optional<Timestamp> last_modified;
  std::optional<Timestamp> creation_time;
  std::optional<PoolState> state;
  std::optional<Timestamp> state_transition_time;
  std::optional<AllocationState> allocation_state;
  std::optional<Timestamp> allocation_state_transition_time;
  std::string vm_size;
  std::optional<VirtualMachineConfiguration> virtual_machine_configuration;
  std::optional<Duration> resize_timeout;
  std::vector<ResizeError> resize_errors;
  std::optional<int> current_dedicated_nodes;
  std::optional<int> current_low_priority_nodes;
  std::optional<int> target_dedicated_nodes;
  std::optional<int> target_low_priority_nodes;
  std::optional<bool> enable_auto_scale;
  std::optional<std::string> auto_scale_formula;
  std::optional<Duration> auto_scale_evaluation_interval;
  std::optional<Opaque> auto_scale_run;
  std::optional<bool> enable_inter_node_communication;
  std::optional<Opaque> network_configuration;
  std::optional<StartTask> start_task;
  std::vector<ApplicationPackageReference> application_package_references;
  std::optional<int> task_slots_per_node;
  std::optional<TaskSchedulingPolicy> task_scheduling_policy;
  std::optional<Opaque> user_accounts;
  std::vector<MetadataItem> metadata;
  std::optional<Opaque> mount_configuration;
  bool operator==(const Pool&) const = default;
  static constexpr auto fields() {
    return std::tuple{
        required("id", &Pool::id),
        field("displayName", &Pool::display_name),
        field("url", &Pool::url),
        field("eTag", &Pool::etag),
        field("lastModified", &Pool::last_modified),
        field("creationTime", &Pool::creation_time),
        field("state", &Pool::state),
        field("stateTransitionTime", &Pool::state_transition_time),
        field("allocationState", &Pool::allocation_state),
        field("allocationStateTransitionTime", &Pool::allocation_state_transition_time),
        required("vmSize", &Pool::vm_size),
        field("virtualMachineConfiguration", &Pool::virtual_machine_configuration),
        field("resizeTimeout", &Pool::resize_timeout),
        field("resizeErrors", &Pool::resize_errors),
        field("currentDedicatedNodes", &Pool::current_dedicated_nodes),
        field("targetDedicatedNodes", &Pool::target_dedicated_nodes),
        field("currentLowPriorityNodes", &Pool::current_low_priority_nodes),
        field("targetLowPriorityNodes", &Pool::target_low_priority_nodes),
        field("enableAutoScale", &Pool::enable_auto_scale),
        field("autoScaleFormula", &Pool::auto_scale_formula),
        field("autoScaleEvaluationInterval", &Pool::auto_scale_evaluation_interval),
        field("autoScaleRun", &Pool::auto_scale_run),
        field("enableInterNodeCommunication", &Pool::enable_inter_node_communication),
        field("networkConfiguration", &Pool::network_configuration),
        field("startTask", &Pool::start_task),
        field("applicationPackageReferences", &Pool::application_package_references),
        field("taskSlotsPerNode", &Pool::task_slots_per_node),
        field("taskSchedulingPolicy", &Pool::task_scheduling_policy),
        field("userAccounts", &Pool::user_accounts),
        field("metadata", &Pool::metadata),
        field("mountConfiguration", &Pool::mount_configuration)};
  }
};

enum class NodeDeallocationOption { requeue, terminate, task_completion, retained_data };
constexpr auto words(NodeDeallocationOption) {
  return std::array{word(NodeDeallocationOption::requeue, "requeue"),
                    word(NodeDeallocationOption::terminate, "terminate"),
                    word(NodeDeallocationOption::task_completion, "taskcompletion"),
                    word(NodeDeallocationOption::retained_data, "retaineddata")};
}

struct PoolResize {
  std::optional<int> target_dedicated_nodes;
  std::optional<int> target_low_priority_nodes;
  std::optional<Duration> resize_timeout;
  std::optional<NodeDeallocationOption> node_deallocation_option;
  static constexpr auto fields() {
    return std::tuple{field("targetDedicatedNodes", &PoolResize::target_dedicated_nodes),
                      field("targetLowPriorityNodes", &PoolResize::target_low_priority_nodes),
                      field("resizeTimeout", &PoolResize::resize_timeout),
                      field("nodeDeallocationOption", &PoolResize::node_deallocation_option)};
  }
};

}  // namespace dms::batch
