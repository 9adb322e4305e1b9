#include "service/core/statistics.h"

#include "service/core/tasks.h"

namespace dms::service {

namespace {

constexpr std::chrono::microseconds counting_rest{100};

Ticks wall_clock(const TaskRecord& task, Timestamp now) {
  if (!task.started) return task.earlier_runs;
  const Timestamp end =
      task.ended.value_or(task.state == batch::TaskState::running ? now : *task.started);
  return task.earlier_runs + (end.at - task.started->at);
}

// A task that has not started yet still waits.
Ticks waited(const TaskRecord& task, Timestamp now) {
  const bool waits = task.state == batch::TaskState::active;
  if (!task.started && !waits) return (task.ended.value_or(task.created)).at - task.created.at;
  return task.started.value_or(now).at - task.created.at;
}

JobTotals roll_up(const JobRecord& job, Timestamp now) {
  JobTotals totals{.at = now, .succeeded = job.counts.succeeded, .failed = job.counts.failed};
  for (const auto& [id, task] : job.tasks) {
    totals.wall_clock += wall_clock(task, now);
    totals.wait += waited(task, now);
    totals.retries += task.retry_count;
  }
  return totals;
}

}  // namespace

batch::TaskStatistics task_statistics(const Core& core, const JobRecord& job,
                                      const TaskRecord& task, Timestamp now) {
  batch::TaskStatistics stats;
  stats.url = task_url(core, job, task);
  stats.start_time = task.created;
  stats.last_update_time = now;
  stats.wall_clock_time = Duration{wall_clock(task, now)};
  stats.wait_time = Duration{waited(task, now)};
  return stats;
}

batch::JobStatistics job_statistics(const Core& core, const JobRecord& job, Timestamp now) {
  const auto rest = counting_rest * static_cast<std::int64_t>(job.tasks.size());
  if (!job.totals || now.at - job.totals->at.at >= rest) job.totals = roll_up(job, now);
  batch::JobStatistics stats;
  stats.url = core.base_url + "/jobs/" + job.wire.id;
  stats.start_time = *job.wire.creation_time;
  stats.last_update_time = job.totals->at;
  stats.wall_clock_time = Duration{job.totals->wall_clock};
  stats.num_succeeded_tasks = {job.totals->succeeded};
  stats.num_failed_tasks = {job.totals->failed};
  stats.num_task_retries = {job.totals->retries};
  stats.wait_time = Duration{job.totals->wait};
  return stats;
}

}  // namespace dms::service
