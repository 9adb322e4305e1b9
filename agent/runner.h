// A runner: the process of one task slot, which carries out one run after the other.
#pragma once

#include <string>

#include "agent/protocol.h"
#include "core/file.h"

namespace dms::agent {

// The body of a runner process: becomes a subreaper and carries out what the agent sends. Returns 0
// when the agent is gone, with no process of a task left.
int run_runner(UniqueFd socket, const std::string& root);

}  // namespace dms::agent
