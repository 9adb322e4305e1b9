// What to say of a task that failed.
#pragma once

#include <string>
#include <string_view>

#include "batch/wire.h"

namespace dms::models {

// The last lines of a text, without the line ends at its end.
std::string tail_of(std::string_view text);

// What the service says of a failure: its message and its details. Nothing for an exit code, which
// speaks for itself.
std::string words_of(const batch::FailureInfo& info);

}  // namespace dms::models
