// One run of a task from its first directory to its last upload.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "agent/command_line.h"
#include "agent/protocol.h"
#include "agent/supervision.h"
#include "core/http.h"

namespace dms::agent {

struct RunHost {
  std::string root;
  Environment environment;  // of every task, below that of its spec
  Supervision& supervision;
  std::function<Transport&()> transport;  // asked for when there is something to transfer
};

// Makes the directories, installs the packages, fetches the resource files, runs the command, ends
// what it left behind and uploads the output files, in this order; gives the end when no process of
// the run is left. An instance of a multi-instance task is coordinated before the resource files
// come. Nothing when the agent died meanwhile: the processes are gone then, too.
// Requires: the process is a subreaper and has no children.
std::optional<RunEnd> carry_out(const RunSpec& spec, const RunHost& host);

}  // namespace dms::agent
