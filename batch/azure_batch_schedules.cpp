#include <fmt/format.h>

#include "batch/azure_batch.h"
#include "batch/operations.h"
#include "batch/rest.h"
#include "batch/wait.h"

namespace dms::batch {

Status AzureBatch::create_job_schedule(const JobSchedule& schedule) {
  return rest_->call<op::add_job_schedule>(schedule).context(
      fmt::format("adding job schedule '{}'", schedule.id));
}

Result<JobSchedule> AzureBatch::get_job_schedule(std::string_view job_schedule_id) {
  return rest_->call<op::get_job_schedule>({}, job_schedule_id);
}

Status AzureBatch::list_job_schedules(const ListOptions& options,
                                      const std::function<Status(JobSchedule)>& each) {
  return rest_->each<op::list_job_schedules>({.query = query_of(options)}, each);
}

Status AzureBatch::list_jobs_of_job_schedule(std::string_view job_schedule_id,
                                             const ListOptions& options,
                                             const std::function<Status(Job)>& each) {
  return rest_->each<op::list_jobs_of_schedule>({.query = query_of(options)}, each,
                                                job_schedule_id);
}

Result<bool> AzureBatch::exists_job_schedule(std::string_view job_schedule_id) {
  const Status seen = rest_->call<op::job_schedule_exists>({}, job_schedule_id);
  if (seen) return true;
  if (seen.error().code == Code::not_found) return false;
  return seen.error();
}

Status AzureBatch::update_job_schedule(std::string_view job_schedule_id,
                                       const JobScheduleUpdate& update) {
  return rest_->call<op::update_job_schedule>(update, job_schedule_id);
}

Status AzureBatch::patch_job_schedule(std::string_view job_schedule_id,
                                      const JobSchedulePatch& patch) {
  return rest_->call<op::patch_job_schedule>(patch, job_schedule_id);
}

Status AzureBatch::disable_job_schedule(std::string_view job_schedule_id) {
  return rest_->call<op::disable_job_schedule>({}, job_schedule_id);
}

Status AzureBatch::enable_job_schedule(std::string_view job_schedule_id) {
  return rest_->call<op::enable_job_schedule>({}, job_schedule_id);
}

Status AzureBatch::terminate_job_schedule(std::string_view job_schedule_id) {
  return rest_->call<op::terminate_job_schedule>({}, job_schedule_id);
}

Status AzureBatch::delete_job_schedule(std::string_view job_schedule_id) {
  return rest_->call<op::delete_job_schedule>({}, job_schedule_id);
}

namespace {

// What both waits look at.
Extras state_and_jobs(std::stop_token stop) {
  return {.query = query_of({.select = {"id", "state", "executionInfo"}}), .stop = stop};
}

// A schedule that ends makes no job any more.
Status check_makes_jobs(const JobSchedule& schedule) {
  if (schedule.state != JobScheduleState::completed &&
      schedule.state != JobScheduleState::terminating &&
      schedule.state != JobScheduleState::deleting)
    return ok();
  return fail(Code::conflict, fmt::format("job schedule '{}' is {} and has made no job",
                                          schedule.id, text_of(*schedule.state)));
}

}  // namespace

Result<std::string> AzureBatch::wait_for_job_under_job_schedule(std::string_view job_schedule_id,
                                                                const WaitOptions& options,
                                                                std::stop_token stop) {
  std::string job_id;
  const auto has_job = [&]() -> Result<bool> {
    DMS_TRY(const JobSchedule schedule,
            rest_->call_with<op::get_job_schedule>(state_and_jobs(stop), job_schedule_id));
    if (schedule.execution_info && schedule.execution_info->recent_job)
      job_id = schedule.execution_info->recent_job->id.value_or("");
    if (job_id.empty()) DMS_CHECK(check_makes_jobs(schedule));
    return !job_id.empty();
  };
  DMS_CHECK(wait_until(clock_, options, fmt::format("a job of job schedule '{}'", job_schedule_id),
                       has_job, stop));
  return job_id;
}

Status AzureBatch::wait_for_job_schedule_to_complete(std::string_view job_schedule_id,
                                                     const WaitOptions& options,
                                                     std::stop_token stop) {
  const auto is_complete = [&]() -> Result<bool> {
    DMS_TRY(const JobSchedule schedule,
            rest_->call_with<op::get_job_schedule>(state_and_jobs(stop), job_schedule_id));
    if (schedule.state == JobScheduleState::deleting)
      return fail(Code::conflict,
                  fmt::format("job schedule '{}' is being deleted", job_schedule_id));
    return schedule.state == JobScheduleState::completed;
  };
  return wait_until(clock_, options, fmt::format("job schedule '{}' to complete", job_schedule_id),
                    is_complete, stop);
}

}  // namespace dms::batch
