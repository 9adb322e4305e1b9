// Every operation of the Batch service that this project speaks, one row each, used by both ends.
//
// Source: Azure Batch REST reference. The status is the only one that Microsoft's clients accept.
#pragma once

#include <array>

#include "batch/wire.h"
#include "core/operation.h"

namespace dms::batch::op {

using dms::Nothing;
using dms::Operation;
using dms::Repeat;

// clang-format off
inline constexpr Operation<Pool, Nothing>          add_pool      {"AddPool",      "POST",   "/pools",                 201, {}, Repeat::by_id};
inline constexpr Operation<Nothing, Page<Pool>>    list_pools    {"ListPools",    "GET",    "/pools",                 200, "pools"};
inline constexpr Operation<Nothing, Pool>          get_pool      {"GetPool",      "GET",    "/pools/{poolId}",        200, "pools/@Element"};
inline constexpr Operation<Nothing, Nothing>       pool_exists   {"PoolExists",   "HEAD",   "/pools/{poolId}",        200};
inline constexpr Operation<Nothing, Nothing>       delete_pool   {"DeletePool",   "DELETE", "/pools/{poolId}",        202};
inline constexpr Operation<PoolResize, Nothing>    resize_pool   {"ResizePool",   "POST",   "/pools/{poolId}/resize", 202, {}, Repeat::unsafe};
inline constexpr Operation<Nothing, Page<PoolNodeCounts>> list_node_counts{"ListPoolNodeCounts", "GET", "/nodecounts", 200, "poolnodecounts"};

inline constexpr Operation<Nothing, Page<Node>>    list_nodes    {"ListNodes",    "GET",    "/pools/{poolId}/nodes",                          200, "nodes"};
inline constexpr Operation<Nothing, Node>          get_node      {"GetNode",      "GET",    "/pools/{poolId}/nodes/{nodeId}",                 200, "nodes/@Element"};
inline constexpr Operation<Nothing, Page<NodeFile>> list_node_files{"ListNodeFiles", "GET",  "/pools/{poolId}/nodes/{nodeId}/files",          200, "files"};
inline constexpr Operation<Nothing, std::string>   get_node_file {"GetNodeFile",  "GET",    "/pools/{poolId}/nodes/{nodeId}/files/{filePath}", 200};
inline constexpr Operation<Nothing, NodeFile>      get_node_file_properties{"GetNodeFileProperties", "HEAD", "/pools/{poolId}/nodes/{nodeId}/files/{filePath}", 200};

inline constexpr Operation<Job, Nothing>           add_job       {"AddJob",       "POST",   "/jobs",                  201, {}, Repeat::by_id};
inline constexpr Operation<Nothing, Page<Job>>     list_jobs     {"ListJobs",     "GET",    "/jobs",                  200, "jobs"};
inline constexpr Operation<Nothing, Job>           get_job       {"GetJob",       "GET",    "/jobs/{jobId}",          200, "jobs/@Element"};
inline constexpr Operation<JobPatch, Nothing>      patch_job     {"PatchJob",     "PATCH",  "/jobs/{jobId}",          200};
inline constexpr Operation<Nothing, Nothing>       delete_job    {"DeleteJob",    "DELETE", "/jobs/{jobId}",          202};
inline constexpr Operation<JobTerminate, Nothing>  terminate_job {"TerminateJob", "POST",   "/jobs/{jobId}/terminate", 202};
inline constexpr Operation<Nothing, TaskCountsResult> get_task_counts{"GetTaskCounts", "GET", "/jobs/{jobId}/taskcounts", 200, "taskcountsresult/@Element"};

inline constexpr Operation<Task, Nothing>          add_task      {"AddTask",      "POST",   "/jobs/{jobId}/tasks",             201, {}, Repeat::by_id};
inline constexpr Operation<TaskCollection, TaskAddCollectionResult> add_task_collection{"AddTaskCollection", "POST", "/jobs/{jobId}/addtaskcollection", 200, "taskaddresult", Repeat::by_id};
inline constexpr Operation<Nothing, Page<Task>>    list_tasks    {"ListTasks",    "GET",    "/jobs/{jobId}/tasks",             200, "tasks"};
inline constexpr Operation<Nothing, Task>          get_task      {"GetTask",      "GET",    "/jobs/{jobId}/tasks/{taskId}",    200, "tasks/@Element"};
inline constexpr Operation<TaskUpdate, Nothing>    update_task   {"UpdateTask",   "PUT",    "/jobs/{jobId}/tasks/{taskId}",    200};
inline constexpr Operation<Nothing, Nothing>       delete_task   {"DeleteTask",   "DELETE", "/jobs/{jobId}/tasks/{taskId}",    200};
inline constexpr Operation<Nothing, Nothing>       terminate_task{"TerminateTask", "POST",  "/jobs/{jobId}/tasks/{taskId}/terminate", 204};
inline constexpr Operation<Nothing, Nothing>       reactivate_task{"ReactivateTask", "POST", "/jobs/{jobId}/tasks/{taskId}/reactivate", 204};
inline constexpr Operation<Nothing, Page<NodeFile>> list_task_files{"ListTaskFiles", "GET", "/jobs/{jobId}/tasks/{taskId}/files",            200, "files"};
inline constexpr Operation<Nothing, std::string>   get_task_file {"GetTaskFile",  "GET",    "/jobs/{jobId}/tasks/{taskId}/files/{filePath}", 200};
inline constexpr Operation<Nothing, NodeFile>      get_task_file_properties{"GetTaskFileProperties", "HEAD", "/jobs/{jobId}/tasks/{taskId}/files/{filePath}", 200};
// clang-format on

// Calls `use` with every row, for tables of all operations.
template <class Use>
constexpr void for_each(Use&& use) {
  const auto all = [&](const auto&... rows) { (use(rows), ...); };
  all(add_pool, list_pools, get_pool, pool_exists, delete_pool, resize_pool, list_node_counts,
      list_nodes, get_node, list_node_files, get_node_file, get_node_file_properties, add_job,
      list_jobs, get_job, patch_job, delete_job, terminate_job, get_task_counts, add_task,
      add_task_collection, list_tasks, get_task, update_task, delete_task, terminate_task,
      reactivate_task, list_task_files, get_task_file, get_task_file_properties);
}

}  // namespace dms::batch::op
