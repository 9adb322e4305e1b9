// The verbs of dmsnode that have to do with MPI: mpirun, mpi-rank, hostfile and gather.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "node/status.h"

namespace dms::node {

inline constexpr const char* mpi_help_text =
    R"(  dmsnode mpirun [OPTION... --] PROGRAM [ARGUMENT...]
      Runs a program on all hosts of a multi-instance task by the mpirun that is on this
      node, and ends with the exit code of the first rank that failed, which it names with
      its host. Options are mpirun's own.
        AZ_BATCH_HOST_LIST        the hosts
        DMSBATCH_RANKS_PER_HOST   ranks on each; by default one per core
        DMSBATCH_MPI              openmpi, mpich, intelmpi, mvapich2, or auto, the default:
                                  asks mpirun
        DMSBATCH_MPI_ENVIRONMENT  names of variables that the ranks get, with commas
        DMSBATCH_HOSTFILE         where host files are written

  dmsnode hostfile FILE
      Writes a host file that every mpirun reads: each host on as many lines as it has ranks.

  dmsnode gather DIR [PATTERN...]
      Brings the matching files of every other host's current directory here, to DIR/1,
      DIR/2 and so on as the hosts stand in AZ_BATCH_HOST_LIST, by mpirun.

)";

bool is_mpi_verb(std::string_view verb);

// `exit_code` is that of the program that mpirun and mpi-rank run; else it is left alone.
// Requires: is_mpi_verb.
Status run_mpi_verb(std::string_view verb, std::vector<std::string> arguments, int& exit_code);

}  // namespace dms::node
