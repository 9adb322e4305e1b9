// The upload of a node's logs, as a client of the service asked for it.
#pragma once

#include <string>

#include "agent/protocol.h"
#include "core/file.h"
#include "core/http.h"

namespace dms::agent {

// The agent's log, below the node's root.
inline constexpr const char* agent_log = "volatile/agent.log";

// Uploads the files and goes on after a failure, which is logged. A file that has gone meanwhile is
// passed over. Gives how many were uploaded. Requires: `transport` retries.
int upload_logs(Transport& transport, const LogUpload& upload, const std::string& root);

// The body of a worker: takes one LogUpload in a ToAgent frame from the socket, does it and ends.
int run_log_uploader(UniqueFd socket, const std::string& root);

}  // namespace dms::agent
