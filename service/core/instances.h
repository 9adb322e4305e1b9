// Multi-instance tasks: an attempt is one run of each instance, each on a node of its own.
//
//   all instances start ──each coordinated──► the primary, number 0, proceeds with the command
//   the primary ends ──► so does the attempt; the subtasks are ended and count as successful
//   another instance ends before it, or its node is lost ──► so does the attempt, the others are
//   ended, and the task fails, is tried again or is requeued as a whole
//
// No attempt goes on without all of its instances. After a restart those are told by the agents'
// hellos; an attempt that lacks one when the whole pool has been heard is requeued.
// Source: REST reference, "multiInstanceSettings"; "Use multi-instance tasks to run MPI
// applications in Batch".
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/protocol.h"
#include "batch/wire_task.h"
#include "service/core/ids.h"

namespace dms::service {

struct Core;
struct Effects;
struct JobRecord;
struct PoolRecord;
struct TaskRecord;

struct Instance {
  std::optional<NodeKey> node;  // nothing: not heard of since a restart
  bool coordinated = false;
  bool over = false;          // its run has ended or was told to
  batch::SubtaskInfo info{};  // as shown, without id and node
};

// Of a multi-instance task; its latest attempt.
struct Instances {
  int count = 1;
  bool proceeded = false;        // the primary was told to
  std::vector<Instance> list{};  // by number; empty before the first attempt
};

// numberOfInstances; 1 for a plain task.
int instance_count(const TaskRecord& task);

// Begins an attempt of a task that has just been moved to running: one instance per node, the
// primary's first.
void begin_instances(TaskRecord& task, const std::vector<NodeKey>& nodes, Timestamp now);

// Whether the run is one of the attempt under way, on the node where it belongs.
bool is_instance_of(const TaskRecord& task, const NodeKey& node, const agent::RunRef& run);

// A run that an agent's hello tells of: the task's record follows it. Returns whether it is wanted.
bool adopt_instance(Core& core, Effects& out, JobRecord& job, TaskRecord& task, const NodeKey& node,
                    const agent::RunRef& run, Timestamp now);
// How far the running instances of a hello are.
void on_phases_told(Core& core, Effects& out, const NodeKey& node,
                    const std::vector<agent::RunningInstance>& instances);
// Runs whose coordination commands have succeeded: with the last of an attempt the primary
// proceeds.
void on_coordinated(Core& core, Effects& out, const NodeKey& node,
                    const std::vector<agent::RunRef>& runs);
// The end of one instance ends the attempt, and the task or its attempt with it.
// Requires: is_instance_of.
void on_instance_ended(Core& core, Effects& out, JobRecord& job, TaskRecord& task,
                       const NodeKey& node, const agent::RunEnd& end, Timestamp now);
// Has every instance that is not over ended. Safe to repeat.
void end_instances(Effects& out, const JobRecord& job, TaskRecord& task, Timestamp now);
// Requeues the attempts that lack an instance. Requires: the pool's nodes are all heard.
void settle_attempts(Core& core, Effects& out, PoolRecord& pool, Timestamp now);

// The instances but the primary; none of a plain task or one that waits to run.
batch::Subtasks show_subtasks(const Core& core, const JobRecord& job, const TaskRecord& task);

// "workitems/<job>/job-1/<task>" of the primary, "…/<number>" below it of a subtask.
std::string instance_directory(const JobId& job, const TaskId& task, int number);

}  // namespace dms::service
