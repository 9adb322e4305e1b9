// Tasks.
#pragma once

#include "batch/wire_container.h"
#include "batch/wire_task_rules.h"

namespace dms::batch {

enum class TaskState { active, preparing, running, completed };
constexpr auto words(TaskState) {
  return std::array{word(TaskState::active, "active"), word(TaskState::preparing, "preparing"),
                    word(TaskState::running, "running"), word(TaskState::completed, "completed")};
}

enum class TaskResult { success, failure };
constexpr auto words(TaskResult) {
  return std::array{word(TaskResult::success, "success"), word(TaskResult::failure, "failure")};
}

struct TaskConstraints {
  std::optional<Duration> max_wall_clock_time;
  std::optional<Duration> retention_time;
  std::optional<int> max_task_retry_count;
  bool operator==(const TaskConstraints&) const = default;
  template <class S = TaskConstraints>
  static constexpr auto fields() {
    return std::tuple{field("maxWallClockTime", &S::max_wall_clock_time),
                      field("retentionTime", &S::retention_time),
                      field("maxTaskRetryCount", &S::max_task_retry_count)};
  }
};

struct TaskExecutionInfo {
  std::optional<Timestamp> start_time;  // of the latest run, from the download of its files
  std::optional<Timestamp> end_time;
  std::optional<int> exit_code;
  std::optional<TaskContainerInfo> container_info;
  std::optional<FailureInfo> failure_info;
  int retry_count = 0;
  std::optional<Timestamp> last_retry_time;
  int requeue_count = 0;
  std::optional<Timestamp> last_requeue_time;
  std::optional<TaskResult> result;
  bool operator==(const TaskExecutionInfo&) const = default;
  template <class S = TaskExecutionInfo>
  static constexpr auto fields() {
    return std::tuple{field("startTime", &S::start_time),
                      field("endTime", &S::end_time),
                      field("exitCode", &S::exit_code),
                      field("containerInfo", &S::container_info),
                      field("failureInfo", &S::failure_info),
                      required("retryCount", &S::retry_count),
                      field("lastRetryTime", &S::last_retry_time),
                      required("requeueCount", &S::requeue_count),
                      field("lastRequeueTime", &S::last_requeue_time),
                      field("result", &S::result)};
  }
};

struct TaskNodeInfo {
  std::optional<std::string> affinity_id;
  std::optional<std::string> node_url;
  std::optional<std::string> pool_id;
  std::optional<std::string> node_id;
  std::optional<std::string> task_root_directory;
  std::optional<std::string> task_root_directory_url;
  bool operator==(const TaskNodeInfo&) const = default;
  template <class S = TaskNodeInfo>
  static constexpr auto fields() {
    return std::tuple{field("affinityId", &S::affinity_id),
                      field("nodeUrl", &S::node_url),
                      field("poolId", &S::pool_id),
                      field("nodeId", &S::node_id),
                      field("taskRootDirectory", &S::task_root_directory),
                      field("taskRootDirectoryUrl", &S::task_root_directory_url)};
  }
};

struct MultiInstanceSettings {
  std::optional<int> number_of_instances;
  std::string coordination_command_line;
  std::vector<ResourceFile> common_resource_files;
  bool operator==(const MultiInstanceSettings&) const = default;
  template <class S = MultiInstanceSettings>
  static constexpr auto fields() {
    using M = MultiInstanceSettings;
    return std::tuple{field("numberOfInstances", &M::number_of_instances),
                      required("coordinationCommandLine", &M::coordination_command_line),
                      field("commonResourceFiles", &M::common_resource_files)};
  }
};

// TaskAdd and CloudTask in one.
struct Task {
  std::string id;
  std::optional<std::string> display_name;
  std::optional<std::string> url;
  std::optional<std::string> etag;
  std::optional<Timestamp> last_modified;
  std::optional<Timestamp> creation_time;
  std::optional<TaskState> state;
  std::optional<Timestamp> state_transition_time;
  std::optional<TaskState> previous_state;
  std::optional<Timestamp> previous_state_transition_time;
  std::string command_line;
  std::optional<TaskContainerSettings> container_settings;
  std::optional<ExitConditions> exit_conditions;
  std::vector<ResourceFile> resource_files;
  std::vector<OutputFile> output_files;
  std::vector<EnvironmentSetting> environment_settings;
  std::optional<AffinityInfo> affinity_info;
  std::optional<TaskConstraints> constraints;
  std::optional<int> required_slots;
  std::optional<UserIdentity> user_identity;
  std::optional<TaskExecutionInfo> execution_info;
  std::optional<TaskNodeInfo> node_info;
  std::optional<MultiInstanceSettings> multi_instance_settings;
  std::optional<TaskDependencies> depends_on;
  std::vector<ApplicationPackageReference> application_package_references;
  std::optional<AuthenticationTokenSettings> authentication_token_settings;
  std::optional<Opaque> stats;
  bool operator==(const Task&) const = default;
  template <class S = Task>
  static constexpr auto fields() {
    return std::tuple{required("id", &S::id),
                      field("displayName", &S::display_name),
                      field("url", &S::url),
                      field("eTag", &S::etag),
                      field("lastModified", &S::last_modified),
                      field("creationTime", &S::creation_time),
                      field("exitConditions", &S::exit_conditions),
                      field("state", &S::state),
                      field("stateTransitionTime", &S::state_transition_time),
                      field("previousState", &S::previous_state),
                      field("previousStateTransitionTime", &S::previous_state_transition_time),
                      required("commandLine", &S::command_line),
                      field("containerSettings", &S::container_settings),
                      field("resourceFiles", &S::resource_files),
                      field("outputFiles", &S::output_files),
                      field("environmentSettings", &S::environment_settings),
                      field("affinityInfo", &S::affinity_info),
                      field("constraints", &S::constraints),
                      field("requiredSlots", &S::required_slots),
                      field("userIdentity", &S::user_identity),
                      field("executionInfo", &S::execution_info),
                      field("nodeInfo", &S::node_info),
                      field("multiInstanceSettings", &S::multi_instance_settings),
                      field("dependsOn", &S::depends_on),
                      field("applicationPackageReferences", &S::application_package_references),
                      field("authenticationTokenSettings", &S::authentication_token_settings),
                      field("stats", &S::stats)};
  }
};

enum class SubtaskState { preparing, running, completed };
constexpr auto words(SubtaskState) {
  return std::array{word(SubtaskState::preparing, "preparing"),
                    word(SubtaskState::running, "running"),
                    word(SubtaskState::completed, "completed")};
}

// One instance of a multi-instance task other than the primary: ids from 1.
struct SubtaskInfo {
  int id = 0;
  std::optional<TaskNodeInfo> node_info;
  std::optional<Timestamp> start_time;
  std::optional<Timestamp> end_time;
  std::optional<int> exit_code;
  std::optional<TaskContainerInfo> container_info;
  std::optional<FailureInfo> failure_info;
  std::optional<SubtaskState> state;
  std::optional<Timestamp> state_transition_time;
  std::optional<SubtaskState> previous_state;
  std::optional<Timestamp> previous_state_transition_time;
  std::optional<TaskResult> result;
  bool operator==(const SubtaskInfo&) const = default;
  template <class S = SubtaskInfo>
  static constexpr auto fields() {
    return std::tuple{required("id", &S::id),
                      field("nodeInfo", &S::node_info),
                      field("startTime", &S::start_time),
                      field("endTime", &S::end_time),
                      field("exitCode", &S::exit_code),
                      field("containerInfo", &S::container_info),
                      field("failureInfo", &S::failure_info),
                      field("state", &S::state),
                      field("stateTransitionTime", &S::state_transition_time),
                      field("previousState", &S::previous_state),
                      field("previousStateTransitionTime", &S::previous_state_transition_time),
                      field("result", &S::result)};
  }
};

struct Subtasks {
  std::vector<SubtaskInfo> value;
  template <class S = Subtasks>
  static constexpr auto fields() {
    return std::tuple{required("value", &S::value)};
  }
};

struct TaskUpdate {
  std::optional<TaskConstraints> constraints;
  template <class S = TaskUpdate>
  static constexpr auto fields() {
    return std::tuple{field("constraints", &S::constraints)};
  }
};

// The body of addtaskcollection: at most 100 tasks and about 1 MB.
struct TaskCollection {
  std::vector<Task> value;
  template <class S = TaskCollection>
  static constexpr auto fields() {
    return std::tuple{required("value", &S::value)};
  }
};

enum class TaskAddStatus { success, client_error, server_error };
constexpr auto words(TaskAddStatus) {
  return std::array{word(TaskAddStatus::success, "success"),
                    word(TaskAddStatus::client_error, "clienterror"),
                    word(TaskAddStatus::server_error, "servererror")};
}

struct TaskAddResult {
  TaskAddStatus status = TaskAddStatus::success;
  std::string task_id;
  std::optional<std::string> etag;
  std::optional<Timestamp> last_modified;
  std::optional<std::string> location;
  std::optional<ErrorBody> error;
  bool operator==(const TaskAddResult&) const = default;
  template <class S = TaskAddResult>
  static constexpr auto fields() {
    return std::tuple{required("status", &S::status),  required("taskId", &S::task_id),
                      field("eTag", &S::etag),         field("lastModified", &S::last_modified),
                      field("location", &S::location), field("error", &S::error)};
  }
};

struct TaskAddCollectionResult {
  std::vector<TaskAddResult> value;
  template <class S = TaskAddCollectionResult>
  static constexpr auto fields() {
    return std::tuple{required("value", &S::value)};
  }
};

}  // namespace dms::batch
