// A run of an MPI study as a multi-instance task: its inputs on every host, the command on the
// first.
//
// On every host, below $AZ_BATCH_TASK_SHARED_DIR, which has the same name on all of them:
//   .dmsbatch/dmsnode      starts MPI, brings inputs and packs; leads to the node's store when the
//                          job's preparation task brought it (models/place/prepare_task.h)
//   .dmsbatch/inputs.zip   else, until the node keeps them
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

// What is run on every host before the command: brings the inputs and the shared files, then does
// the study's own.
std::string coordination_script(const Run& run, const TaskPlace& place,
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
