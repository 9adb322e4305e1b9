// Which nodes a multi-instance task gets.
#pragma once

#include <set>

#include "service/core/state.h"

namespace dms::service {

// Free nodes that wait for the rest of those a task needs.
using Reserved = std::set<const NodeRecord*>;

// An ended or deleted run of the same task still owns the task's directory on the node.
bool still_runs_there(const NodeRecord& node, const JobRecord& job, const TaskRecord& task);

// Whether the pool runs such tasks at all (enableInterNodeCommunication, taskSlotsPerNode 1) and
// has as many nodes, those on their way included, as the task has instances.
bool is_large_enough(const PoolRecord& pool, const JobRecord& job, const TaskRecord& task);

// Starts every instance of the task, each on a free node. False when there are too few of them, or
// when the job's preparation is still to succeed on one; the nodes are then reserved.
bool start_instances(Core& core, Effects& out, PoolRecord& pool, JobRecord& job, TaskRecord& task,
                     Reserved& reserved, Timestamp now);

}  // namespace dms::service
