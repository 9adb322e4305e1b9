// Compute nodes and the files on them.
#pragma once

#include "batch/wire_pool.h"
#include "batch/wire_task.h"

namespace dms::batch {

enum class NodeState {
  idle,
  rebooting,
  reimaging,
  running,
  unusable,
  creating,
  starting,
  waiting_for_start_task,
  start_task_failed,
  unknown,
  leaving_pool,
  offline,
  preempted,
  upgrading_os,
  deallocated,
  deallocating,
};

constexpr auto words(NodeState) {
  using enum NodeState;
  return std::array{word(idle, "idle"),
                    word(rebooting, "rebooting"),
                    word(reimaging, "reimaging"),
                    word(running, "running"),
                    word(unusable, "unusable"),
                    word(creating, "creating"),
                    word(starting, "starting"),
                    word(waiting_for_start_task, "waitingforstarttask"),
                    word(start_task_failed, "starttaskfailed"),
                    word(unknown, "unknown"),
                    word(leaving_pool, "leavingpool"),
                    word(offline, "offline"),
                    word(preempted, "preempted"),
                    word(upgrading_os, "upgradingos"),
                    word(deallocated, "deallocated"),
                    word(deallocating, "deallocating")};
}

enum class SchedulingState { enabled, disabled };
constexpr auto words(SchedulingState) {
  return std::array{word(SchedulingState::enabled, "enabled"),
                    word(SchedulingState::disabled, "disabled")};
}

enum class StartTaskState { running, completed };
constexpr auto words(StartTaskState) {
  return std::array{word(StartTaskState::running, "running"),
                    word(StartTaskState::completed, "completed")};
}

struct StartTaskInfo {
  StartTaskState state = StartTaskState::running;
  std::optional<Timestamp> start_time;
  std::optional<Timestamp> end_time;
  std::optional<int> exit_code;
  std::optional<TaskContainerInfo> container_info;
  std::optional<FailureInfo> failure_info;
  int retry_count = 0;
  std::optional<Timestamp> last_retry_time;
  std::optional<TaskResult> result;
  bool operator==(const StartTaskInfo&) const = default;
  template <class S = StartTaskInfo>
  static constexpr auto fields() {
    return std::tuple{required("state", &S::state),
                      field("startTime", &S::start_time),
                      field("endTime", &S::end_time),
                      field("exitCode", &S::exit_code),
                      field("containerInfo", &S::container_info),
                      field("failureInfo", &S::failure_info),
                      required("retryCount", &S::retry_count),
                      field("lastRetryTime", &S::last_retry_time),
                      field("result", &S::result)};
  }
};

// A task that ran lately on a node.
struct TaskInformation {
  std::optional<std::string> task_url;
  std::optional<std::string> job_id;
  std::optional<std::string> task_id;
  std::optional<int> subtask_id;
  TaskState task_state = TaskState::active;
  std::optional<TaskExecutionInfo> execution_info;
  bool operator==(const TaskInformation&) const = default;
  template <class S = TaskInformation>
  static constexpr auto fields() {
    return std::tuple{
        field("taskUrl", &S::task_url),        field("jobId", &S::job_id),
        field("taskId", &S::task_id),          field("subtaskId", &S::subtask_id),
        required("taskState", &S::task_state), field("executionInfo", &S::execution_info)};
  }
};

struct VirtualMachineInfo {
  std::optional<ImageReference> image_reference;
  std::optional<std::string> scale_set_vm_resource_id;
  bool operator==(const VirtualMachineInfo&) const = default;
  template <class S = VirtualMachineInfo>
  static constexpr auto fields() {
    return std::tuple{field("imageReference", &S::image_reference),
                      field("scaleSetVmResourceId", &S::scale_set_vm_resource_id)};
  }
};

struct NodeError {
  std::optional<std::string> code;
  std::optional<std::string> message;
  std::vector<NameValue> error_details;
  bool operator==(const NodeError&) const = default;
  template <class S = NodeError>
  static constexpr auto fields() {
    return std::tuple{field("code", &S::code), field("message", &S::message),
                      field("errorDetails", &S::error_details)};
  }
};

struct NodeAgentInfo {
  std::string version;
  std::optional<Timestamp> last_update_time;
  bool operator==(const NodeAgentInfo&) const = default;
  template <class S = NodeAgentInfo>
  static constexpr auto fields() {
    return std::tuple{required("version", &S::version),
                      field("lastUpdateTime", &S::last_update_time)};
  }
};

struct Node {
  std::string id;
  std::optional<std::string> url;
  std::optional<NodeState> state;
  std::optional<SchedulingState> scheduling_state;
  std::optional<Timestamp> state_transition_time;
  std::optional<Timestamp> last_boot_time;
  std::optional<Timestamp> allocation_time;
  std::optional<std::string> ip_address;
  std::optional<std::string> ipv6_address;
  std::optional<std::string> affinity_id;
  std::optional<std::string> vm_size;
  std::optional<int> total_tasks_run;
  std::optional<int> running_tasks_count;
  std::optional<int> running_task_slots_count;
  std::optional<int> total_tasks_succeeded;
  std::vector<TaskInformation> recent_tasks;
  std::optional<StartTask> start_task;
  std::optional<StartTaskInfo> start_task_info;
  std::vector<NodeError> errors;
  std::optional<bool> is_dedicated;
  std::optional<NodeEndpointConfiguration> endpoint_configuration;
  std::optional<NodeAgentInfo> node_agent_info;
  std::optional<VirtualMachineInfo> virtual_machine_info;
  bool operator==(const Node&) const = default;
  template <class S = Node>
  static constexpr auto fields() {
    return std::tuple{required("id", &S::id),
                      field("url", &S::url),
                      field("state", &S::state),
                      field("schedulingState", &S::scheduling_state),
                      field("stateTransitionTime", &S::state_transition_time),
                      field("lastBootTime", &S::last_boot_time),
                      field("allocationTime", &S::allocation_time),
                      field("ipAddress", &S::ip_address),
                      field("ipv6Address", &S::ipv6_address),
                      field("affinityId", &S::affinity_id),
                      field("vmSize", &S::vm_size),
                      field("totalTasksRun", &S::total_tasks_run),
                      field("runningTasksCount", &S::running_tasks_count),
                      field("runningTaskSlotsCount", &S::running_task_slots_count),
                      field("totalTasksSucceeded", &S::total_tasks_succeeded),
                      field("recentTasks", &S::recent_tasks),
                      field("startTask", &S::start_task),
                      field("startTaskInfo", &S::start_task_info),
                      field("errors", &S::errors),
                      field("isDedicated", &S::is_dedicated),
                      field("endpointConfiguration", &S::endpoint_configuration),
                      field("nodeAgentInfo", &S::node_agent_info),
                      field("virtualMachineInfo", &S::virtual_machine_info)};
  }
};

struct FileProperties {
  std::optional<Timestamp> creation_time;
  Timestamp last_modified;
  Int64Text content_length;
  std::optional<std::string> content_type;
  std::optional<std::string> file_mode;  // "0o100644"
  bool operator==(const FileProperties&) const = default;
  template <class S = FileProperties>
  static constexpr auto fields() {
    return std::tuple{field("creationTime", &S::creation_time),
                      required("lastModified", &S::last_modified),
                      required("contentLength", &S::content_length),
                      field("contentType", &S::content_type), field("fileMode", &S::file_mode)};
  }
};

struct NodeFile {
  std::string name;  // relative to the listed root
  std::optional<std::string> url;
  std::optional<bool> is_directory;
  std::optional<FileProperties> properties;  // files only
  bool operator==(const NodeFile&) const = default;
  template <class S = NodeFile>
  static constexpr auto fields() {
    return std::tuple{required("name", &S::name), field("url", &S::url),
                      field("isDirectory", &S::is_directory), field("properties", &S::properties)};
  }
};

// Nodes of one pool by state; dedicated and low-priority apart.
struct NodeCounts {
  int creating = 0, idle = 0, leaving_pool = 0, offline = 0, preempted = 0, rebooting = 0,
      reimaging = 0, running = 0, starting = 0, start_task_failed = 0, unknown = 0, unusable = 0,
      waiting_for_start_task = 0, deallocated = 0, deallocating = 0, total = 0;
  bool operator==(const NodeCounts&) const = default;
  template <class S = NodeCounts>
  static constexpr auto fields() {
    return std::tuple{required("creating", &S::creating),
                      required("idle", &S::idle),
                      required("leavingPool", &S::leaving_pool),
                      required("offline", &S::offline),
                      required("preempted", &S::preempted),
                      required("rebooting", &S::rebooting),
                      required("reimaging", &S::reimaging),
                      required("running", &S::running),
                      required("starting", &S::starting),
                      required("startTaskFailed", &S::start_task_failed),
                      required("unknown", &S::unknown),
                      required("unusable", &S::unusable),
                      required("waitingForStartTask", &S::waiting_for_start_task),
                      required("deallocated", &S::deallocated),
                      required("deallocating", &S::deallocating),
                      required("total", &S::total)};
  }
};

struct PoolNodeCounts {
  std::string pool_id;
  NodeCounts dedicated;
  NodeCounts low_priority;
  bool operator==(const PoolNodeCounts&) const = default;
  template <class S = PoolNodeCounts>
  static constexpr auto fields() {
    return std::tuple{required("poolId", &S::pool_id), required("dedicated", &S::dedicated),
                      required("lowPriority", &S::low_priority)};
  }
};

}  // namespace dms::batch
