// Why a task did not succeed, in the words of the service (task failure codes, Batch REST
// reference).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "batch/wire_common.h"
#include "core/result.h"
#include "core/time.h"

namespace dms::agent {

// Nothing: it went well.
using Failure = std::optional<batch::FailureInfo>;

// A failure of the code, with the category and the message that the service gives it. `details` are
// added as name and value; those with an empty value are left out.
// Requires: the code is one of the service's.
batch::FailureInfo failure(std::string_view code, std::vector<batch::NameValue> details = {});

// The command ended with an exit code that is not 0.
batch::FailureInfo exit_code_failure();
batch::FailureInfo ended_by_request();
batch::FailureInfo wall_clock_passed(Duration limit);
// The process that ran the task died, which is not the task's fault.
batch::FailureInfo runner_died();

// The code of a failed transfer, by the kind of thing that was asked for. An error without an HTTP
// status did not come from the other side, so nothing was denied or missing there.
enum class Transfer { download, list, upload };
std::string_view transfer_failure_code(Transfer transfer, const Error& error);

// The code of a failure of the node's disk: DiskFull, or else `code`.
std::string_view disk_failure_code(const Error& error, std::string_view code);

}  // namespace dms::agent
