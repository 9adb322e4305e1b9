// Processes that the agent forks without exec: its runners and its sweeper.
#pragma once

#include <sys/types.h>

#include <string>

#include "agent/frame_socket.h"
#include "agent/node_root.h"
#include "core/file.h"
#include "core/result.h"

namespace dms::agent {

struct Worker {
  pid_t pid = 0;
  FrameSocket socket;  // its end of file, on the worker's side, tells that the agent is gone
};

// Gets the worker's end of the socket and the node's root; gives the exit status.
using WorkerBody = int (*)(UniqueFd socket, const std::string& root);

// Forks a process that runs `body`. It keeps the socket, the node's lock and the standard
// descriptors, nothing else; SIGTERM comes when the agent dies.
// Requires: this process has one thread and has set up no library that does not survive a fork.
Result<Worker> fork_worker(const NodeRoot& root, WorkerBody body);

// The body of the sweeper: empties the trash at its start and at every byte on the socket. It dies
// with the agent, so that nothing is deleted behind the back of the next one.
int run_sweeper(UniqueFd socket, const std::string& root);

}  // namespace dms::agent
