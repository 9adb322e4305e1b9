// The remote shell between the nodes of a multi-instance task: the asking side.
#pragma once

#include <string>
#include <vector>

namespace dms::agent {

// The body of `dmsbatch node-shell`, which stands for ssh and is called like it:
// [OPTION…] [USER@]HOST COMMAND…. Has the instance on that host start the command with this
// process's standard descriptors, and gives the command's exit code. A host that has no instance of
// this task is left to the real ssh. Gives 255, with a message on stderr, when there is none, when
// the instance cannot be reached, or when it is ended first.
int run_node_shell(const std::vector<std::string>& arguments);

// What ssh would make of its arguments: its options are passed over, the words of the command are
// joined by blanks.
struct ShellCall {
  std::string host;  // without the user; empty: no host was named
  std::string command;
};
ShellCall parse_shell_call(const std::vector<std::string>& arguments);

}  // namespace dms::agent
