#include "models/runs/study_look.h"

#include <fmt/format.h>

#include "models/place/study_place.h"
#include "models/runs/kept_results.h"
#include "models/runs/manifest.h"
#include "models/runs/run_table.h"

namespace dms::models {
namespace {

Status look_at_tasks(batch::AzureBatch& batch, const std::optional<batch::Job>& job,
                     RunTable& table) {
  if (!job) return ok();
  return batch.list_tasks(job->id, {.select = {"id", "state", "executionInfo"}},
                          [&](const batch::Task& task) {
                            table.record(task);
                            return ok();
                          });
}

Result<std::vector<std::string>> reasons(blob::AzureBlob& blob, const Study& study,
                                         const PackedInputs& inputs) {
  using Lines = std::vector<std::string>;
  DMS_TRY(const auto before, load_manifest(blob, study.job_name));
  if (!before) return Lines{fmt::format("job {} was not submitted before", study.job_name)};
  DMS_TRY(const Manifest now, manifest_of(study, inputs));
  Lines lines = changes_since(*before, now);
  if (lines.empty())
    lines.emplace_back("submitted before, but neither their tasks nor their results are there");
  return lines;
}

}  // namespace

Result<StudyLook> look_at_study(batch::AzureBatch& batch, blob::AzureBlob& blob, const Runs& runs,
                                const PackedInputs& inputs, Timestamp now) {
  DMS_TRY(RunTable table, RunTable::make(runs));
  DMS_TRY(const auto kept, find_kept(blob, runs));
  DMS_TRY(const auto job, find_job(batch, runs.study().job_name));
  DMS_CHECK(look_at_tasks(batch, job, table));
  apply_kept(kept, table);
  const RunCounts counts = table.counts();
  StudyLook look{.known = counts.ended(),
                 .failed = counts.failed,
                 .under_way = counts.waiting + counts.running,
                 .to_run = counts.absent};
  if (look.to_run > 0) {
    DMS_TRY(look.why, reasons(blob, runs.study(), inputs));
    const Status taken =
        job ? check_takes_runs(*job, runs.study(), now, blob.longest_signature()) : ok();
    if (!taken) look.refusal = taken.error().message;
  }
  return look;
}

}  // namespace dms::models
