// Every operation of the Batch service's data plane, one row each, used by both ends.
//
// Source: Azure Batch REST reference. The status is the only one that Microsoft's clients accept.
// The last group holds what Azure has retired and older clients still call.
#pragma once

#include <array>

#include "batch/wire.h"
#include "batch/wire_retired.h"
#include "batch/wire_statistics.h"
#include "core/operation.h"

namespace dms::batch::op {

using dms::Nothing;
using dms::Operation;
using dms::Repeat;

// clang-format off

// Pools
inline constexpr Operation<Pool, Nothing>                       add_pool                  {"AddPool", "POST", "/pools", 201, {}, Repeat::by_id};
inline constexpr Operation<Nothing, Page<Pool>>                 list_pools                {"ListPools", "GET", "/pools", 200, "pools"};
inline constexpr Operation<Nothing, Pool>                       get_pool                  {"GetPool", "GET", "/pools/{poolId}", 200, "pools/@Element"};
inline constexpr Operation<Nothing, Nothing>                    pool_exists               {"PoolExists", "HEAD", "/pools/{poolId}", 200};
inline constexpr Operation<PoolPatch, Nothing>                  patch_pool                {"PatchPool", "PATCH", "/pools/{poolId}", 200};
inline constexpr Operation<PoolUpdate, Nothing>                 update_pool               {"UpdatePoolProperties", "POST", "/pools/{poolId}/updateproperties", 204};
inline constexpr Operation<Nothing, Nothing>                    delete_pool               {"DeletePool", "DELETE", "/pools/{poolId}", 202};
inline constexpr Operation<PoolResize, Nothing>                 resize_pool               {"ResizePool", "POST", "/pools/{poolId}/resize", 202, {}, Repeat::unsafe};
inline constexpr Operation<Nothing, Nothing>                    stop_pool_resize          {"StopPoolResize", "POST", "/pools/{poolId}/stopresize", 202, {}, Repeat::unsafe};
inline constexpr Operation<NodeRemove, Nothing>                 remove_nodes              {"RemoveNodes", "POST", "/pools/{poolId}/removenodes", 202, {}, Repeat::unsafe};
inline constexpr Operation<EnableAutoScale, Nothing>            enable_auto_scale         {"EnableAutoScale", "POST", "/pools/{poolId}/enableautoscale", 200};
inline constexpr Operation<Nothing, Nothing>                    disable_auto_scale        {"DisableAutoScale", "POST", "/pools/{poolId}/disableautoscale", 200};
inline constexpr Operation<EvaluateAutoScale, AutoScaleRun>     evaluate_auto_scale       {"EvaluateAutoScale", "POST", "/pools/{poolId}/evaluateautoscale", 200, "Microsoft.Azure.Batch.Protocol.Entities.AutoScaleRun"};
inline constexpr Operation<Nothing, Page<PoolUsageMetrics>>     list_pool_usage_metrics   {"ListPoolUsageMetrics", "GET", "/poolusagemetrics", 200, "poolusagemetrics"};

// Account
inline constexpr Operation<Nothing, Page<PoolNodeCounts>>       list_node_counts          {"ListPoolNodeCounts", "GET", "/nodecounts", 200, "poolnodecounts"};
inline constexpr Operation<Nothing, Page<ImageInformation>>     list_supported_images     {"ListSupportedImages", "GET", "/supportedimages", 200, "supportedimages"};
inline constexpr Operation<Nothing, Page<ApplicationSummary>>   list_applications         {"ListApplications", "GET", "/applications", 200, "listapplicationsummariesresponses"};
inline constexpr Operation<Nothing, ApplicationSummary>         get_application           {"GetApplication", "GET", "/applications/{applicationId}", 200, "getapplicationsummaryresponse/@Element"};

// Nodes
inline constexpr Operation<Nothing, Page<Node>>                 list_nodes                {"ListNodes", "GET", "/pools/{poolId}/nodes", 200, "nodes"};
inline constexpr Operation<Nothing, Node>                       get_node                  {"GetNode", "GET", "/pools/{poolId}/nodes/{nodeId}", 200, "nodes/@Element"};
inline constexpr Operation<NodeReboot, Nothing>                 reboot_node               {"RebootNode", "POST", "/pools/{poolId}/nodes/{nodeId}/reboot", 202, {}, Repeat::unsafe};
inline constexpr Operation<NodeReimage, Nothing>                reimage_node              {"ReimageNode", "POST", "/pools/{poolId}/nodes/{nodeId}/reimage", 202, {}, Repeat::unsafe};
inline constexpr Operation<NodeDeallocate, Nothing>             deallocate_node           {"DeallocateNode", "POST", "/pools/{poolId}/nodes/{nodeId}/deallocate", 202, {}, Repeat::unsafe};
inline constexpr Operation<Nothing, Nothing>                    start_node                {"StartNode", "POST", "/pools/{poolId}/nodes/{nodeId}/start", 202, {}, Repeat::unsafe};
inline constexpr Operation<NodeDisableScheduling, Nothing>      disable_node_scheduling   {"DisableNodeScheduling", "POST", "/pools/{poolId}/nodes/{nodeId}/disablescheduling", 200};
inline constexpr Operation<Nothing, Nothing>                    enable_node_scheduling    {"EnableNodeScheduling", "POST", "/pools/{poolId}/nodes/{nodeId}/enablescheduling", 200};
inline constexpr Operation<NodeUser, Nothing>                   add_node_user             {"AddNodeUser", "POST", "/pools/{poolId}/nodes/{nodeId}/users", 201, {}, Repeat::by_id};
inline constexpr Operation<NodeUserUpdate, Nothing>             update_node_user          {"UpdateNodeUser", "PUT", "/pools/{poolId}/nodes/{nodeId}/users/{userName}", 200};
inline constexpr Operation<Nothing, Nothing>                    delete_node_user          {"DeleteNodeUser", "DELETE", "/pools/{poolId}/nodes/{nodeId}/users/{userName}", 200};
inline constexpr Operation<Nothing, RemoteLoginSettings>        get_remote_login_settings {"GetRemoteLoginSettings", "GET", "/pools/{poolId}/nodes/{nodeId}/remoteloginsettings", 200, "Microsoft.Azure.Batch.Protocol.Entities.RemoteLoginSettings"};
inline constexpr Operation<UploadServiceLogs, UploadServiceLogsResult> upload_service_logs       {"UploadServiceLogs", "POST", "/pools/{poolId}/nodes/{nodeId}/uploadbatchservicelogs", 200, "Microsoft.Azure.Batch.Protocol.Entities.UploadBatchServiceLogsResult", Repeat::unsafe};
inline constexpr Operation<Nothing, Page<NodeVmExtension>>      list_node_extensions      {"ListNodeExtensions", "GET", "/pools/{poolId}/nodes/{nodeId}/extensions", 200, "extensions"};
inline constexpr Operation<Nothing, NodeVmExtension>            get_node_extension        {"GetNodeExtension", "GET", "/pools/{poolId}/nodes/{nodeId}/extensions/{extensionName}", 200, "extensions/@Element"};
inline constexpr Operation<Nothing, Page<NodeFile>>             list_node_files           {"ListNodeFiles", "GET", "/pools/{poolId}/nodes/{nodeId}/files", 200, "files"};
inline constexpr Operation<Nothing, std::string>                get_node_file             {"GetNodeFile", "GET", "/pools/{poolId}/nodes/{nodeId}/files/{filePath}", 200};
inline constexpr Operation<Nothing, NodeFile>                   get_node_file_properties  {"GetNodeFileProperties", "HEAD", "/pools/{poolId}/nodes/{nodeId}/files/{filePath}", 200};
inline constexpr Operation<Nothing, Nothing>                    delete_node_file          {"DeleteNodeFile", "DELETE", "/pools/{poolId}/nodes/{nodeId}/files/{filePath}", 200};

// Jobs
inline constexpr Operation<Job, Nothing>                        add_job                   {"AddJob", "POST", "/jobs", 201, {}, Repeat::by_id};
inline constexpr Operation<Nothing, Page<Job>>                  list_jobs                 {"ListJobs", "GET", "/jobs", 200, "jobs"};
inline constexpr Operation<Nothing, Job>                        get_job                   {"GetJob", "GET", "/jobs/{jobId}", 200, "jobs/@Element"};
inline constexpr Operation<JobPatch, Nothing>                   patch_job                 {"PatchJob", "PATCH", "/jobs/{jobId}", 200};
inline constexpr Operation<JobUpdate, Nothing>                  update_job                {"UpdateJob", "PUT", "/jobs/{jobId}", 200};
inline constexpr Operation<Nothing, Nothing>                    delete_job                {"DeleteJob", "DELETE", "/jobs/{jobId}", 202};
inline constexpr Operation<JobDisable, Nothing>                 disable_job               {"DisableJob", "POST", "/jobs/{jobId}/disable", 202};
inline constexpr Operation<Nothing, Nothing>                    enable_job                {"EnableJob", "POST", "/jobs/{jobId}/enable", 202};
inline constexpr Operation<JobTerminate, Nothing>               terminate_job             {"TerminateJob", "POST", "/jobs/{jobId}/terminate", 202};
inline constexpr Operation<Nothing, Page<JobPreparationAndReleaseTaskStatus>> list_preparation_and_release_status{"ListPreparationAndReleaseStatus", "GET", "/jobs/{jobId}/jobpreparationandreleasetaskstatus", 200, "jobpreparationandreleasetaskstatuslist"};
inline constexpr Operation<Nothing, TaskCountsResult>           get_task_counts           {"GetTaskCounts", "GET", "/jobs/{jobId}/taskcounts", 200, "taskcountsresult/@Element"};

// Job schedules
inline constexpr Operation<JobSchedule, Nothing>                add_job_schedule          {"AddJobSchedule", "POST", "/jobschedules", 201, {}, Repeat::by_id};
inline constexpr Operation<Nothing, Page<JobSchedule>>          list_job_schedules        {"ListJobSchedules", "GET", "/jobschedules", 200, "jobschedules"};
inline constexpr Operation<Nothing, JobSchedule>                get_job_schedule          {"GetJobSchedule", "GET", "/jobschedules/{jobScheduleId}", 200, "jobschedules/@Element"};
inline constexpr Operation<Nothing, Nothing>                    job_schedule_exists       {"JobScheduleExists", "HEAD", "/jobschedules/{jobScheduleId}", 200};
inline constexpr Operation<JobSchedulePatch, Nothing>           patch_job_schedule        {"PatchJobSchedule", "PATCH", "/jobschedules/{jobScheduleId}", 200};
inline constexpr Operation<JobScheduleUpdate, Nothing>          update_job_schedule       {"UpdateJobSchedule", "PUT", "/jobschedules/{jobScheduleId}", 200};
inline constexpr Operation<Nothing, Nothing>                    delete_job_schedule       {"DeleteJobSchedule", "DELETE", "/jobschedules/{jobScheduleId}", 202};
inline constexpr Operation<Nothing, Nothing>                    disable_job_schedule      {"DisableJobSchedule", "POST", "/jobschedules/{jobScheduleId}/disable", 204};
inline constexpr Operation<Nothing, Nothing>                    enable_job_schedule       {"EnableJobSchedule", "POST", "/jobschedules/{jobScheduleId}/enable", 204};
inline constexpr Operation<Nothing, Nothing>                    terminate_job_schedule    {"TerminateJobSchedule", "POST", "/jobschedules/{jobScheduleId}/terminate", 202};
inline constexpr Operation<Nothing, Page<Job>>                  list_jobs_of_schedule     {"ListJobsOfSchedule", "GET", "/jobschedules/{jobScheduleId}/jobs", 200, "jobs"};

// Tasks
inline constexpr Operation<Task, Nothing>                       add_task                  {"AddTask", "POST", "/jobs/{jobId}/tasks", 201, {}, Repeat::by_id};
inline constexpr Operation<TaskCollection, TaskAddCollectionResult> add_task_collection       {"AddTaskCollection", "POST", "/jobs/{jobId}/addtaskcollection", 200, "taskaddresult", Repeat::by_id};
inline constexpr Operation<Nothing, Page<Task>>                 list_tasks                {"ListTasks", "GET", "/jobs/{jobId}/tasks", 200, "tasks"};
inline constexpr Operation<Nothing, Task>                       get_task                  {"GetTask", "GET", "/jobs/{jobId}/tasks/{taskId}", 200, "tasks/@Element"};
inline constexpr Operation<TaskUpdate, Nothing>                 update_task               {"UpdateTask", "PUT", "/jobs/{jobId}/tasks/{taskId}", 200};
inline constexpr Operation<Nothing, Nothing>                    delete_task               {"DeleteTask", "DELETE", "/jobs/{jobId}/tasks/{taskId}", 200};
inline constexpr Operation<Nothing, Nothing>                    terminate_task            {"TerminateTask", "POST", "/jobs/{jobId}/tasks/{taskId}/terminate", 204};
inline constexpr Operation<Nothing, Nothing>                    reactivate_task           {"ReactivateTask", "POST", "/jobs/{jobId}/tasks/{taskId}/reactivate", 204};
inline constexpr Operation<Nothing, Subtasks>                   list_subtasks             {"ListSubtasks", "GET", "/jobs/{jobId}/tasks/{taskId}/subtasksinfo", 200, "subtasksinfo"};
inline constexpr Operation<Nothing, Page<NodeFile>>             list_task_files           {"ListTaskFiles", "GET", "/jobs/{jobId}/tasks/{taskId}/files", 200, "files"};
inline constexpr Operation<Nothing, std::string>                get_task_file             {"GetTaskFile", "GET", "/jobs/{jobId}/tasks/{taskId}/files/{filePath}", 200};
inline constexpr Operation<Nothing, NodeFile>                   get_task_file_properties  {"GetTaskFileProperties", "HEAD", "/jobs/{jobId}/tasks/{taskId}/files/{filePath}", 200};
inline constexpr Operation<Nothing, Nothing>                    delete_task_file          {"DeleteTaskFile", "DELETE", "/jobs/{jobId}/tasks/{taskId}/files/{filePath}", 200};

// Retired
inline constexpr Operation<CertificateAdd, Nothing>             add_certificate           {"AddCertificate", "POST", "/certificates", 201, {}, Repeat::by_id};
inline constexpr Operation<Nothing, Page<Certificate>>          list_certificates         {"ListCertificates", "GET", "/certificates", 200, "certificates"};
inline constexpr Operation<Nothing, Certificate>                get_certificate           {"GetCertificate", "GET", "/certificates(thumbprintAlgorithm={algorithm},thumbprint={thumbprint})", 200, "certificates/@Element"};
inline constexpr Operation<Nothing, Nothing>                    delete_certificate        {"DeleteCertificate", "DELETE", "/certificates(thumbprintAlgorithm={algorithm},thumbprint={thumbprint})", 202};
inline constexpr Operation<Nothing, Nothing>                    cancel_certificate_deletion {"CancelCertificateDeletion", "POST", "/certificates(thumbprintAlgorithm={algorithm},thumbprint={thumbprint})/canceldelete", 204};
inline constexpr Operation<Nothing, JobStatistics>              get_lifetime_job_statistics {"GetAllJobsLifetimeStatistics", "GET", "/lifetimejobstats", 200, "jobstats/@Element"};
inline constexpr Operation<Nothing, PoolStatistics>             get_lifetime_pool_statistics {"GetAllPoolsLifetimeStatistics", "GET", "/lifetimepoolstats", 200, "poolstats/@Element"};
inline constexpr Operation<Nothing, std::string>                get_remote_desktop        {"GetRemoteDesktop", "GET", "/pools/{poolId}/nodes/{nodeId}/rdp", 200};
// clang-format on

// Calls `use` with every row, for tables of all operations.
template <class Use>
constexpr void for_each(Use&& use) {
  const auto all = [&](const auto&... rows) { (use(rows), ...); };
  // clang-format off
  all(add_pool, list_pools, get_pool, pool_exists,
      patch_pool, update_pool, delete_pool, resize_pool, stop_pool_resize, remove_nodes,
      enable_auto_scale, disable_auto_scale, evaluate_auto_scale,
      list_pool_usage_metrics, list_node_counts, list_supported_images,
      list_applications, get_application,
      list_nodes, get_node, reboot_node, reimage_node, deallocate_node, start_node,
      disable_node_scheduling, enable_node_scheduling,
      add_node_user, update_node_user, delete_node_user, get_remote_login_settings,
      upload_service_logs, list_node_extensions, get_node_extension,
      list_node_files, get_node_file, get_node_file_properties, delete_node_file,
      add_job, list_jobs, get_job, patch_job, update_job,
      delete_job, disable_job, enable_job, terminate_job,
      list_preparation_and_release_status, get_task_counts,
      add_job_schedule, list_job_schedules, get_job_schedule, job_schedule_exists,
      patch_job_schedule, update_job_schedule, delete_job_schedule, disable_job_schedule,
      enable_job_schedule, terminate_job_schedule, list_jobs_of_schedule,
      add_task, add_task_collection, list_tasks, get_task, update_task, delete_task,
      terminate_task, reactivate_task,
      list_task_files, get_task_file, get_task_file_properties, delete_task_file,
      list_subtasks,
      add_certificate, list_certificates, get_certificate, delete_certificate,
      cancel_certificate_deletion, get_lifetime_job_statistics, get_lifetime_pool_statistics,
      get_remote_desktop);
  // clang-format on
}

}  // namespace dms::batch::op
