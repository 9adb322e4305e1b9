// The job that a request names.
#pragma once

#include "batch/errors.h"
#include "service/core/state.h"
#include "service/router.h"

namespace dms::service {

// Errors: batch_error JobNotFound.
inline Result<const JobRecord*> job_of(const Core& core, const Call& call) {
  const auto it = core.jobs.find({call.ids[0]});
  if (it == core.jobs.end()) return batch::batch_error("JobNotFound");
  return &it->second;
}

}  // namespace dms::service
