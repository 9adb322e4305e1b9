// What is brought to each node once: dmsnode, the inputs, the shared files. A job's preparation
// task puts them into the node's store (node/shared_store.h), where all runs find them.
//
// A job keeps the preparation task that it was made with. Runs of a study whose inputs have changed
// since bring theirs themselves, to be kept by the node from the first of them on.
//
// Pure functions without state.
#pragma once

#include <chrono>

#include "batch/wire.h"
#include "models/runs/run_task.h"

namespace dms::models {

// Runs on a node before the job's first run there, and again when the node was restarted; runs of
// the job start only where it succeeded.
batch::JobPreparationTask preparation_task(const TaskPlace& place);

// Whether the job's preparation task brings all that tasks of this place need.
bool is_prepared_by(const batch::Job& job, const TaskPlace& place);

// Errors: conflict when tasks of this place need a shared file that the job's preparation task does
// not bring, with what the user can do: such files do not come with runs.
Status check_shared_files(const batch::Job& job, const TaskPlace& place);

// Errors: conflict, with what the user can do, when less than `least` is left of the signatures by
// which the job's preparation task brings everything: a node that joins the pool later could not be
// prepared, and Batch lets nobody sign a job's preparation anew.
Status check_signatures(const batch::Job& job, Timestamp now, std::chrono::seconds least);

}  // namespace dms::models
