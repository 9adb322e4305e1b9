// The keys of a study whose runs are MPI programs on several hosts each.
//
//   num_hosts: 3                     # nodes of the pool
//   mpi_command: |                   # on the first host of each run, as `command` is run
//     $DMSBATCH_MPIRUN lmp -in in.melt
//   coordination_command: make       # on every host before, where the inputs are unpacked
//   mpi:
//     hosts: 3                       # of one run; num_hosts unless given
//     ranks_per_host: 2              # one per core of a node unless given
//     implementation: auto           # or openmpi, mpich, intelmpi, mvapich2
//     environment: [LD_PRELOAD]      # what the ranks get beside the run's own variables
//     outputs: primary               # or all: those of the other hosts in hosts/1, hosts/2 …
#pragma once

#include <string>
#include <vector>

#include "core/result.h"

namespace dms::models {

struct Study;
struct YamlNode;
class StudyReader;

struct MpiKeys {
  std::string coordination_command;
  std::string implementation = "auto";
  int hosts = 0;           // 0: num_hosts
  int ranks_per_host = 0;  // 0: one per core
  std::vector<std::string> environment;
  enum class Outputs { primary, all };
  Outputs outputs = Outputs::primary;
};

// The hosts of one run. Requires: the study has `mpi`.
int hosts_per_run(const Study& study);

// The keys in words, but for the coordination command: "3 hosts, 2 ranks on each". What they say
// belongs to a run's identity.
std::string mpi_placement(const Study& study);

// Readers of the keys, which all make study.mpi; `mpi_command` is kept as the study's command, with
// $DMSBATCH_MPIRUN for {mpirun}.
Status read_mpi_command(const StudyReader& reader, const YamlNode& node, Study& study);
Status read_coordination_command(const StudyReader& reader, const YamlNode& node, Study& study);
Status read_mpi(const StudyReader& reader, const YamlNode& node, Study& study);

// What must be so for runs ever to start: one slot a node, and as many nodes as a run has hosts.
// Errors: invalid_argument with the key's place.
Status check_mpi(const StudyReader& reader, const YamlNode& root, const Study& study);

}  // namespace dms::models
