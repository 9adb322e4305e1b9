// A command of a run as a process.
#pragma once

#include <sys/types.h>

#include <string>

#include "agent/command_line.h"
#include "agent/failures.h"
#include "agent/node_view.h"
#include "core/file.h"

namespace dms::agent {

struct Command {
  pid_t pid = 0;
  UniqueFd exited;  // readable when the process has ended
};

struct CommandPlace {
  std::string directory;  // where it starts; exists
  const Environment& environment;
  int stdout_fd = -1;
  int stderr_fd = -1;
  const NodeView* view = nullptr;  // of an instance
};

// Starts the command line, without a shell and without input, in a session of its own. Where it
// names a shell that would do nothing but start a program, that is started (core/plain_words.h).
// Gives the service's failure when it cannot be started, and then `command` is as it was.
// Requires: this process is a subreaper.
Failure launch(const std::string& command_line, const CommandPlace& place, Command& command);

}  // namespace dms::agent
