// Jobs and their task counts.
#pragma once

#include "batch/wire_job_tasks.h"
#include "batch/wire_pool.h"

namespace dms::batch {

enum class JobState { active, disabling, disabled, enabling, terminating, completed, deleting };
constexpr auto words(JobState) {
  using enum JobState;
  return std::array{word(active, "active"),           word(disabling, "disabling"),
                    word(disabled, "disabled"),       word(enabling, "enabling"),
                    word(terminating, "terminating"), word(completed, "completed"),
                    word(deleting, "deleting")};
}

enum class OnAllTasksComplete { no_action, terminate_job };
constexpr auto words(OnAllTasksComplete) {
  return std::array{word(OnAllTasksComplete::no_action, "noaction"),
                    word(OnAllTasksComplete::terminate_job, "terminatejob")};
}

enum class OnTaskFailure { no_action, perform_exit_options_job_action };
constexpr auto words(OnTaskFailure) {
  return std::array{
      word(OnTaskFailure::no_action, "noaction"),
      word(OnTaskFailure::perform_exit_options_job_action, "performexitoptionsjobaction")};
}

struct JobConstraints {
  std::optional<Duration> max_wall_clock_time;
  std::optional<int> max_task_retry_count;
  bool operator==(const JobConstraints&) const = default;
  template <class S = JobConstraints>
  static constexpr auto fields() {
    return std::tuple{field("maxWallClockTime", &S::max_wall_clock_time),
                      field("maxTaskRetryCount", &S::max_task_retry_count)};
  }
};

enum class PoolLifetimeOption { job_schedule, job };
constexpr auto words(PoolLifetimeOption) {
  return std::array{word(PoolLifetimeOption::job_schedule, "jobschedule"),
                    word(PoolLifetimeOption::job, "job")};
}

// A pool that the service makes for a job, or for all jobs of a schedule, and deletes after it.
struct AutoPoolSpecification {
  std::optional<std::string> auto_pool_id_prefix;
  PoolLifetimeOption pool_lifetime_option = PoolLifetimeOption::job;
  std::optional<bool> keep_alive;
  std::optional<Pool> pool;  // without an id
  bool operator==(const AutoPoolSpecification&) const = default;
  template <class S = AutoPoolSpecification>
  static constexpr auto fields() {
    return std::tuple{field("autoPoolIdPrefix", &S::auto_pool_id_prefix),
                      required("poolLifetimeOption", &S::pool_lifetime_option),
                      field("keepAlive", &S::keep_alive), field("pool", &S::pool)};
  }
};

struct PoolInfo {
  std::optional<std::string> pool_id;
  std::optional<AutoPoolSpecification> auto_pool_specification;
  bool operator==(const PoolInfo&) const = default;
  template <class S = PoolInfo>
  static constexpr auto fields() {
    return std::tuple{field("poolId", &S::pool_id),
                      field("autoPoolSpecification", &S::auto_pool_specification)};
  }
};

// Why the service could not make a job's pool.
struct JobSchedulingError {
  ErrorCategory category = ErrorCategory::user_error;
  std::optional<std::string> code;
  std::optional<std::string> message;
  std::vector<NameValue> details;
  bool operator==(const JobSchedulingError&) const = default;
  template <class S = JobSchedulingError>
  static constexpr auto fields() {
    return std::tuple{required("category", &S::category), field("code", &S::code),
                      field("message", &S::message), field("details", &S::details)};
  }
};

struct JobExecutionInfo {
  std::optional<Timestamp> start_time;
  std::optional<Timestamp> end_time;
  std::optional<std::string> pool_id;
  std::optional<JobSchedulingError> scheduling_error;
  std::optional<std::string> terminate_reason;
  bool operator==(const JobExecutionInfo&) const = default;
  template <class S = JobExecutionInfo>
  static constexpr auto fields() {
    return std::tuple{field("startTime", &S::start_time), field("endTime", &S::end_time),
                      field("poolId", &S::pool_id), field("schedulingError", &S::scheduling_error),
                      field("terminateReason", &S::terminate_reason)};
  }
};

// JobAdd and CloudJob in one; without an id a JobSpecification, as schedules have it.
struct Job {
  std::string id;
  std::optional<std::string> display_name;
  std::optional<bool> uses_task_dependencies;
  std::optional<std::string> url;
  std::optional<std::string> etag;
  std::optional<Timestamp> last_modified;
  std::optional<Timestamp> creation_time;
  std::optional<JobState> state;
  std::optional<Timestamp> state_transition_time;
  std::optional<JobState> previous_state;
  std::optional<Timestamp> previous_state_transition_time;
  std::optional<int> priority;
  std::optional<int> max_parallel_tasks;
  std::optional<bool> allow_task_preemption;
  std::optional<JobConstraints> constraints;
  std::optional<JobManagerTask> job_manager_task;
  std::optional<JobPreparationTask> job_preparation_task;
  std::optional<JobReleaseTask> job_release_task;
  std::vector<EnvironmentSetting> common_environment_settings;
  PoolInfo pool_info;
  std::optional<OnAllTasksComplete> on_all_tasks_complete;
  std::optional<OnTaskFailure> on_task_failure;
  std::optional<JobNetworkConfiguration> network_configuration;
  std::vector<MetadataItem> metadata;
  std::optional<JobExecutionInfo> execution_info;
  std::optional<Opaque> stats;
  bool operator==(const Job&) const = default;
  template <class S = Job>
  static constexpr auto fields() {
    return std::tuple{field("id", &S::id),
                      field("displayName", &S::display_name),
                      field("usesTaskDependencies", &S::uses_task_dependencies),
                      field("url", &S::url),
                      field("eTag", &S::etag),
                      field("lastModified", &S::last_modified),
                      field("creationTime", &S::creation_time),
                      field("state", &S::state),
                      field("stateTransitionTime", &S::state_transition_time),
                      field("previousState", &S::previous_state),
                      field("previousStateTransitionTime", &S::previous_state_transition_time),
                      field("priority", &S::priority),
                      field("maxParallelTasks", &S::max_parallel_tasks),
                      field("allowTaskPreemption", &S::allow_task_preemption),
                      field("constraints", &S::constraints),
                      field("jobManagerTask", &S::job_manager_task),
                      field("jobPreparationTask", &S::job_preparation_task),
                      field("jobReleaseTask", &S::job_release_task),
                      field("commonEnvironmentSettings", &S::common_environment_settings),
                      required("poolInfo", &S::pool_info),
                      field("onAllTasksComplete", &S::on_all_tasks_complete),
                      field("onTaskFailure", &S::on_task_failure),
                      field("networkConfiguration", &S::network_configuration),
                      field("metadata", &S::metadata),
                      field("executionInfo", &S::execution_info),
                      field("stats", &S::stats)};
  }
};

// The members that PATCH may change; absent ones stay, present objects are replaced whole.
struct JobPatch {
  std::optional<int> priority;
  std::optional<int> max_parallel_tasks;
  std::optional<bool> allow_task_preemption;
  std::optional<OnAllTasksComplete> on_all_tasks_complete;
  std::optional<JobConstraints> constraints;
  std::optional<PoolInfo> pool_info;
  std::optional<std::vector<MetadataItem>> metadata;
  std::optional<JobNetworkConfiguration> network_configuration;
  template <class S = JobPatch>
  static constexpr auto fields() {
    return std::tuple{field("priority", &S::priority),
                      field("maxParallelTasks", &S::max_parallel_tasks),
                      field("allowTaskPreemption", &S::allow_task_preemption),
                      field("onAllTasksComplete", &S::on_all_tasks_complete),
                      field("constraints", &S::constraints),
                      field("poolInfo", &S::pool_info),
                      field("metadata", &S::metadata),
                      field("networkConfiguration", &S::network_configuration)};
  }
};

// PUT replaces all of these: what is absent goes back to its default.
struct JobUpdate {
  std::optional<int> priority;
  std::optional<int> max_parallel_tasks;
  std::optional<bool> allow_task_preemption;
  std::optional<JobConstraints> constraints;
  PoolInfo pool_info;
  std::optional<OnAllTasksComplete> on_all_tasks_complete;
  std::vector<MetadataItem> metadata;
  template <class S = JobUpdate>
  static constexpr auto fields() {
    return std::tuple{field("priority", &S::priority),
                      field("maxParallelTasks", &S::max_parallel_tasks),
                      field("allowTaskPreemption", &S::allow_task_preemption),
                      field("constraints", &S::constraints),
                      required("poolInfo", &S::pool_info),
                      field("onAllTasksComplete", &S::on_all_tasks_complete),
                      field("metadata", &S::metadata)};
  }
};

// What becomes of the tasks that run when their job is disabled.
enum class DisableJobOption { requeue, terminate, wait };
constexpr auto words(DisableJobOption) {
  return std::array{word(DisableJobOption::requeue, "requeue"),
                    word(DisableJobOption::terminate, "terminate"),
                    word(DisableJobOption::wait, "wait")};
}

struct JobDisable {
  DisableJobOption disable_tasks = DisableJobOption::requeue;
  template <class S = JobDisable>
  static constexpr auto fields() {
    return std::tuple{required("disableTasks", &S::disable_tasks)};
  }
};

struct JobTerminate {
  std::optional<std::string> terminate_reason;
  template <class S = JobTerminate>
  static constexpr auto fields() {
    return std::tuple{field("terminateReason", &S::terminate_reason)};
  }
};

// `running` includes preparing; completed = succeeded + failed.
struct TaskCounts {
  int active = 0, running = 0, completed = 0, succeeded = 0, failed = 0;
  bool operator==(const TaskCounts&) const = default;
  template <class S = TaskCounts>
  static constexpr auto fields() {
    return std::tuple{required("active", &S::active), required("running", &S::running),
                      required("completed", &S::completed), required("succeeded", &S::succeeded),
                      required("failed", &S::failed)};
  }
};

struct TaskCountsResult {
  TaskCounts task_counts;
  TaskCounts task_slot_counts;
  bool operator==(const TaskCountsResult&) const = default;
  template <class S = TaskCountsResult>
  static constexpr auto fields() {
    return std::tuple{required("taskCounts", &S::task_counts),
                      required("taskSlotCounts", &S::task_slot_counts)};
  }
};

}  // namespace dms::batch
