// Preparation and release tasks: what a job runs once on a node, before its first task there and
// after its last.
//
//   task given to a node ──► preparing ──(the preparation succeeded)──► running
//                                └──(it failed)──► active, and the node is barred from the job
//   job ends ──(nothing else of it runs on the node)──► release, at most once a node
//
// With waitForSuccess false tasks wait for nothing. What became of both stands in
// JobRecord::on_nodes and in rows; that of nodes that have left, too. Runs of both need no slots.
// Source: REST reference, "Job - Add" and "Run job preparation and job release tasks".
#pragma once

#include "service/core/state.h"

namespace dms::service {

// Errors: batch_error InvalidPropertyValue, MissingRequiredProperty, UnsupportedProperty.
Status check_node_tasks(const batch::Job& wire);
void fill_node_tasks(batch::Job& wire);

// Tells this job's runs from those of an earlier job of its id.
std::int64_t incarnation_of(const JobRecord& job);
bool is_node_task(const agent::RunRef& run);
batch::JobPreparationTaskExecutionInfo preparation_info(const NodeTask& task);
batch::JobReleaseTaskExecutionInfo release_info(const NodeTask& task);

// -- tasks and the preparation --

// Whether the preparation failed on the node, so that it takes no task of the job.
bool is_barred(const JobRecord& job, const NodeKey& node);
// Starts the preparation on the node if it must run there and does not. Whether a task of the job
// may start there now.
bool prepare_node(Core& core, Effects& out, JobRecord& job, NodeRecord& node, const NodeKey& key,
                  Timestamp now);
// The task waits on the node for the preparation, with its slots taken.
void await_preparation(JobRecord& job, TaskRecord& task, NodeRecord& node, const NodeKey& key,
                       Timestamp now);
// Frees the slots of tasks that wait on the node no longer, being ended, deleted or elsewhere.
void drop_stale_waiting(Core& core, NodeRecord& node, const NodeKey& key);

// -- what happens to nodes and their runs --

void on_node_task_ended(Core& core, Effects& out, NodeRecord& node, const NodeKey& key,
                        const agent::RunEnd& end, Timestamp now);
// A run that an agent speaks of. Whether it is one that the service wants.
bool adopt_node_task(Core& core, const NodeKey& key, const agent::RunRef& run, Timestamp now);
// The node's agent has said what it runs: starts what it should run and does not know of.
void make_up_for_node_tasks(Core& core, Effects& out, NodeRecord& node, const NodeKey& key,
                            Timestamp now);
// Another agent process runs the node; its files are there still, or the node is as new.
enum class NodeFiles { kept, wiped };
void on_node_booted(Core& core, Effects& out, const NodeKey& key, NodeFiles files, Timestamp now);
// Its agent is dead or the node is gone: what ran there is lost, what waited there waits elsewhere.
void on_node_lost(Core& core, Effects& out, NodeRecord& node, const NodeKey& key, Timestamp now);
// What waits there for a preparation (of one job, or of all) waits elsewhere.
void give_up_waiting(Core& core, NodeRecord& node, const NodeKey& key, const JobRecord* of,
                     Timestamp now);
// It takes no more tasks: its preparations are ended, what waited there waits elsewhere.
void on_node_leaves(Core& core, Effects& out, NodeRecord& node, const NodeKey& key, Timestamp now);

// -- the job's end --

// Ends the job's preparations and runs its releases. Whether all of them are over, or never will
// be, their nodes having left. Requires: the job is finishing.
bool settle_releases(Core& core, Effects& out, JobRecord& job, Timestamp now);

// Ends the job's preparations, waiting for nothing.
void end_preparations(Effects& out, JobRecord& job);

std::vector<batch::JobPreparationAndReleaseTaskStatus> show_node_tasks(const Core& core,
                                                                       const JobRecord& job);

}  // namespace dms::service
