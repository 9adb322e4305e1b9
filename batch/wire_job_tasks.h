// The special tasks of a job: its manager, and what runs once on each node before and after.
#pragma once

#include "batch/wire_task.h"

namespace dms::batch {

struct JobManagerTask {
  std::string id;
  std::optional<std::string> display_name;
  std::string command_line;
  std::optional<TaskContainerSettings> container_settings;
  std::vector<ResourceFile> resource_files;
  std::vector<OutputFile> output_files;
  std::vector<EnvironmentSetting> environment_settings;
  std::optional<TaskConstraints> constraints;
  std::optional<int> required_slots;
  std::optional<bool> kill_job_on_completion;
  std::optional<UserIdentity> user_identity;
  std::optional<bool> run_exclusive;
  std::vector<ApplicationPackageReference> application_package_references;
  std::optional<AuthenticationTokenSettings> authentication_token_settings;
  std::optional<bool> allow_low_priority_node;
  bool operator==(const JobManagerTask&) const = default;
  template <class S = JobManagerTask>
  static constexpr auto fields() {
    return std::tuple{required("id", &S::id),
                      field("displayName", &S::display_name),
                      required("commandLine", &S::command_line),
                      field("containerSettings", &S::container_settings),
                      field("resourceFiles", &S::resource_files),
                      field("outputFiles", &S::output_files),
                      field("environmentSettings", &S::environment_settings),
                      field("constraints", &S::constraints),
                      field("requiredSlots", &S::required_slots),
                      field("killJobOnCompletion", &S::kill_job_on_completion),
                      field("userIdentity", &S::user_identity),
                      field("runExclusive", &S::run_exclusive),
                      field("applicationPackageReferences", &S::application_package_references),
                      field("authenticationTokenSettings", &S::authentication_token_settings),
                      field("allowLowPriorityNode", &S::allow_low_priority_node)};
  }
};

struct JobPreparationTask {
  std::optional<std::string> id;
  std::string command_line;
  std::optional<TaskContainerSettings> container_settings;
  std::vector<ResourceFile> resource_files;
  std::vector<EnvironmentSetting> environment_settings;
  std::optional<TaskConstraints> constraints;
  std::optional<bool> wait_for_success;
  std::optional<UserIdentity> user_identity;
  std::optional<bool> rerun_on_node_reboot_after_success;
  bool operator==(const JobPreparationTask&) const = default;
  template <class S = JobPreparationTask>
  static constexpr auto fields() {
    return std::tuple{
        field("id", &S::id),
        required("commandLine", &S::command_line),
        field("containerSettings", &S::container_settings),
        field("resourceFiles", &S::resource_files),
        field("environmentSettings", &S::environment_settings),
        field("constraints", &S::constraints),
        field("waitForSuccess", &S::wait_for_success),
        field("userIdentity", &S::user_identity),
        field("rerunOnNodeRebootAfterSuccess", &S::rerun_on_node_reboot_after_success)};
  }
};

struct JobReleaseTask {
  std::optional<std::string> id;
  std::string command_line;
  std::optional<TaskContainerSettings> container_settings;
  std::vector<ResourceFile> resource_files;
  std::vector<EnvironmentSetting> environment_settings;
  std::optional<Duration> max_wall_clock_time;
  std::optional<Duration> retention_time;
  std::optional<UserIdentity> user_identity;
  bool operator==(const JobReleaseTask&) const = default;
  template <class S = JobReleaseTask>
  static constexpr auto fields() {
    return std::tuple{field("id", &S::id),
                      required("commandLine", &S::command_line),
                      field("containerSettings", &S::container_settings),
                      field("resourceFiles", &S::resource_files),
                      field("environmentSettings", &S::environment_settings),
                      field("maxWallClockTime", &S::max_wall_clock_time),
                      field("retentionTime", &S::retention_time),
                      field("userIdentity", &S::user_identity)};
  }
};

// Of a preparation or release task on one node.
enum class NodeTaskState { running, completed };
constexpr auto words(NodeTaskState) {
  using enum NodeTaskState;
  return std::array{word(running, "running"), word(completed, "completed")};
}

struct JobPreparationTaskExecutionInfo {
  Timestamp start_time;
  std::optional<Timestamp> end_time;
  NodeTaskState state = NodeTaskState::running;
  std::optional<std::string> task_root_directory;
  std::optional<std::string> task_root_directory_url;
  std::optional<int> exit_code;
  std::optional<TaskContainerInfo> container_info;
  std::optional<FailureInfo> failure_info;
  int retry_count = 0;
  std::optional<Timestamp> last_retry_time;
  std::optional<TaskResult> result;
  bool operator==(const JobPreparationTaskExecutionInfo&) const = default;
  template <class S = JobPreparationTaskExecutionInfo>
  static constexpr auto fields() {
    return std::tuple{required("startTime", &S::start_time),
                      field("endTime", &S::end_time),
                      required("state", &S::state),
                      field("taskRootDirectory", &S::task_root_directory),
                      field("taskRootDirectoryUrl", &S::task_root_directory_url),
                      field("exitCode", &S::exit_code),
                      field("containerInfo", &S::container_info),
                      field("failureInfo", &S::failure_info),
                      required("retryCount", &S::retry_count),
                      field("lastRetryTime", &S::last_retry_time),
                      field("result", &S::result)};
  }
};

struct JobReleaseTaskExecutionInfo {
  Timestamp start_time;
  std::optional<Timestamp> end_time;
  NodeTaskState state = NodeTaskState::running;
  std::optional<std::string> task_root_directory;
  std::optional<std::string> task_root_directory_url;
  std::optional<int> exit_code;
  std::optional<TaskContainerInfo> container_info;
  std::optional<FailureInfo> failure_info;
  std::optional<TaskResult> result;
  bool operator==(const JobReleaseTaskExecutionInfo&) const = default;
  template <class S = JobReleaseTaskExecutionInfo>
  static constexpr auto fields() {
    return std::tuple{required("startTime", &S::start_time),
                      field("endTime", &S::end_time),
                      required("state", &S::state),
                      field("taskRootDirectory", &S::task_root_directory),
                      field("taskRootDirectoryUrl", &S::task_root_directory_url),
                      field("exitCode", &S::exit_code),
                      field("containerInfo", &S::container_info),
                      field("failureInfo", &S::failure_info),
                      field("result", &S::result)};
  }
};

// One node of a job that has such tasks; also of nodes that have left.
struct JobPreparationAndReleaseTaskStatus {
  std::optional<std::string> pool_id;
  std::optional<std::string> node_id;
  std::optional<std::string> node_url;
  std::optional<JobPreparationTaskExecutionInfo> job_preparation_task_execution_info;
  std::optional<JobReleaseTaskExecutionInfo> job_release_task_execution_info;
  bool operator==(const JobPreparationAndReleaseTaskStatus&) const = default;
  template <class S = JobPreparationAndReleaseTaskStatus>
  static constexpr auto fields() {
    return std::tuple{
        field("poolId", &S::pool_id), field("nodeId", &S::node_id), field("nodeUrl", &S::node_url),
        field("jobPreparationTaskExecutionInfo", &S::job_preparation_task_execution_info),
        field("jobReleaseTaskExecutionInfo", &S::job_release_task_execution_info)};
  }
};
}  // namespace dms::batch
