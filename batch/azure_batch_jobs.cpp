#include <fmt/format.h>

#include "batch/azure_batch.h"
#include "batch/operations.h"
#include "batch/rest.h"
#include "batch/wait.h"

namespace dms::batch {

Status AzureBatch::create_job(const Job& job) {
  return rest_->call<op::add_job>(job).context(fmt::format("adding job '{}'", job.id));
}

Status AzureBatch::create_job(std::string_view job_id, std::string_view pool_id,
                              std::optional<JobPreparationTask> prep_task,
                              int max_task_retry_count) {
  Job job{.id = std::string(job_id)};
  job.constraints = JobConstraints{.max_task_retry_count = max_task_retry_count};
  job.job_preparation_task = std::move(prep_task);
  job.pool_info.pool_id = std::string(pool_id);
  return create_job(job);
}

Result<Job> AzureBatch::get_job(std::string_view job_id) {
  return rest_->call<op::get_job>({}, job_id);
}

Status AzureBatch::list_jobs(const ListOptions& options, const std::function<Status(Job)>& each) {
  return rest_->each<op::list_jobs>({.query = query_of(options)}, each);
}

Status AzureBatch::patch_job(std::string_view job_id, const JobPatch& patch) {
  return rest_->call<op::patch_job>(patch, job_id);
}

Status AzureBatch::update_job(std::string_view job_id, const JobUpdate& update) {
  return rest_->call<op::update_job>(update, job_id);
}

Status AzureBatch::disable_job(std::string_view job_id, DisableJobOption option) {
  return rest_->call<op::disable_job>({.disable_tasks = option}, job_id);
}

Status AzureBatch::enable_job(std::string_view job_id) {
  return rest_->call<op::enable_job>({}, job_id);
}

Status AzureBatch::list_preparation_and_release_status(
    std::string_view job_id, const ListOptions& options,
    const std::function<Status(JobPreparationAndReleaseTaskStatus)>& each) {
  return rest_->each<op::list_preparation_and_release_status>({.query = query_of(options)}, each,
                                                              job_id);
}

Status AzureBatch::mark_job_termination_on_task_completion(std::string_view job_id) {
  return patch_job(job_id, {.on_all_tasks_complete = OnAllTasksComplete::terminate_job});
}

Status AzureBatch::terminate_job(std::string_view job_id, std::string_view reason) {
  // Without a reason the service writes its own, UserTerminate; it then takes no body.
  if (reason.empty()) return rest_->call_with<op::terminate_job>({}, job_id);
  return rest_->call<op::terminate_job>({.terminate_reason = std::string(reason)}, job_id);
}

Status AzureBatch::delete_job(std::string_view job_id) {
  return rest_->call<op::delete_job>({}, job_id);
}

Status AzureBatch::wait_for_job_delete(std::string_view job_id, const WaitOptions& options,
                                       std::stop_token stop) {
  const Extras id_only{.query = query_of({.select = {"id"}}), .stop = stop};
  const auto is_gone = [&]() -> Result<bool> {
    const auto seen = rest_->call_with<op::get_job>(id_only, job_id);
    if (seen) return false;
    if (seen.error().code == Code::not_found) return true;
    return seen.error();
  };
  return wait_until(clock_, options, fmt::format("job '{}' to be deleted", job_id), is_gone, stop);
}

Result<TaskCountsResult> AzureBatch::get_task_counts(std::string_view job_id) {
  return rest_->call<op::get_task_counts>({}, job_id);
}

}  // namespace dms::batch
