// What makes the MPI implementations work between nodes that are all on one machine.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace dms::mpi {

enum class HostNames { own, shared };

struct LocalNodes {
  std::string remote_shell;  // a program that is called as ssh is; absolute
  HostNames host_names = HostNames::own;
};

// Environment variables, which a user's own plain mpirun obeys: the remote shell, the loopback
// interface, as many ranks as asked for whatever the number of cores, none bound to a core and none
// spinning there while it waits, all this for root too.
std::vector<std::pair<std::string, std::string>> local_environment(const LocalNodes& nodes);

}  // namespace dms::mpi
