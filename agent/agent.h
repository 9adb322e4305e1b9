// The node agent: one process per node, which runs the node's tasks for the service.
#pragma once

#include "agent/protocol.h"

namespace dms::agent {

// The body of the process behind `dmsbatch node-agent`. Makes the node's directories, forks a
// runner per slot, connects to the service and serves it until it says shutdown (or SIGTERM or
// SIGINT does): then every run is ended without a report and 0 is returned.
//
// Without a connection it goes on and connects again; it ends itself, with 0, when there was no run
// for the orphan limit, or when its root directory is gone. When it is killed, its runners end
// their runs and exit.
//
// Returns 1, with a message on stderr, when the node cannot be started; in particular when another
// agent holds the lock of its root.
// Requires: the process has one thread, no child, and has set up no library that does not survive a
// fork (TLS, HTTP).
int run_agent(const AgentOptions& options);

}  // namespace dms::agent
