// What an instance of a multi-instance task finds on its node beside a plain task: the node's own
// name and directories (agent/node_view.h), a remote shell to the nodes of the other instances, and
// what MPI needs to use both.
//
// Between the nodes there is no ssh. A program of that name stands first in the PATH, and asks the
// instance on the other node, of the same task, to start the command (agent/shell_server.h); so the
// command ends with the task like everything else on that node. As with ssh, it gets the user's
// environment, not the task's, and starts in the user's home. Other hosts are left to the real ssh.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/command_line.h"
#include "agent/node_view.h"
#include "agent/peers.h"
#include "agent/protocol.h"
#include "agent/shell_server.h"
#include "core/result.h"

namespace dms::agent {

// In the environment of instances and of what they start elsewhere: the path of a peer_list.
inline constexpr const char* peers_variable = "DMSBATCH_PEERS";

class InstanceNode {
 public:
  // Makes what is needed in the node's volatile directory, in place of what an earlier instance
  // left, and takes from the task's environment what is for the agent. `user` is the environment
  // that a user has after logging in.
  // Errors: fail_errno's. Requires: spec.coordination.
  static Result<std::unique_ptr<InstanceNode>> set_up(const RunRef& run, const std::string& root,
                                                      Environment& task, const Environment& user);

  const NodeView& view() const { return view_; }
  ShellServer& shell() { return *shell_; }

 private:
  InstanceNode(std::string root, std::string run, std::vector<Peer> peers)
      : root_(std::move(root)), run_(std::move(run)), peers_(std::move(peers)) {}

  Status write_files() const;
  NodeViewSpec view_of(int instance) const;
  Status open_shell(const Environment& user);
  // Adds what the environment does not set itself.
  void complete(Environment& environment) const;
  std::string directory() const { return root_ + "/volatile/instance"; }

  std::string root_;
  std::string run_;
  std::vector<Peer> peers_;
  NodeView view_;
  std::optional<ShellServer> shell_;
};

}  // namespace dms::agent
