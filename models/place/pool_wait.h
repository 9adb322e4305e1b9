// What runs wait for that do not start.
#pragma once

#include <chrono>
#include <string>

#include "batch/azure_batch.h"
#include "models/study/study.h"

namespace dms::models {

// So long may runs wait without one running before the pool is asked why.
inline constexpr std::chrono::seconds wait_patience{3};

// "pool melt: 2 nodes wanted, 1 idle, 1 starting; 1 node is being prepared; resize errors".
// Errors: not_found when the pool is gone; exhausted when no run can start any more because nodes
// could not be prepared; those of the service.
Result<std::string> what_is_waited_for(batch::AzureBatch& batch, const Study& study);

}  // namespace dms::models
