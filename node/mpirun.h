// `dmsnode mpirun`: starts a program on all hosts of a multi-instance task with the mpirun that is
// on this node, whichever it is, and says which rank failed where.
#pragma once

#include <string>
#include <vector>

#include "mpi/launch.h"
#include "node/status.h"

namespace dms::node {

// What a task's environment says about its MPI run.
struct MpiPlan {
  mpi::Implementation implementation = mpi::Implementation::open_mpi;
  std::vector<std::string> hosts;        // AZ_BATCH_HOST_LIST; this host alone without it
  int ranks_per_host = 1;                // DMSBATCH_RANKS_PER_HOST; without it, this node's cores
  std::vector<std::string> environment;  // of DMSBATCH_MPI_ENVIRONMENT, those that are set
  std::string host_file;                 // DMSBATCH_HOSTFILE; "hostfile" without it
};

// Reads the plan; the implementation is that of DMSBATCH_MPI, or what mpirun answers to --version.
// Errors: usage for variables that make no sense; unavailable when there is no mpirun, or one that
// is not known.
Status read_mpi_plan(MpiPlan& plan);

// Writes the host file that the plan's implementation reads, and gives its path.
Status write_host_file(const MpiPlan& plan, const std::vector<std::string>& hosts,
                       int ranks_per_host, std::string& path);

// Runs the program on all hosts; `arguments` are the program and its own, after options for mpirun
// and "--" if there are any. `exit_code` is that of the first rank that failed, 128 + n for signal
// n, else mpirun's. An mpirun that goes on after a rank has failed is ended ten seconds later.
// Requires: `self` is this program's path, the same on every host.
Status mpirun(const std::string& self, const std::vector<std::string>& arguments, int& exit_code);

// A host file that every implementation reads: each host on as many lines as it has ranks.
Status write_plain_host_file(const std::string& path);

}  // namespace dms::node
