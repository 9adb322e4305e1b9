// How the nodes of a job fare with being prepared, for whoever waits for runs that do not start.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "batch/azure_batch.h"

namespace dms::models {

// "1 node is being prepared", "preparation failed on 1 of 3 nodes: …"; empty when nothing is to be
// said, also for a job without a preparation task.
// Errors: exhausted when it failed on every node of the job, or on more than can be spared, with
// the reason and the end of its stderr: no run will start there. Those of the service.
Result<std::string> preparation_state(batch::AzureBatch& batch, std::string_view job_id,
                                      std::optional<int> spare_nodes = std::nullopt);

}  // namespace dms::models
