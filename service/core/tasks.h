// Tasks: their states and what changes them.
//
//   active ──start──► running ──end──► completed
//     ▲                 │ exit ≠ 0, retries left; node lost; requeued
//     └─────────────────┘
//   terminate: active or running ──► completed      reactivate: completed and failed ──► active
//
// move_task is the one function through which a state changes; it keeps the job's counters, its
// queue and its dependencies true. Source: REST reference, "Task" and "Task execution".
#pragma once

#include "service/core/exit_conditions.h"
#include "service/core/state.h"

namespace dms::service {

// A fresh task of what a client sent. Requires: check_task(wire) passed.
// Requires: the job's defaults are filled in.
void fill_task_defaults(batch::Task& wire, const batch::Job& job);
TaskRecord make_task(const batch::Task& wire, std::int64_t sequence, Timestamp now);

// Errors: what the service says to a task it does not take, as batch_error().
Status check_task(const PoolRecord* pool, const batch::Task& wire);

Status check_resource_files(const std::vector<batch::ResourceFile>& files);

// Puts an active task into its job's tables.
TaskRecord& enter_task(JobRecord& job, TaskRecord task,
                       const std::optional<batch::TaskDependencies>& depends_on);
void move_task(JobRecord& job, TaskRecord& task, batch::TaskState to, Timestamp now);

// A parent that is not there any more has satisfied those that depend on it.
void satisfy_dependents(JobRecord& job, const TaskId& parent);

// Errors: batch_error TaskExists, JobCompleted, JobBeingTerminated, JobBeingDeleted.
Result<const TaskRecord*> add_task(Core& core, Effects& out, JobRecord& job, batch::Task wire,
                                   Timestamp now);
// The same of a task that was checked.
const TaskRecord& enter_new_task(Core& core, Effects& out, JobRecord& job, batch::Task wire,
                                 Timestamp now);
// Whether the job takes tasks at all. Errors as above.
Status job_takes_tasks(const JobRecord& job);
Status terminate_task(Core& core, Effects& out, JobRecord& job, TaskRecord& task, Timestamp now);
void delete_task(Core& core, Effects& out, JobRecord& job, TaskRecord& task, Timestamp now);
// The record alone, of a task whose run and directory are seen to.
void erase_task(Effects& out, JobRecord& job, TaskRecord& task, Timestamp now);
Status update_task(Core& core, Effects& out, JobRecord& job, TaskRecord& task,
                   const batch::TaskUpdate& update, Timestamp now);
Status reactivate_task(Core& core, Effects& out, JobRecord& job, TaskRecord& task, Timestamp now);

// Ends a task that is active or running, by a decision and not by its process. Somebody's decision
// is no exit that the task's exit conditions speak of: its job goes on, its dependents are blocked.
void end_task(Effects& out, JobRecord& job, TaskRecord& task, const batch::FailureInfo& why,
              Timestamp now, const ExitDecision& decision = {});

// A run of this task began on the node (by the scheduler, or as an agent's hello tells).
void on_run_started(JobRecord& job, TaskRecord& task, const NodeKey& node, int attempt,
                    int retry_count, Timestamp now);
// Its run ended: completes the task, or queues it again for a retry or because the run was lost. A
// job that performs job actions may be disabled or terminated by that.
void on_run_ended(Effects& out, JobRecord& job, TaskRecord& task, const agent::RunEnd& end,
                  Timestamp now);
// Its node is gone: it waits again. `Requeue::counted` when somebody asked for it.
enum class Requeue { counted, recovery };
void requeue_task(Effects& out, JobRecord& job, TaskRecord& task, Requeue how, Timestamp now);

// Its run is ended by somebody's wish and it waits again: a counted requeue.
void interrupt_task(Effects& out, JobRecord& job, TaskRecord& task, Timestamp now);

// The nodes of the task's latest run, one for each instance that is known.
std::vector<NodeKey> nodes_of(const TaskRecord& task);
// Whether a run of the task that was ended is still there.
bool runs_on(Core& core, const JobRecord& job, const TaskRecord& task, const NodeKey& node);

batch::TaskExecutionInfo execution_info(const TaskRecord& task);
void set_execution_info(TaskRecord& task, const batch::TaskExecutionInfo& info);
std::string task_url(const Core& core, const JobRecord& job, const TaskRecord& task);
// Everything of a job on a node, below the node's root: "workitems/<job>", or of a schedule's job
// "workitems/<schedule>/job-<n>".
std::string job_directory(const JobId& job);
// "workitems/<job>/job-1/<task>", or "workitems/<schedule>/job-<n>/<task>".
std::string task_directory(const JobId& job, const TaskId& task);
// The task as a node's resident.
batch::TaskNodeInfo node_info(const Core& core, const NodeKey& node, const std::string& directory);
agent::RunRef run_ref(const JobRecord& job, const TaskRecord& task, int instance = 0);

}  // namespace dms::service
