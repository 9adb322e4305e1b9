// What an agent is told of a run: the task's words and the environment that Batch promises it.
#pragma once

#include "service/core/state.h"

namespace dms::service {

// Requires: the node, the task's own or that of an instance, is in the Core.
// Errors: internal when the stored task cannot be read; not_found, service code
// ApplicationPackageError, for a package that is not there.
Result<agent::RunSpec> run_spec_of_task(const Core& core, const JobRecord& job,
                                        const TaskRecord& task, const NodeKey& node);
// Of one instance of a multi-instance task. Requires: the nodes of all its instances are in the
// Core. Errors: as above.
Result<agent::RunSpec> run_spec_of_instance(const Core& core, const JobRecord& job,
                                            const TaskRecord& task, int number);

// Requires: the pool has a start task.
agent::RunSpec run_spec_of_start_task(const Core& core, const PoolRecord& pool,
                                      const NodeRecord& node, int attempt, int retry_count);

// The run of a preparation or release task that `task` speaks of.
agent::RunRef node_task_ref(const JobRecord& job, agent::RunKind kind, const NodeTask& task);
// Requires: the job has such a task, the node is in the Core.
agent::RunSpec run_spec_of_node_task(const Core& core, const JobRecord& job, const NodeKey& node,
                                     agent::RunKind kind, const NodeTask& task);

}  // namespace dms::service
