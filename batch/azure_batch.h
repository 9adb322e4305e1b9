// AzureBatch: pools, nodes, jobs, tasks and their files over the Batch REST API. Method names are
// those that users of the Python dmsbatch know.
//
// Thread-safe and blocking; owns no threads between calls. Every wait has a limit and a stop token.
// What answers may be Azure or the local service: nothing here knows which.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "batch/batch_options.h"
#include "batch/directives.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/http.h"

namespace dms::batch {

class Rest;

class AzureBatch {
 public:
  // Speaks to `endpoint` through `transport`, which signs and retries. Both outlive this object.
  AzureBatch(Url endpoint, Transport& transport, Clock& clock);
  ~AzureBatch();

  // Pools

  // Adds the pool. Returns false when one of this id exists already; a pool that is being deleted
  // is an error (conflict, PoolBeingDeleted), not "exists".
  Result<bool> create_pool_if_not_exist(const Pool& pool);
  // A pool of `pool_size` dedicated nodes with the given options; false when it exists already.
  Result<bool> create_pool(std::string_view pool_id, int pool_size,
                           const PoolOptions& options = {});
  // create_pool, or resize_pool when it exists. The size must differ for a resize to be started.
  Status create_or_resize_pool(std::string_view pool_id, int pool_size,
                               const PoolOptions& options = {});
  Result<Pool> get_pool(std::string_view pool_id);
  Result<bool> exists_pool(std::string_view pool_id);
  // Starts the change and returns. Errors: conflict while the pool is being resized or deleted.
  Status resize_pool(std::string_view pool_id, int pool_size,
                     NodeDeallocationOption option = NodeDeallocationOption::task_completion);
  // The same with all that a resize can say.
  Status resize_pool(std::string_view pool_id, const PoolResize& resize);
  // Ends a resize where it stands; the pool is steady some time later.
  Status stop_pool_resize(std::string_view pool_id);
  // Takes these nodes, at most 100, out of the pool and lowers its targets.
  Status remove_nodes(std::string_view pool_id, const NodeRemove& nodes);
  Status patch_pool(std::string_view pool_id, const PoolPatch& patch);
  // Replaces start task, packages and metadata: what is absent is removed.
  Status update_pool_properties(std::string_view pool_id, const PoolUpdate& update);
  // Errors: invalid_argument for a formula that does not parse.
  Status enable_auto_scale(std::string_view pool_id, const EnableAutoScale& settings);
  Status disable_auto_scale(std::string_view pool_id);
  // What the formula gives now, without applying it. A formula that fails is data:
  // AutoScaleRun::error. Errors: conflict when the pool has no autoscale.
  Result<AutoScaleRun> evaluate_auto_scale(std::string_view pool_id, std::string_view formula);
  Status list_node_counts(const ListOptions& options,
                          const std::function<Status(PoolNodeCounts)>& each);
  // Core hours of the account's pools; absent times leave the interval to the service.
  Status list_pool_usage_metrics(std::optional<Timestamp> start, std::optional<Timestamp> end,
                                 const ListOptions& options,
                                 const std::function<Status(PoolUsageMetrics)>& each);
  // Starts the deletion and returns.
  Status delete_pool(std::string_view pool_id);
  Status wait_for_pool_delete(std::string_view pool_id, const WaitOptions& options = {},
                              std::stop_token stop = {});
  Status list_pools(const ListOptions& options, const std::function<Status(Pool)>& each);

  // Nodes

  Status list_nodes(std::string_view pool_id, const ListOptions& options,
                    const std::function<Status(Node)>& each);
  Result<Node> get_node(std::string_view pool_id, std::string_view node_id);
  // These start the change and return; the node's state tells when it is done.
  Status reboot_node(std::string_view pool_id, std::string_view node_id,
                     NodeRebootOption option = NodeRebootOption::requeue);
  Status reimage_node(std::string_view pool_id, std::string_view node_id,
                      NodeReimageOption option = NodeReimageOption::requeue);
  Status deallocate_node(std::string_view pool_id, std::string_view node_id,
                         NodeDeallocateOption option = NodeDeallocateOption::requeue);
  Status start_node(std::string_view pool_id, std::string_view node_id);
  Status disable_node_scheduling(
      std::string_view pool_id, std::string_view node_id,
      NodeDisableSchedulingOption option = NodeDisableSchedulingOption::requeue);
  Status enable_node_scheduling(std::string_view pool_id, std::string_view node_id);
  // Of the local service only: takes a low-priority node away, as a cloud does that needs it. It is
  // back after the given time, an unlimited one meaning never.
  Status preempt_node(std::string_view pool_id, std::string_view node_id,
                      Duration return_after = Duration{std::chrono::seconds(30)});
  Status add_node_user(std::string_view pool_id, std::string_view node_id, const NodeUser& user);
  Status update_node_user(std::string_view pool_id, std::string_view node_id,
                          std::string_view user_name, const NodeUserUpdate& update);
  Status delete_node_user(std::string_view pool_id, std::string_view node_id,
                          std::string_view user_name);
  Result<RemoteLoginSettings> get_remote_login_settings(std::string_view pool_id,
                                                        std::string_view node_id);
  // The node uploads its agent's logs to the container of the SAS URL, in its own time.
  Result<UploadServiceLogsResult> upload_service_logs(std::string_view pool_id,
                                                      std::string_view node_id,
                                                      const UploadServiceLogs& what);
  Status list_node_extensions(std::string_view pool_id, std::string_view node_id,
                              const std::function<Status(NodeVmExtension)>& each);
  Result<NodeVmExtension> get_node_extension(std::string_view pool_id, std::string_view node_id,
                                             std::string_view extension_name);
  // Waits until allocation is steady and every node of the pool's targets is in one of the states,
  // and returns the nodes. Errors: exhausted with the service's resize errors; timeout.
  Result<std::vector<Node>> wait_for_all_nodes_state(std::string_view pool_id,
                                                     const NodeStates& states,
                                                     const WaitOptions& options = {},
                                                     std::stop_token stop = {});
  // Waits until allocation is steady and every node is idle or running, and returns the nodes.
  // Errors: exhausted with the service's resize errors; internal naming the nodes that are unusable
  // or whose start task failed; timeout.
  Result<std::vector<Node>> wait_for_pool_nodes(std::string_view pool_id,
                                                const WaitOptions& options = {},
                                                std::stop_token stop = {});

  // Images and applications

  Status list_supported_images(const ListOptions& options,
                               const std::function<Status(ImageInformation)>& each);
  // Every verified image, with the agent that runs on it.
  Result<std::vector<VmImage>> skus_available(
      std::string_view filter = "verificationType eq 'verified'");
  // The image of this publisher and offer (case ignored) whose SKU begins so and is the highest;
  // of one SKU the service's first. Errors: not_found, with what was looked for.
  Result<VmImage> select_latest_verified_vm_image_with_node_agent_sku(
      std::string_view publisher, std::string_view offer, std::string_view sku_starts_with,
      std::string_view filter = "verificationType eq 'verified'");
  Status list_applications(const std::function<Status(ApplicationSummary)>& each);
  Result<ApplicationSummary> get_application(std::string_view application_id);

  // Jobs

  // Adds the job. Errors: already_exists (JobExists), conflict while one of this id is being
  // deleted.
  Status create_job(const Job& job);
  // A job of the pool's, with what runs once on each node before its tasks, if anything.
  Status create_job(std::string_view job_id, std::string_view pool_id,
                    std::optional<JobPreparationTask> prep_task = {}, int max_task_retry_count = 0);
  Result<Job> get_job(std::string_view job_id);
  Status list_jobs(const ListOptions& options, const std::function<Status(Job)>& each);
  Status patch_job(std::string_view job_id, const JobPatch& patch);
  // Replaces everything that can change: what `update` does not name goes back to its default.
  Status update_job(std::string_view job_id, const JobUpdate& update);
  // Starts the change and returns: the job is disabled, or active again, a little later.
  Status disable_job(std::string_view job_id, DisableJobOption option = DisableJobOption::requeue);
  Status enable_job(std::string_view job_id);
  // How the job's preparation and release tasks fare, node by node. Errors: conflict
  // (JobPreparationTaskNotSpecified) when it has none.
  Status list_preparation_and_release_status(
      std::string_view job_id, const ListOptions& options,
      const std::function<Status(JobPreparationAndReleaseTaskStatus)>& each);
  // The job ends by itself when all its tasks are completed. Call it after the last task is added.
  Status mark_job_termination_on_task_completion(std::string_view job_id);
  Status terminate_job(std::string_view job_id, std::string_view reason = {});
  Status delete_job(std::string_view job_id);
  Status wait_for_job_delete(std::string_view job_id, const WaitOptions& options = {},
                             std::stop_token stop = {});
  Result<TaskCountsResult> get_task_counts(std::string_view job_id);

  // Job schedules

  // Adds the schedule; its jobs are named "<schedule>:job-<n>". Errors: already_exists
  // (JobScheduleExists, JobWithSameIdExists).
  Status create_job_schedule(const JobSchedule& schedule);
  Result<JobSchedule> get_job_schedule(std::string_view job_schedule_id);
  Status list_job_schedules(const ListOptions& options,
                            const std::function<Status(JobSchedule)>& each);
  Status list_jobs_of_job_schedule(std::string_view job_schedule_id, const ListOptions& options,
                                   const std::function<Status(Job)>& each);
  // Jobs that run already keep the specification they were made from.
  Result<bool> exists_job_schedule(std::string_view job_schedule_id);
  Status patch_job_schedule(std::string_view job_schedule_id, const JobSchedulePatch& patch);
  // Replaces schedule, specification and metadata: what is absent goes back to its default.
  Status update_job_schedule(std::string_view job_schedule_id, const JobScheduleUpdate& update);
  Status disable_job_schedule(std::string_view job_schedule_id);
  Status enable_job_schedule(std::string_view job_schedule_id);
  // Start the change, that of its jobs included, and return.
  Status terminate_job_schedule(std::string_view job_schedule_id);
  Status delete_job_schedule(std::string_view job_schedule_id);
  // Waits until the schedule has made a job and returns the latest one's id. Errors: conflict when
  // it ends without one; not_found, timeout, cancelled.
  Result<std::string> wait_for_job_under_job_schedule(std::string_view job_schedule_id,
                                                      const WaitOptions& options = {},
                                                      std::stop_token stop = {});
  // Errors: conflict when it is being deleted; not_found, timeout, cancelled.
  Status wait_for_job_schedule_to_complete(std::string_view job_schedule_id,
                                           const WaitOptions& options = {},
                                           std::stop_token stop = {});

  // Tasks

  Status add_task(std::string_view job_id, const Task& task);
  // Adds tasks in requests bounded by number and bytes, several at a time. One outcome per task, in
  // the order given; a task that exists already is `existed`, so sending the same list again adds
  // only what is missing. When the service says RequestBodyTooLarge the request is halved.
  // What the service itself fails at is sent again a few times. Encoded tasks are held for the
  // requests under way only.
  // Errors: only what concerns the whole job (not_found, conflict when it is completed), a whole
  // request (invalid_argument) or the connection, or cancelled; some tasks may then have been
  // added.
  Result<std::vector<TaskOutcome>> submit_tasks(std::string_view job_id,
                                                const std::vector<Task>& tasks,
                                                const SubmitOptions& options = {},
                                                std::stop_token stop = {});
  // submit_tasks, then wait_for_tasks_to_complete. Errors, beside theirs: invalid_argument naming
  // the first task that the service refused; the others have been added.
  Result<TasksEnded> submit_tasks_and_wait(std::string_view job_id, const std::vector<Task>& tasks,
                                           const WaitOptions& options = {},
                                           const SubmitOptions& submit = {},
                                           std::stop_token stop = {});
  Result<Task> get_task(std::string_view job_id, std::string_view task_id);
  Status list_tasks(std::string_view job_id, const ListOptions& options,
                    const std::function<Status(Task)>& each);
  // Absent constraints go back to their defaults. Errors: conflict for a completed task.
  Status update_task(std::string_view job_id, std::string_view task_id, const TaskUpdate& update);
  Status terminate_task(std::string_view job_id, std::string_view task_id);
  // A task that failed waits and runs again. Errors: conflict for one that has not, or succeeded.
  Status reactivate_task(std::string_view job_id, std::string_view task_id);
  Status delete_task(std::string_view job_id, std::string_view task_id);
  // The instances of a multi-instance task beside its primary; none for a plain task.
  Result<std::vector<SubtaskInfo>> list_subtasks(std::string_view job_id, std::string_view task_id);
  // Waits until all subtasks are completed. A plain task has none: done at once.
  Result<std::vector<SubtaskInfo>> wait_for_subtasks_to_complete(std::string_view job_id,
                                                                 std::string_view task_id,
                                                                 const WaitOptions& options = {},
                                                                 std::stop_token stop = {});
  // Waits until no task of the job is active or running, looking at counts only.
  // Errors: not_found, timeout, cancelled (stop token, or the watcher's false). A job without tasks
  // is an error (invalid_argument), not a success.
  Result<TasksEnded> wait_for_tasks_to_complete(std::string_view job_id,
                                                const WaitOptions& options = {},
                                                std::stop_token stop = {});

  // Files

  // A task's file as text: "stdout.txt", "wd/result.txt". A slice that begins at the file's end or
  // after it is empty, so that a growing file can be followed.
  Result<std::string> read_task_file_as_string(std::string_view job_id, std::string_view task_id,
                                               std::string_view file_name,
                                               const FileSlice& slice = {});
  Result<FileInfo> get_task_file_info(std::string_view job_id, std::string_view task_id,
                                      std::string_view file_name);
  Status list_task_files(std::string_view job_id, std::string_view task_id, bool recursive,
                         const std::function<Status(NodeFile)>& each);
  // Gives stdout.txt and stderr.txt of each task to `print`, as far as they are there.
  Status print_task_output(
      std::string_view job_id, const std::vector<std::string>& task_ids,
      const std::function<void(std::string_view task_id, std::string_view file_name,
                               std::string_view text)>& print);
  enum class Recursive { no, yes };  // a directory is deleted only with what it holds
  Status delete_task_file(std::string_view job_id, std::string_view task_id,
                          std::string_view file_name, Recursive recursive = Recursive::no);
  Status delete_compute_node_file(std::string_view pool_id, std::string_view node_id,
                                  std::string_view file_name, Recursive recursive = Recursive::no);
  Status list_compute_node_files(std::string_view pool_id, std::string_view node_id, bool recursive,
                                 const std::function<Status(NodeFile)>& each);
  Result<FileInfo> get_compute_node_file_info(std::string_view pool_id, std::string_view node_id,
                                              std::string_view file_name);
  Result<std::string> read_compute_node_file_as_string(std::string_view pool_id,
                                                       std::string_view node_id,
                                                       std::string_view file_name,
                                                       const FileSlice& slice = {});

 private:
  const std::unique_ptr<const Rest> rest_;
  Clock& clock_;
};

// An AzureBatch with its own stack of transports (libcurl, retry, SharedKey or Entra's tokens) for
// the account that the configuration names. Sends nothing until it is used. Errors:
// invalid_argument naming the key that is missing or wrong.
class BatchClient {
 public:
  static Result<std::unique_ptr<BatchClient>> create(const Config& config, Clock& clock);
  virtual ~BatchClient() = default;
  virtual AzureBatch& operator*() = 0;
  AzureBatch* operator->() { return &**this; }
};

}  // namespace dms::batch
