// The same work for many indices, by a few threads.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>

#include "core/result.h"

namespace dms::models {

// Calls work(0) … work(count - 1), at most `threads` of them at once, and returns when all are
// done. The first error, or a stop request, keeps the rest from being started.
// Errors: the first of `work`; cancelled.
Status for_each_parallel(std::uint64_t count, int threads, std::stop_token stop,
                         const std::function<Status(std::uint64_t)>& work);

}  // namespace dms::models
