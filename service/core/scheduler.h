// Which task starts where: free slots of a pool meet the queues of its jobs.
#pragma once

#include "service/core/state.h"

namespace dms::service {

// Starts every task that can start in the pool now. Jobs of higher priority first, jobs of equal
// priority in turns, tasks of a job in the order they were added; the first of a queue waits for a
// node with enough free slots, and the rest of that queue waits with it. Spread fills the node with
// most free slots, pack the one with fewest.
void schedule(Core& core, Effects& out, const PoolId& pool, Timestamp now);

// Starts the task's run on the node and takes its slots there.
void start_run(Core& core, Effects& out, JobRecord& job, TaskRecord& task, NodeRecord& node,
               const NodeKey& key, Timestamp now);

}  // namespace dms::service
