#include "service/core/node_tasks.h"

#include "batch/errors.h"
#include "service/core/refusals.h"
#include "service/core/tasks.h"

namespace dms::service {

namespace {

constexpr std::chrono::minutes longest_release{15};

Error bad_property(const std::string& name, const std::string& value, const std::string& reason) {
  return batch::invalid_property(name, value, reason);
}

// What both kinds have in common.
template <class NodeTaskWire>
Status check_one(const std::string& name, const NodeTaskWire& wire) {
  if (wire.id && !valid_id(*wire.id))
    return bad_property(name + ".id", *wire.id,
                        "ids have 1 to 64 of letters, digits, hyphen and underscore");
  if (wire.command_line.empty()) return missing_property(name + ".commandLine");
  if (wire.container_settings) return not_here(name + ".containerSettings");
  return check_resource_files(wire.resource_files);
}

Duration days(int count) {
  return Duration{std::chrono::duration_cast<Ticks>(std::chrono::days(count))};
}

batch::UserIdentity pool_user() {
  return {.auto_user =
              batch::AutoUser{batch::AutoUserScope::pool, batch::ElevationLevel::nonadmin}};
}

}  // namespace

Status check_node_tasks(const batch::Job& wire) {
  const auto& preparation = wire.job_preparation_task;
  const auto& release = wire.job_release_task;
  if (preparation) DMS_CHECK(check_one("jobPreparationTask", *preparation));
  if (!release) return ok();
  DMS_CHECK(check_one("jobReleaseTask", *release));
  if (!preparation)
    return bad_property("jobReleaseTask", release->id.value_or("jobrelease"),
                        "a release task needs a jobPreparationTask");
  const TaskId id{release->id.value_or("jobrelease")};
  if (id == TaskId{preparation->id.value_or("jobpreparation")})
    return bad_property("jobReleaseTask.id", id.text, "it is the preparation task's, too");
  const Duration limit = release->max_wall_clock_time.value_or(Duration{});
  if (limit.span > longest_release)
    return bad_property("jobReleaseTask.maxWallClockTime", limit.iso8601(),
                        "a release task has at most 15 minutes");
  return ok();
}

void fill_node_tasks(batch::Job& wire) {
  if (auto& preparation = wire.job_preparation_task) {
    if (!preparation->id) preparation->id = "jobpreparation";
    auto& constraints =
        preparation->constraints ? *preparation->constraints : preparation->constraints.emplace();
    if (!constraints.max_wall_clock_time) constraints.max_wall_clock_time = Duration::unlimited();
    if (!constraints.retention_time) constraints.retention_time = days(7);
    if (!constraints.max_task_retry_count) constraints.max_task_retry_count = 0;
    if (!preparation->wait_for_success) preparation->wait_for_success = true;
    if (!preparation->user_identity) preparation->user_identity = pool_user();
    if (!preparation->rerun_on_node_reboot_after_success)
      preparation->rerun_on_node_reboot_after_success = true;
  }
  if (auto& release = wire.job_release_task) {
    if (!release->id) release->id = "jobrelease";
    if (!release->max_wall_clock_time)
      release->max_wall_clock_time = Duration{std::chrono::duration_cast<Ticks>(longest_release)};
    if (!release->retention_time) release->retention_time = days(7);
    if (!release->user_identity) release->user_identity = pool_user();
  }
}

// A job of the same id comes only when the earlier one is deleted, and later.
std::int64_t incarnation_of(const JobRecord& job) {
  return job.wire.creation_time->at.time_since_epoch().count();
}

bool is_node_task(const agent::RunRef& run) {
  return run.kind == agent::RunKind::preparation || run.kind == agent::RunKind::release;
}

batch::JobPreparationTaskExecutionInfo preparation_info(const NodeTask& task) {
  batch::JobPreparationTaskExecutionInfo info;
  info.start_time = task.started;
  info.end_time = task.ended;
  info.state = task.state;
  info.exit_code = task.exit_code;
  info.failure_info = task.failure;
  info.retry_count = task.retry_count;
  info.last_retry_time = task.last_retry;
  info.result = task.result;
  return info;
}

batch::JobReleaseTaskExecutionInfo release_info(const NodeTask& task) {
  batch::JobReleaseTaskExecutionInfo info;
  info.start_time = task.started;
  info.end_time = task.ended;
  info.state = task.state;
  info.exit_code = task.exit_code;
  info.failure_info = task.failure;
  info.result = task.result;
  return info;
}

std::vector<batch::JobPreparationAndReleaseTaskStatus> show_node_tasks(const Core& core,
                                                                       const JobRecord& job) {
  std::vector<batch::JobPreparationAndReleaseTaskStatus> list;
  for (const auto& [key, there] : job.on_nodes) {
    batch::JobPreparationAndReleaseTaskStatus status;
    status.pool_id = key.pool.text;
    status.node_id = key.node.text;
    status.node_url = core.base_url + "/pools/" + key.pool.text + "/nodes/" + key.node.text;
    const auto set_root = [&](auto& info, const std::string& task) {
      info.task_root_directory = task_directory(job.id(), {task});
      info.task_root_directory_url = *status.node_url + "/files/" + *info.task_root_directory;
    };
    if (there.preparation) {
      auto& info = status.job_preparation_task_execution_info;
      info = preparation_info(*there.preparation);
      set_root(*info, *job.wire.job_preparation_task->id);
    }
    if (there.release) {
      auto& info = status.job_release_task_execution_info;
      info = release_info(*there.release);
      set_root(*info, *job.wire.job_release_task->id);
    }
    list.push_back(std::move(status));
  }
  return list;
}

}  // namespace dms::service
