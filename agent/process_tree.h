// Ending whole process trees.
//
// A process that is a subreaper gets every descendant whose parent dies, whatever session or group
// it moved to; so below a subreaper nothing can hide. The tree is read from /proc/<pid>/stat, which
// every kernel has. Functions for a process that is a subreaper and reaps for itself.
#pragma once

#include <sys/types.h>

#include <optional>
#include <vector>

#include "core/file.h"
#include "core/result.h"

namespace dms::agent {

// Makes this process a subreaper. Errors: internal.
Status become_subreaper();

// A descriptor that becomes readable when the process ends. Errors: fail_errno's.
Result<UniqueFd> watch_process(pid_t pid);

// Kills (SIGKILL) everything below this process and reaps it; returns when no child is left. Gives
// the wait status of `awaited` when it was among the reaped. Without any child it costs one system
// call.
std::optional<int> end_descendants(pid_t awaited);

// Kills, without reaping, the children of this process that are not in `kept`, with all below them;
// those below a kept child live on. Gives how many such children there are: 0 when all are gone.
int kill_children_except(const std::vector<pid_t>& kept);

}  // namespace dms::agent
