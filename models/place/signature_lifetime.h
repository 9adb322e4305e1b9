// How long the signatures last by which nodes fetch what tasks need, and send what they leave.
//
// Pure functions without state.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "core/result.h"
#include "core/time.h"

namespace dms::models {

// All tries of a task, each to its limit. Without a limit nobody knows: 0.
std::chrono::seconds all_tries(const std::optional<Duration>& limit, int retries);

// For a task that may wait two weeks for its turn, and then takes all its tries. Where a signature
// cannot last that long, the wait is shortened, but not the tries. `longest` is
// AzureBlob::longest_signature.
// Errors: invalid_argument when not even the tries fit.
Result<std::chrono::seconds> task_lifetime(std::chrono::seconds tries,
                                           std::chrono::seconds longest);

// For a job's preparation task, which cannot be signed anew, and must bring everything to a node
// that joins on the job's last day: half a year longer, which is as long as Azure keeps a task.
std::chrono::seconds preparation_lifetime(std::chrono::seconds tries, std::chrono::seconds longest);

// The least that must be left of a preparation's signatures when tasks are added that it is for.
std::chrono::seconds least_preparation(std::chrono::seconds tries, std::chrono::seconds longest);

// When the signature of a URL ends; nothing for a URL without one.
std::optional<Timestamp> signed_until(std::string_view url);

}  // namespace dms::models
