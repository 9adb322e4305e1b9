// Job schedules: jobs that are created again and again.
#pragma once

#include "batch/wire_job.h"

namespace dms::batch {

enum class JobScheduleState { active, completed, disabled, terminating, deleting };
constexpr auto words(JobScheduleState) {
  using enum JobScheduleState;
  return std::array{word(active, "active"), word(completed, "completed"),
                    word(disabled, "disabled"), word(terminating, "terminating"),
                    word(deleting, "deleting")};
}

struct Schedule {
  std::optional<Timestamp> do_not_run_until;
  std::optional<Timestamp> do_not_run_after;
  std::optional<Duration> start_window;
  std::optional<Duration> recurrence_interval;
  bool operator==(const Schedule&) const = default;
  template <class S = Schedule>
  static constexpr auto fields() {
    return std::tuple{field("doNotRunUntil", &S::do_not_run_until),
                      field("doNotRunAfter", &S::do_not_run_after),
                      field("startWindow", &S::start_window),
                      field("recurrenceInterval", &S::recurrence_interval)};
  }
};

struct RecentJob {
  std::optional<std::string> id;
  std::optional<std::string> url;
  bool operator==(const RecentJob&) const = default;
  template <class S = RecentJob>
  static constexpr auto fields() {
    return std::tuple{field("id", &S::id), field("url", &S::url)};
  }
};

struct JobScheduleExecutionInfo {
  std::optional<Timestamp> next_run_time;
  std::optional<RecentJob> recent_job;
  std::optional<Timestamp> end_time;
  bool operator==(const JobScheduleExecutionInfo&) const = default;
  template <class S = JobScheduleExecutionInfo>
  static constexpr auto fields() {
    return std::tuple{field("nextRunTime", &S::next_run_time), field("recentJob", &S::recent_job),
                      field("endTime", &S::end_time)};
  }
};

// JobScheduleAdd and CloudJobSchedule in one. The specification is a job without an id.
struct JobSchedule {
  std::string id;
  std::optional<std::string> display_name;
  std::optional<std::string> url;
  std::optional<std::string> etag;
  std::optional<Timestamp> last_modified;
  std::optional<Timestamp> creation_time;
  std::optional<JobScheduleState> state;
  std::optional<Timestamp> state_transition_time;
  std::optional<JobScheduleState> previous_state;
  std::optional<Timestamp> previous_state_transition_time;
  std::optional<Schedule> schedule;
  Job job_specification;
  std::optional<JobScheduleExecutionInfo> execution_info;
  std::vector<MetadataItem> metadata;
  std::optional<Opaque> stats;
  bool operator==(const JobSchedule&) const = default;
  template <class S = JobSchedule>
  static constexpr auto fields() {
    return std::tuple{required("id", &S::id),
                      field("displayName", &S::display_name),
                      field("url", &S::url),
                      field("eTag", &S::etag),
                      field("lastModified", &S::last_modified),
                      field("creationTime", &S::creation_time),
                      field("state", &S::state),
                      field("stateTransitionTime", &S::state_transition_time),
                      field("previousState", &S::previous_state),
                      field("previousStateTransitionTime", &S::previous_state_transition_time),
                      field("schedule", &S::schedule),
                      required("jobSpecification", &S::job_specification),
                      field("executionInfo", &S::execution_info),
                      field("metadata", &S::metadata),
                      field("stats", &S::stats)};
  }
};

struct JobSchedulePatch {
  std::optional<Schedule> schedule;
  std::optional<Job> job_specification;
  std::optional<std::vector<MetadataItem>> metadata;
  template <class S = JobSchedulePatch>
  static constexpr auto fields() {
    return std::tuple{field("schedule", &S::schedule),
                      field("jobSpecification", &S::job_specification),
                      field("metadata", &S::metadata)};
  }
};

struct JobScheduleUpdate {
  Schedule schedule;
  Job job_specification;
  std::vector<MetadataItem> metadata;
  template <class S = JobScheduleUpdate>
  static constexpr auto fields() {
    return std::tuple{required("schedule", &S::schedule),
                      required("jobSpecification", &S::job_specification),
                      field("metadata", &S::metadata)};
  }
};
}  // namespace dms::batch
