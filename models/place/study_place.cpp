#include "models/place/study_place.h"

#include "models/place/signature_lifetime.h"

namespace dms::models {

Result<TaskPlace> have_study_place(batch::AzureBatch& batch, blob::AzureBlob& blob,
                                   const Study& study, const pools::Recipe& pool,
                                   const PackedInputs& inputs, const NodeTool& tool,
                                   std::optional<batch::Job>& job, NoteListener& listener) {
  DMS_TRY(TaskPlace place, upload_payload(blob, study, inputs, tool, listener));
  DMS_CHECK(ensure_pool(batch, study, pool, listener));
  if (!job) {
    batch::Job made = job_of(study);
    made.job_preparation_task = preparation_task(place);
    DMS_CHECK(ensure_job(batch, made));
    DMS_TRY(job, find_job(batch, study.job_name));
  }
  if (job) DMS_CHECK(check_shared_files(*job, place));
  place.prepared = job && is_prepared_by(*job, place);
  return place;
}

Status check_takes_runs(const batch::Job& job, const Study& study, Timestamp now,
                        std::chrono::seconds longest) {
  DMS_CHECK(check_takes_tasks(job, study));
  const auto tries = all_tries(study.max_wall_clock, study.max_task_retry_count);
  return check_signatures(job, now, least_preparation(tries, longest));
}

}  // namespace dms::models
