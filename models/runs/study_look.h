// What a study would do, as the service and storage tell now. Nothing is changed or started.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "batch/azure_batch.h"
#include "blob/azure_blob.h"
#include "models/place/payload.h"
#include "models/runs/run.h"

namespace dms::models {

struct StudyLook {
  std::uint64_t known = 0;      // have ended, in this job or in an earlier one
  std::uint64_t failed = 0;     // of these, without success
  std::uint64_t under_way = 0;  // wait or run
  std::uint64_t to_run = 0;
  std::vector<std::string> why;  // what makes those to run new; see changes_since
  std::string refusal;           // why the job there would not take those to run; empty: it would
};

// Errors: those of the services.
Result<StudyLook> look_at_study(batch::AzureBatch& batch, blob::AzureBlob& blob, const Runs& runs,
                                const PackedInputs& inputs, Timestamp now);

}  // namespace dms::models
