// How the Core's objects stand in the store, and how a restart reads them back.
//
//   kind   key             value
//   pool   <pool>          JSON of batch::Pool
//   node   <pool>/<node>   JSON of batch::Node, with what else is known of it before it
//   work   <pool>/<node>   "<tasks run> <of these, succeeded>"; absent before the first
//   usage  <end>/<node>    JSON of the time that a node was there
//   job    <job>           JSON of batch::Job
//   forced <job>           nothing: it ends without waiting for what runs
//   task   <job>/<task>    "<sequence> <created ticks>\n" and the JSON that was added
//   schedule <schedule>    JSON of batch::JobSchedule, with what it has made before it
//   run    <job>/<task>    JSON of what became of it; absent for a task that has not ended a run
//   node-task  <job>/<pool>/<node>  JSON of what the job's preparation and release did there
//   met    <job>/<task>    nothing: a deleted task that satisfied those that depend on it
//   application  <application>  JSON of it and of its packages
//   life   number          how often a Core was loaded: no two have numbers of tasks in common
//
// A task's start is not written: agents know what runs and tell it (agent/protocol.h).
#pragma once

#include "service/core/state.h"

namespace dms::service {

Change pool_row(const PoolRecord& pool);
Change node_row(const PoolRecord& pool, const NodeRecord& node);
Change work_row(const PoolRecord& pool, const NodeRecord& node);
Change usage_row(const NodeUsage& usage);
Change erase_usage_row(const NodeUsage& usage);
Change job_row(const JobRecord& job);
Change job_schedule_row(const JobScheduleRecord& schedule);
Change forced_row(const JobRecord& job);
Change task_row(const JobRecord& job, const TaskRecord& task);
Change met_row(const JobRecord& job, const TaskId& parent);
Change erase_met_row(const JobRecord& job, const TaskId& parent);
Change run_row(const JobRecord& job, const TaskRecord& task);
Change job_on_node_row(const JobRecord& job, const NodeKey& node, const JobOnNode& there);

// Removes everything of a job, of one task, of one pool or of one node.
std::vector<Change> erase_job_rows(const JobRecord& job);
std::vector<Change> erase_task_rows(const JobRecord& job, const TaskRecord& task);
std::vector<Change> erase_pool_rows(const PoolRecord& pool);
Change erase_job_on_node_rows(const JobRecord& job);
Change erase_job_schedule_row(const JobScheduleRecord& schedule);
Change application_row(const ApplicationRecord& application);
Change erase_application_row(const ApplicationRecord& application);
std::vector<Change> erase_node_rows(const PoolRecord& pool, const NodeRecord& node);

// Fills an empty Core from the store: every node unheard, every unfinished task active. Once per
// start of the service: the sequence numbers of this Core begin above all former ones.
// Errors: corrupt, naming the row.
Status load_core(Core& core, Store& store);
// Parts of it; the first one follows the jobs. Errors: as above.
Status load_jobs_on_nodes(Core& core, Store& store);
Status load_applications(Core& core, Store& store);

}  // namespace dms::service
