// A task as clients see it: what was added, and beside it what the service has to say, its status.
#pragma once

#include "batch/wire_statistics.h"
#include "service/core/state.h"

namespace dms::service {

// What was added. Errors: corrupt, of a spec that cannot be read.
Result<batch::Task> spec_of(const TaskRecord& task);

// Removes what only the service may say, as clients send it back with what they once read.
void drop_status(batch::Task& wire);

// The JSON of the task as the service shows it, with the members that `select` names and `head` as
// in encode(). What was added is not looked into unless `select` asks for parts of it.
// Errors: those of spec_of.
Result<std::string> encode_task(const Core& core, const JobRecord& job, const TaskRecord& task,
                                const std::optional<batch::TaskStatistics>& statistics = {},
                                const std::vector<std::string>& select = {},
                                std::string_view head = {});

}  // namespace dms::service
