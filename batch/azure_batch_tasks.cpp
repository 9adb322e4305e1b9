#include <fmt/format.h>

#include "batch/azure_batch.h"
#include "batch/operations.h"
#include "batch/rest.h"
#include "batch/wait.h"

namespace dms::batch {

Status AzureBatch::add_task(std::string_view job_id, const Task& task) {
  return rest_->call<op::add_task>(task, job_id).context(fmt::format("adding task '{}'", task.id));
}

Result<Task> AzureBatch::get_task(std::string_view job_id, std::string_view task_id) {
  return rest_->call<op::get_task>({}, job_id, task_id);
}

Status AzureBatch::list_tasks(std::string_view job_id, const ListOptions& options,
                              const std::function<Status(Task)>& each) {
  return rest_->each<op::list_tasks>({.query = query_of(options)}, each, job_id);
}

Status AzureBatch::terminate_task(std::string_view job_id, std::string_view task_id) {
  return rest_->call<op::terminate_task>({}, job_id, task_id);
}

Status AzureBatch::delete_task(std::string_view job_id, std::string_view task_id) {
  return rest_->call<op::delete_task>({}, job_id, task_id);
}

namespace {

// Counts of zero may be old news, since the service may count late, so one task is looked for.
Status check_has_tasks(const Rest& rest, std::string_view job_id, std::stop_token stop) {
  bool found = false;
  const Extras one{.query = query_of({.select = {"id"}, .max_results = 1}), .stop = stop};
  const Error enough = fail(Code::cancelled, "one task is enough");
  const auto note = [&](const Task&) -> Status {
    found = true;
    return enough;
  };
  const Status listed = rest.each<op::list_tasks>(one, note, job_id);
  if (found) return ok();
  DMS_CHECK(listed);
  return fail(Code::invalid_argument,
              fmt::format("job '{}' has no tasks to wait for: submit some first", job_id));
}

}  // namespace

Result<TasksEnded> AzureBatch::wait_for_tasks_to_complete(std::string_view job_id,
                                                          const WaitOptions& options,
                                                          std::stop_token stop) {
  TasksEnded ended;
  const auto are_completed = [&]() -> Result<bool> {
    DMS_TRY(const TaskCountsResult result,
            rest_->call_with<op::get_task_counts>({.stop = stop}, job_id));
    ended.counts = result.task_counts;
    if (options.watch && !options.watch(ended.counts)) {
      return fail(Code::cancelled,
                  fmt::format("waiting for the tasks of job '{}': cancelled", job_id));
    }
    if (ended.counts.active > 0 || ended.counts.running > 0) return false;
    if (ended.counts.completed > 0) return true;
    DMS_CHECK(check_has_tasks(*rest_, job_id, stop));
    return false;
  };
  DMS_CHECK(wait_until(clock_, options, fmt::format("the tasks of job '{}'", job_id), are_completed,
                       stop));
  return ended;
}

}  // namespace dms::batch
