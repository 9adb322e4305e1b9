#include "models/place/study_place.h"

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

}  // namespace dms::models
