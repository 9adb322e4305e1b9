// Private to AzureBatch: how its waits look again.
#pragma once

#include <functional>
#include <stop_token>
#include <string_view>

#include "batch/azure_batch.h"

namespace dms::batch {

// Calls `look` until it answers true. Pauses begin at 0.1 s and grow by half up to
// options.polling_interval, so that what is soon done is soon seen and what takes hours costs
// little.
//
// Errors: those of `look`; cancelled; timeout after options.limit, with `what` was waited for.
Status wait_until(Clock& clock, const WaitOptions& options, std::string_view what,
                  const std::function<Result<bool>()>& look, std::stop_token stop);

}  // namespace dms::batch
