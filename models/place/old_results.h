// What tasks of a job left in storage before they are run again.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "blob/azure_blob.h"
#include "core/result.h"

namespace dms::models {

// Deletes what is below "<job>/<task>/" in the results' container for every task that is `stale`:
// the outputs of an earlier task of the same id must not be taken for those of the new one. `stale`
// is called by one thread. Errors: those of the service; cancelled.
Status remove_old_results(blob::AzureBlob& blob, const std::string& job_id,
                          const std::function<bool(std::string_view task)>& stale, int parallel,
                          const std::stop_token& stop);

}  // namespace dms::models
