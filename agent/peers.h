// The nodes of a multi-instance task, as its instances know each other.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/command_line.h"

namespace dms::agent {

// A setting of an instance's spec that is for the agent, not for the task: the roots of the nodes
// in the order of AZ_BATCH_HOST_LIST, one a line.
inline constexpr const char* peer_roots_variable = "DMSBATCH_PEER_ROOTS";

struct Peer {
  std::string address;    // of its node
  std::string host_name;  // the name that the task's processes know the node by
  std::string root;       // of its node; absolute
  std::string socket_path() const { return root + "/volatile/instance/shell.sock"; }
};

// The instances by number; takes the agent's setting out of the environment. None when the
// environment tells of none.
std::vector<Peer> take_peers(Environment& environment);

// A list of peers as instances leave it for the remote shell: the run it is of in the first line,
// then a peer a line: address, host name and socket, by tabs.
std::string peer_list(const std::string& run, const std::vector<Peer>& peers);
struct Target {
  std::string run;
  std::string socket_path;
};
// Where in such a list a host is, by its address or its name; nothing when it is not there.
std::optional<Target> find_host(std::string_view peer_list, std::string_view host);

}  // namespace dms::agent
