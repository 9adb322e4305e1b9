#include "service/operations_page.h"

#include "batch/operations.h"

namespace dms::service {

namespace {

// clang-format off
constexpr OperationNote notes[] = {
    {"AddPool", "create_pool, create_pool_if_not_exist, create_or_resize_pool",
     "Nodes are processes of this machine, at most 1000 a pool. vmSize, image, network, disks, encryption, extensions and user accounts are kept and shown and change nothing; containers and mounts are refused (UnsupportedProperty)."},
    {"ListPools", "list_pools", {}},
    {"GetPool", "get_pool", {}},
    {"PoolExists", "exists_pool", {}},
    {"PatchPool", "patch_pool", {}},
    {"UpdatePoolProperties", "update_pool_properties", {}},
    {"DeletePool", "delete_pool, wait_for_pool_delete", {}},
    {"ResizePool", "resize_pool", {}},
    {"StopPoolResize", "stop_pool_resize", {}},
    {"RemoveNodes", "remove_nodes", {}},
    {"EnableAutoScale", "enable_auto_scale", {}},
    {"DisableAutoScale", "disable_auto_scale", {}},
    {"EvaluateAutoScale", "evaluate_auto_scale", {}},
    {"ListPoolUsageMetrics", "list_pool_usage_metrics",
     "Core hours are counted from the life of the nodes, with the cores that the VM size's name tells."},
    {"ListPoolNodeCounts", "list_node_counts", {}},
    {"ListSupportedImages", "list_supported_images, skus_available",
     "A list of its own, shorter than Azure's. Every image runs on this machine."},
    {"ListApplications", "list_applications",
     "Packages are added with `dmsbatch app add`; Azure does that through its management API."},
    {"GetApplication", "get_application", {}},
    {"ListNodes", "list_nodes, wait_for_pool_nodes, wait_for_all_nodes_state", {}},
    {"GetNode", "get_node", {}},
    {"RebootNode", "reboot_node", {}},
    {"ReimageNode", "reimage_node",
     "The node's directory is emptied; the machine stays what it is."},
    {"DeallocateNode", "deallocate_node",
     "The agent ends and its directory stays."},
    {"StartNode", "start_node", {}},
    {"DisableNodeScheduling", "disable_node_scheduling", {}},
    {"EnableNodeScheduling", "enable_node_scheduling", {}},
    {"AddNodeUser", "add_node_user",
     "The user is kept as a record; no account is made on this machine. The password is not kept."},
    {"UpdateNodeUser", "update_node_user", {}},
    {"DeleteNodeUser", "delete_node_user", {}},
    {"GetRemoteLoginSettings", "get_remote_login_settings",
     "The node's own loopback address and port 22; whether something listens there is this machine's affair."},
    {"UploadServiceLogs", "upload_service_logs",
     "The log of the node's agent."},
    {"ListNodeExtensions", "list_node_extensions",
     "Always empty: nodes have no extensions."},
    {"GetNodeExtension", "get_node_extension",
     "Always ResourceNotFound."},
    {"ListNodeFiles", "list_compute_node_files", {}},
    {"GetNodeFile", "read_compute_node_file_as_string",
     "A range is answered with 200, as Microsoft's JavaScript client demands."},
    {"GetNodeFileProperties", "get_compute_node_file_info", {}},
    {"DeleteNodeFile", "delete_compute_node_file", {}},
    {"AddJob", "create_job",
     "networkConfiguration is kept and shown and changes nothing."},
    {"ListJobs", "list_jobs", {}},
    {"GetJob", "get_job, wait_for_job_delete", {}},
    {"PatchJob", "patch_job, mark_job_termination_on_task_completion", {}},
    {"UpdateJob", "update_job", {}},
    {"DeleteJob", "delete_job", {}},
    {"DisableJob", "disable_job", {}},
    {"EnableJob", "enable_job", {}},
    {"TerminateJob", "terminate_job", {}},
    {"ListPreparationAndReleaseStatus", "list_preparation_and_release_status", {}},
    {"GetTaskCounts", "get_task_counts, wait_for_tasks_to_complete", {}},
    {"AddJobSchedule", "create_job_schedule", {}},
    {"ListJobSchedules", "list_job_schedules", {}},
    {"GetJobSchedule", "get_job_schedule, wait_for_job_under_job_schedule, wait_for_job_schedule_to_complete", {}},
    {"JobScheduleExists", "exists_job_schedule", {}},
    {"PatchJobSchedule", "patch_job_schedule", {}},
    {"UpdateJobSchedule", "update_job_schedule", {}},
    {"DeleteJobSchedule", "delete_job_schedule", {}},
    {"DisableJobSchedule", "disable_job_schedule", {}},
    {"EnableJobSchedule", "enable_job_schedule", {}},
    {"TerminateJobSchedule", "terminate_job_schedule", {}},
    {"ListJobsOfSchedule", "list_jobs_of_job_schedule", {}},
    {"AddTask", "add_task",
     "userIdentity is kept and shown; tasks run as the service's user. containerSettings is refused."},
    {"AddTaskCollection", "submit_tasks, submit_tasks_and_wait",
     "As AddTask. A body of more than 1 MiB is refused (RequestBodyTooLarge)."},
    {"ListTasks", "list_tasks", {}},
    {"GetTask", "get_task", {}},
    {"UpdateTask", "update_task", {}},
    {"DeleteTask", "delete_task", {}},
    {"TerminateTask", "terminate_task", {}},
    {"ReactivateTask", "reactivate_task", {}},
    {"ListSubtasks", "list_subtasks, wait_for_subtasks_to_complete", {}},
    {"ListTaskFiles", "list_task_files", {}},
    {"GetTaskFile", "read_task_file_as_string, print_task_output",
     "A range is answered with 200, as Microsoft's JavaScript client demands."},
    {"GetTaskFileProperties", "get_task_file_info", {}},
    {"DeleteTaskFile", "delete_task_file", {}},
    {"AddCertificate", {},
     "Retired by Azure. 409: the local service keeps no certificates."},
    {"ListCertificates", {},
     "Retired by Azure. Always empty."},
    {"GetCertificate", {},
     "Retired by Azure. Always CertificateNotFound."},
    {"DeleteCertificate", {},
     "Retired by Azure. Always CertificateNotFound."},
    {"CancelCertificateDeletion", {},
     "Retired by Azure. Always CertificateNotFound."},
    {"GetAllJobsLifetimeStatistics", {},
     "Retired by Azure. Sums over the jobs that are there."},
    {"GetAllPoolsLifetimeStatistics", {},
     "Retired by Azure. Core hours of the nodes that were; no figures of their resources."},
    {"GetRemoteDesktop", {},
     "Retired by Azure. Refused: nodes are Linux machines."},
};
// clang-format on

const OperationNote* note_of(std::string_view operation) {
  for (const auto& note : notes)
    if (note.operation == operation) return &note;
  return nullptr;
}

}  // namespace

std::span<const OperationNote> operation_notes() { return notes; }

std::string operations_page() {
  std::string page =
      "# Operations\n\n"
      "Every operation of the Batch service's data plane: the method of `AzureBatch` that calls "
      "it,\n"
      "and how the local service's answer differs from Azure's. Written by `dmsbatch operations`\n"
      "from the table that client and service share; a test holds this page to it. What concerns\n"
      "the local service as a whole stands in [local-service.md](local-service.md).\n\n"
      "| operation | request | client | local service: differences from Azure |\n"
      "|---|---|---|---|\n";
  batch::op::for_each([&](const auto& row) {
    const OperationNote* note = note_of(row.name);
    page.append("| ").append(row.name).append(" | `").append(row.method).append(" ");
    page.append(row.path).append("` ").append(std::to_string(row.status)).append(" | ");
    page.append(note && !note->method.empty() ? note->method : "none").append(" | ");
    page.append(note && !note->difference.empty() ? note->difference : "none known");
    page.append(" |\n");
  });
  return page;
}

}  // namespace dms::service
