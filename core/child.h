// Child processes.
//
// A child starts with default signal handling, nothing blocked, and no descriptors but 0, 1 and 2.
// Functions are thread-safe.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/result.h"

namespace dms {

// Whether the child leads a session, and so a process group, of its own: then kill(-pid) reaches
// its whole tree, and a terminal's Ctrl-C does not.
enum class Session { inherited, own };

struct ChildSpec {
  // The program, found through PATH when it holds no '/', and its arguments. Not empty.
  std::vector<std::string> argv;
  // "NAME=value" each; without it the child has this process's environment.
  std::optional<std::vector<std::string>> env = std::nullopt;
  std::string cwd = {};  // empty: this process's
  // What becomes 0, 1 and 2; -1 is this process's own. Not closed here.
  int stdin_fd = -1;
  int stdout_fd = -1;
  int stderr_fd = -1;
  Session session = Session::inherited;
};

// Starts the program and gives its process id, which must be waited for.
// Errors: not_found and permission when it cannot be started; only the program's name is shown, an
// argument may be a secret.
Result<pid_t> spawn_child(const ChildSpec& spec);

// Waits for the end of a child; gives its status as waitpid(2) does.
// Errors: not_found when it is no child of this process.
Result<int> wait_child(pid_t pid);

// The exit status as a shell tells it: 128 + n for signal n.
int exit_code(int wait_status);

struct Captured {
  int exit_code = 0;
  std::string out;
  std::string err;
};

struct CaptureOptions {
  std::chrono::milliseconds limit{60'000};
  std::size_t output_limit_bytes = std::size_t{64} << 20;  // of each of out and err
  std::stop_token stop = {};
};

// Runs a short command without input and gives what it wrote. A command that oversteps a limit, or
// that is asked to stop, is killed with all it started.
// Errors: those of spawn_child; timeout when it is not done after `limit`; exhausted when it writes
// more than its limit; cancelled.
Result<Captured> run_captured(const std::vector<std::string>& argv, CaptureOptions options = {});

}  // namespace dms
