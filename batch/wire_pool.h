// Pools.
#pragma once

#include "batch/wire_autoscale.h"
#include "batch/wire_machine.h"
#include "batch/wire_mount.h"
#include "batch/wire_network.h"

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
  template <class S = TaskSchedulingPolicy>
  static constexpr auto fields() {
    return std::tuple{required("nodeFillType", &S::node_fill_type),
                      field("jobDefaultOrder", &S::job_default_order)};
  }
};

// Runs on every node when it joins, reboots or is reimaged.
struct StartTask {
  std::string command_line;
  std::optional<TaskContainerSettings> container_settings;
  std::vector<ResourceFile> resource_files;
  std::vector<EnvironmentSetting> environment_settings;
  std::optional<UserIdentity> user_identity;
  std::optional<int> max_task_retry_count;
  std::optional<bool> wait_for_success;
  bool operator==(const StartTask&) const = default;
  template <class S = StartTask>
  static constexpr auto fields() {
    return std::tuple{required("commandLine", &S::command_line),
                      field("containerSettings", &S::container_settings),
                      field("resourceFiles", &S::resource_files),
                      field("environmentSettings", &S::environment_settings),
                      field("userIdentity", &S::user_identity),
                      field("maxTaskRetryCount", &S::max_task_retry_count),
                      field("waitForSuccess", &S::wait_for_success)};
  }
};

struct ResizeError {
  std::optional<std::string> code;
  std::optional<std::string> message;
  std::vector<NameValue> values;
  bool operator==(const ResizeError&) const = default;
  template <class S = ResizeError>
  static constexpr auto fields() {
    return std::tuple{field("code", &S::code), field("message", &S::message),
                      field("values", &S::values)};
  }
};

struct LinuxUserConfiguration {
  std::optional<int> uid;
  std::optional<int> gid;
  std::optional<std::string> ssh_private_key;
  bool operator==(const LinuxUserConfiguration&) const = default;
  template <class S = LinuxUserConfiguration>
  static constexpr auto fields() {
    return std::tuple{field("uid", &S::uid), field("gid", &S::gid),
                      field("sshPrivateKey", &S::ssh_private_key)};
  }
};

struct WindowsUserConfiguration {
  std::optional<std::string> login_mode;
  bool operator==(const WindowsUserConfiguration&) const = default;
  template <class S = WindowsUserConfiguration>
  static constexpr auto fields() {
    return std::tuple{field("loginMode", &S::login_mode)};
  }
};

// A user that the service makes on every node. Password and key go to the service and never come
// back.
struct UserAccount {
  std::string name;
  std::optional<std::string> password;
  std::optional<ElevationLevel> elevation_level;
  std::optional<LinuxUserConfiguration> linux_user_configuration;
  std::optional<WindowsUserConfiguration> windows_user_configuration;
  bool operator==(const UserAccount&) const = default;
  template <class S = UserAccount>
  static constexpr auto fields() {
    return std::tuple{required("name", &S::name), field("password", &S::password),
                      field("elevationLevel", &S::elevation_level),
                      field("linuxUserConfiguration", &S::linux_user_configuration),
                      field("windowsUserConfiguration", &S::windows_user_configuration)};
  }
};

// PoolAdd and CloudPool in one: a request leaves the service's members empty. Without an id it is
// a PoolSpecification, as auto pools have it.
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
  std::optional<AutoScaleRun> auto_scale_run;
  std::optional<bool> enable_inter_node_communication;
  std::optional<NetworkConfiguration> network_configuration;
  std::optional<StartTask> start_task;
  std::vector<ApplicationPackageReference> application_package_references;
  std::optional<int> task_slots_per_node;
  std::optional<TaskSchedulingPolicy> task_scheduling_policy;
  std::vector<UserAccount> user_accounts;
  std::vector<MetadataItem> metadata;
  std::vector<MountConfiguration> mount_configuration;
  std::optional<std::string> target_node_communication_mode;
  std::optional<std::string> current_node_communication_mode;
  std::optional<Opaque> cloud_service_configuration;
  std::optional<Opaque> certificate_references;
  std::vector<std::string> application_licenses;
  std::optional<Opaque> resource_tags;
  std::optional<Opaque> upgrade_policy;
  std::optional<Opaque> identity;
  std::optional<Opaque> stats;
  bool operator==(const Pool&) const = default;
  template <class S = Pool>
  static constexpr auto fields() {
    return std::tuple{field("id", &S::id),
                      field("displayName", &S::display_name),
                      field("url", &S::url),
                      field("eTag", &S::etag),
                      field("lastModified", &S::last_modified),
                      field("creationTime", &S::creation_time),
                      field("state", &S::state),
                      field("stateTransitionTime", &S::state_transition_time),
                      field("allocationState", &S::allocation_state),
                      field("allocationStateTransitionTime", &S::allocation_state_transition_time),
                      required("vmSize", &S::vm_size),
                      field("virtualMachineConfiguration", &S::virtual_machine_configuration),
                      field("resizeTimeout", &S::resize_timeout),
                      field("resizeErrors", &S::resize_errors),
                      field("currentDedicatedNodes", &S::current_dedicated_nodes),
                      field("targetDedicatedNodes", &S::target_dedicated_nodes),
                      field("currentLowPriorityNodes", &S::current_low_priority_nodes),
                      field("targetLowPriorityNodes", &S::target_low_priority_nodes),
                      field("enableAutoScale", &S::enable_auto_scale),
                      field("autoScaleFormula", &S::auto_scale_formula),
                      field("autoScaleEvaluationInterval", &S::auto_scale_evaluation_interval),
                      field("autoScaleRun", &S::auto_scale_run),
                      field("enableInterNodeCommunication", &S::enable_inter_node_communication),
                      field("networkConfiguration", &S::network_configuration),
                      field("startTask", &S::start_task),
                      field("applicationPackageReferences", &S::application_package_references),
                      field("taskSlotsPerNode", &S::task_slots_per_node),
                      field("taskSchedulingPolicy", &S::task_scheduling_policy),
                      field("userAccounts", &S::user_accounts),
                      field("metadata", &S::metadata),
                      field("mountConfiguration", &S::mount_configuration),
                      field("targetNodeCommunicationMode", &S::target_node_communication_mode),
                      field("currentNodeCommunicationMode", &S::current_node_communication_mode),
                      field("cloudServiceConfiguration", &S::cloud_service_configuration),
                      field("certificateReferences", &S::certificate_references),
                      field("applicationLicenses", &S::application_licenses),
                      field("resourceTags", &S::resource_tags),
                      field("upgradePolicy", &S::upgrade_policy),
                      field("identity", &S::identity),
                      field("stats", &S::stats)};
  }
};

}  // namespace dms::batch
