// How many workers a running study shall have: kept in the metadata of its job, where the command
// that watches finds it, and one that is started later.
#pragma once

#include <optional>
#include <string_view>

#include "batch/azure_batch.h"

namespace dms::models {

// What scale_workers left in the job; nothing when the study's own count holds.
std::optional<int> workers_wanted(const batch::Job& job);

struct Scaled {
  std::optional<int> before;  // nothing: as the study says
  bool master_ended = false;  // then nobody will follow
};

// Keeps the number in the job. Errors: not_found; invalid_argument for a number that is not from 0
// to most_workers, or a job without a master.
Result<Scaled> scale_workers(batch::AzureBatch& batch, std::string_view job_id, int count);

}  // namespace dms::models
