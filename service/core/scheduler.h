// Which task starts where: free slots of a pool meet the queues of its jobs.
#pragma once

#include "service/core/state.h"

namespace dms::service {

// Starts every task that can start in the pool now. Jobs of higher priority first, jobs of equal
// priority in turns, tasks of a job in the order they were added; the first of a queue waits for a
// node with enough free slots, and the rest of that queue waits with it. Spread fills the node with
// most free slots, pack the one with fewest.
// Where nothing is free, tasks of lower priority may have to give way (preemption.h).
//
// A multi-instance task waits for as many free nodes as it has instances, and keeps those it waits
// with from whatever comes after it; jobs of higher priority come before it. One that the pool is
// too small for, or whose pool cannot run such tasks, waits aside and keeps nothing from anybody.
void schedule(Core& core, Effects& out, const PoolId& pool, Timestamp now);

// The pool's jobs with something to run, the one to serve first in front.
std::vector<JobRecord*> waiting_jobs(Core& core, const PoolId& pool);
// How many slots a run of the task takes on this node.
int slots_on(const JobRecord& job, const TaskRecord& task, const NodeRecord& node);

// Starts the task's run on the node and takes its slots there.
void start_run(Core& core, Effects& out, JobRecord& job, TaskRecord& task, NodeRecord& node,
               const NodeKey& key, Timestamp now);

}  // namespace dms::service
