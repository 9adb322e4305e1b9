// Child processes of dmsnode.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "node/status.h"

namespace dms::node {

struct Streams {
  int in = -1;  // -1: this process's own
  int out = -1;
  int err = -1;
};

// Starts a program that is looked for in the PATH. One that cannot be started ends with 127.
Status start_process(const std::vector<std::string>& argv, Streams streams, pid_t& pid);

// Waits for the end; gives the status of waitpid(2).
int wait_for_process(pid_t pid);

// As a shell tells it: 128 + n for signal n.
int exit_code_of(int wait_status);

// What a program writes to both its streams, and its exit code.
Status output_of(const std::vector<std::string>& argv, std::string& text, int& exit_code);

}  // namespace dms::node
