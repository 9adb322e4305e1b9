#include <fmt/format.h>

#include <algorithm>

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

Status AzureBatch::update_task(std::string_view job_id, std::string_view task_id,
                               const TaskUpdate& update) {
  return rest_->call<op::update_task>(update, job_id, task_id);
}

Status AzureBatch::reactivate_task(std::string_view job_id, std::string_view task_id) {
  return rest_->call<op::reactivate_task>({}, job_id, task_id);
}

Status AzureBatch::terminate_task(std::string_view job_id, std::string_view task_id) {
  return rest_->call<op::terminate_task>({}, job_id, task_id);
}

Status AzureBatch::delete_task(std::string_view job_id, std::string_view task_id) {
  return rest_->call<op::delete_task>({}, job_id, task_id);
}

Result<TasksEnded> AzureBatch::submit_tasks_and_wait(std::string_view job_id,
                                                     const std::vector<Task>& tasks,
                                                     const WaitOptions& options,
                                                     const SubmitOptions& submit,
                                                     std::stop_token stop) {
  DMS_TRY(const auto outcomes, submit_tasks(job_id, tasks, submit, stop));
  for (const TaskOutcome& outcome : outcomes)
    if (outcome.submitted == Submitted::failed)
      return Error(*outcome.error).context(fmt::format("adding task '{}'", outcome.task_id));
  return wait_for_tasks_to_complete(job_id, options, stop);
}

Result<std::vector<SubtaskInfo>> AzureBatch::list_subtasks(std::string_view job_id,
                                                           std::string_view task_id) {
  DMS_TRY(Subtasks subtasks, rest_->call<op::list_subtasks>({}, job_id, task_id));
  return std::move(subtasks.value);
}

Result<std::vector<SubtaskInfo>> AzureBatch::wait_for_subtasks_to_complete(
    std::string_view job_id, std::string_view task_id, const WaitOptions& options,
    std::stop_token stop) {
  Subtasks subtasks;
  const auto are_completed = [&]() -> Result<bool> {
    DMS_TRY(subtasks, rest_->call_with<op::list_subtasks>({.stop = stop}, job_id, task_id));
    return std::all_of(
        subtasks.value.begin(), subtasks.value.end(),
        [](const SubtaskInfo& subtask) { return subtask.state == SubtaskState::completed; });
  };
  DMS_CHECK(wait_until(clock_, options,
                       fmt::format("the subtasks of task '{}' of job '{}'", task_id, job_id),
                       are_completed, stop));
  return std::move(subtasks.value);
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
