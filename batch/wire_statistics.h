// What $expand=stats shows of pools, jobs and tasks. The objects bear it as Opaque, since all of it
// may be left out; members that a service does not measure are.
#pragma once

#include "batch/wire_common.h"

namespace dms::batch {

struct TaskStatistics {
  std::string url;
  Timestamp start_time;        // of the time that is told of
  Timestamp last_update_time;  // its end
  std::optional<Duration> user_cpu_time;
  std::optional<Duration> kernel_cpu_time;
  Duration wall_clock_time;  // of all runs, retries included
  Duration wait_time;        // from adding to the start of the latest run
  template <class S = TaskStatistics>
  static constexpr auto fields() {
    return std::tuple{required("url", &S::url),
                      required("startTime", &S::start_time),
                      required("lastUpdateTime", &S::last_update_time),
                      field("userCPUTime", &S::user_cpu_time),
                      field("kernelCPUTime", &S::kernel_cpu_time),
                      required("wallClockTime", &S::wall_clock_time),
                      required("waitTime", &S::wait_time)};
  }
};

struct JobStatistics {
  std::string url;
  Timestamp start_time;
  Timestamp last_update_time;
  std::optional<Duration> user_cpu_time;
  std::optional<Duration> kernel_cpu_time;
  Duration wall_clock_time;  // sums over the job's tasks
  Int64Text num_succeeded_tasks;
  Int64Text num_failed_tasks;
  Int64Text num_task_retries;
  Duration wait_time;
  template <class S = JobStatistics>
  static constexpr auto fields() {
    return std::tuple{required("url", &S::url),
                      required("startTime", &S::start_time),
                      required("lastUpdateTime", &S::last_update_time),
                      field("userCPUTime", &S::user_cpu_time),
                      field("kernelCPUTime", &S::kernel_cpu_time),
                      required("wallClockTime", &S::wall_clock_time),
                      required("numSucceededTasks", &S::num_succeeded_tasks),
                      required("numFailedTasks", &S::num_failed_tasks),
                      required("numTaskRetries", &S::num_task_retries),
                      required("waitTime", &S::wait_time)};
  }
};

struct PoolUsageStatistics {
  Timestamp start_time;
  Timestamp last_update_time;
  Duration dedicated_core_time;
  bool operator==(const PoolUsageStatistics&) const = default;
  template <class S = PoolUsageStatistics>
  static constexpr auto fields() {
    return std::tuple{required("startTime", &S::start_time),
                      required("lastUpdateTime", &S::last_update_time),
                      required("dedicatedCoreTime", &S::dedicated_core_time)};
  }
};

// Of one pool, or of all that the account ever had.
struct PoolStatistics {
  std::string url;
  Timestamp start_time;
  Timestamp last_update_time;
  std::optional<PoolUsageStatistics> usage_stats;
  bool operator==(const PoolStatistics&) const = default;
  template <class S = PoolStatistics>
  static constexpr auto fields() {
    return std::tuple{required("url", &S::url), required("startTime", &S::start_time),
                      required("lastUpdateTime", &S::last_update_time),
                      field("usageStats", &S::usage_stats)};
  }
};

}  // namespace dms::batch
