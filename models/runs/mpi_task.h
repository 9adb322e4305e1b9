// A run of an MPI study as a multi-instance task: its inputs on every host, the command on the
// first.
//
// On every host, below $AZ_BATCH_TASK_SHARED_DIR, which has the same name on all of them:
//   .dmsbatch/dmsnode      starts MPI, unpacks and packs
//   .dmsbatch/inputs.zip   gone once it is unpacked
//   .dmsbatch/hostfile     each host on as many lines as it has ranks
//   wd/                    where the inputs are, and where every command starts
//
// Pure functions without state.
#pragma once

#include <string>

#include "batch/wire.h"
#include "models/runs/run.h"
#include "models/runs/run_task.h"

namespace dms::models {

// What is run on every host before the command: unpacks the inputs, then the study's own.
enum class Inputs { none, zipped };
std::string coordination_script(const Run& run, Inputs inputs,
                                const std::vector<AppPackage>& packages = {});

// What is run on the first host: sets DMSBATCH_MPIRUN and the variables that `dmsnode mpirun`
// reads, runs the command as run_script does, and packs the outputs, those of the other hosts in
// hosts/1, hosts/2 and so on when the study asks for them.
std::string mpi_script(const Run& run, const Study& study);

// Adds to a task what makes it a run of an MPI study: both commands, the hosts and their files.
void make_mpi_task(const Run& run, const Study& study, const TaskPlace& place, batch::Task& task);

// Whether tasks over so many hosts can ever start on a pool that is there already.
// Errors: conflict with the reason: no communication between nodes, several slots a node, too few
// nodes.
Status check_pool_for_mpi(const batch::Pool& pool, int hosts);

}  // namespace dms::models
