// The upload of a node's logs to a container: what is uploaded is decided here, the node's agent
// does it in its own time.
#pragma once

#include "service/engine.h"
#include "service/router.h"

namespace dms::service {

// The agent's log and the start task's two, those that were written in the time asked for.
// Errors: batch_error PoolNotFound, NodeNotFound, NodeNotReady while the node's agent cannot be
// told, InvalidPropertyValue for a URL that is none and for an end before the start.
Result<batch::UploadServiceLogsResult> upload_service_logs(Engine& engine, const Call& call,
                                                           const batch::UploadServiceLogs& what);

}  // namespace dms::service
