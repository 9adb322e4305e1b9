// How programs are started on many hosts: what each MPI implementation wants to be told.
//
// Pure functions of the standard library alone: dmsnode, which stands alone, has them too.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dms::mpi {

enum class Implementation { open_mpi, mpich, intel_mpi, mvapich2 };

// "openmpi", "mpich", "intelmpi", "mvapich2", as studies write them.
std::string_view name_of(Implementation implementation);
std::optional<Implementation> implementation_named(std::string_view name);

// Which implementation answers `mpirun --version` with this text; nothing when it is none of ours.
std::optional<Implementation> implementation_of(std::string_view version_text);

// The words of a list such as AZ_BATCH_HOST_LIST: separated by commas, blanks ignored, empty ones
// dropped.
std::vector<std::string> split_list(std::string_view list);

// A host file with as many slots for each host.
//   Open MPI:                  10.0.0.4 slots=2
//   MPICH, MVAPICH2:           10.0.0.4:2
//   Intel MPI:                 10.0.0.4          the launch line tells the slots
std::string host_file(Implementation implementation, const std::vector<std::string>& hosts,
                      int ranks_per_host);

struct Launch {
  std::string host_file;  // its path
  int hosts = 1;
  int ranks_per_host = 1;
  // Variables of this process's environment that the ranks get. Open MPI gives them these alone;
  // the others give them all that there are.
  std::vector<std::string> environment;
};

// The program that starts ranks and its options; more options and the program may follow. It is
// mpirun of Open MPI, and mpiexec.hydra of all others, which is theirs under whatever mpirun is.
// Ranks are placed host by host: with two on each, 0 and 1 are on the first.
std::vector<std::string> launch_line(Implementation implementation, const Launch& launch);

}  // namespace dms::mpi
