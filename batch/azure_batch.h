// AzureBatch: pools, nodes, jobs, tasks and their files over the Batch REST API. Method names are
// those that users of the Python dmsbatch know.
//
// Thread-safe and blocking; owns no threads between calls. Every wait has a limit and a stop token.
// What answers may be Azure or the local service: nothing here knows which.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "batch/wire.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/http.h"

namespace dms::batch {

class Rest;

// How a list is narrowed. Empty members are not sent.
struct ListOptions {
  std::string filter;               // OData: "state eq 'completed'"
  std::vector<std::string> select;  // top-level members to bring
  int max_results = 0;              // page size, 1 to 1000; 0 leaves it to the service
};

// What became of one task of submit_tasks.
enum class Submitted { added, existed, failed };
struct TaskOutcome {
  std::string task_id;
  Submitted submitted = Submitted::added;
  std::optional<Error> error;  // for `failed`
};

struct SubmitOptions {
  int tasks_per_request = 100;              // the service's limit
  std::size_t bytes_per_request = 900'000;  // the service refuses about 1 MB
  int parallel = 4;                         // requests under way at once
  // Called after each request with the number of tasks decided so far. One call at a time.
  std::function<void(std::size_t)> progress;
};

// Where waits come back with what they see; return false to stop waiting.
using CountsWatcher = std::function<bool(const TaskCounts&)>;

struct WaitOptions {
  std::chrono::nanoseconds limit = std::chrono::minutes(10);
  // The longest pause between two looks; waits begin with short pauses and lengthen them.
  std::chrono::nanoseconds polling_interval = std::chrono::seconds(10);
  CountsWatcher watch;  // for task waits: called after every look
};

// How a job's tasks ended. A wait that times out is an Error; failed tasks are data.
struct TasksEnded {
  TaskCounts counts;
  bool all_succeeded() const { return counts.failed == 0; }
};

struct PoolOptions {
  std::string vm_size = "standard_f2s_v2";
  int task_slots_per_node = 2;
  ImageReference image{
      .publisher = "microsoft-dsvm", .offer = "ubuntu-hpc", .sku = "2204", .version = "latest"};
  std::string node_agent_sku_id = "batch.node.ubuntu 22.04";
  int low_priority_nodes = 0;
  bool enable_inter_node_communication = false;  // then one slot per node, as MPI needs
  std::optional<StartTask> start_task;
  std::vector<ApplicationPackageReference> app_packages;
  std::vector<MetadataItem> metadata;
};

// A slice of a file on a node; absent members mean from the start and to the end.
struct FileSlice {
  std::optional<std::uint64_t> offset;
  std::optional<std::uint64_t> length;
};

struct FileInfo {
  std::uint64_t size = 0;
  Timestamp last_modified;
  bool is_directory = false;
};

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
  Result<Pool> get_pool(std::string_view pool_id);
  Result<bool> exists_pool(std::string_view pool_id);
  // Starts the change and returns. Errors: conflict while the pool is being resized or deleted.
  Status resize_pool(std::string_view pool_id, int pool_size,
                     NodeDeallocationOption option = NodeDeallocationOption::task_completion);
  // Starts the deletion and returns.
  Status delete_pool(std::string_view pool_id);
  Status wait_for_pool_delete(std::string_view pool_id, const WaitOptions& options = {},
                              std::stop_token stop = {});
  Status list_pools(const ListOptions& options, const std::function<Status(Pool)>& each);

  // Nodes

  Status list_nodes(std::string_view pool_id, const ListOptions& options,
                    const std::function<Status(Node)>& each);
  // Waits until allocation is steady and every node is idle or running, and returns the nodes.
  // Errors: exhausted with the service's resize errors; internal naming the nodes that are unusable
  // or whose start task failed; timeout.
  Result<std::vector<Node>> wait_for_pool_nodes(std::string_view pool_id,
                                                const WaitOptions& options = {},
                                                std::stop_token stop = {});

  // Jobs

  // Adds the job. Errors: already_exists (JobExists), conflict while one of this id is being
  // deleted.
  Status create_job(const Job& job);
  Result<Job> get_job(std::string_view job_id);
  Status list_jobs(const ListOptions& options, const std::function<Status(Job)>& each);
  Status patch_job(std::string_view job_id, const JobPatch& patch);
  // The job ends by itself when all its tasks are completed. Call it after the last task is added.
  Status mark_job_termination_on_task_completion(std::string_view job_id);
  Status terminate_job(std::string_view job_id, std::string_view reason = {});
  Status delete_job(std::string_view job_id);
  Status wait_for_job_delete(std::string_view job_id, const WaitOptions& options = {},
                             std::stop_token stop = {});
  Result<TaskCountsResult> get_task_counts(std::string_view job_id);

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
  Result<Task> get_task(std::string_view job_id, std::string_view task_id);
  Status list_tasks(std::string_view job_id, const ListOptions& options,
                    const std::function<Status(Task)>& each);
  Status terminate_task(std::string_view job_id, std::string_view task_id);
  Status delete_task(std::string_view job_id, std::string_view task_id);
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

// Directives for the service inside a task

// Blobs of a container below `blob_prefix` land under `file_path` with their names' hierarchy.
ResourceFile create_input_file_spec(std::string container_url, std::string blob_prefix,
                                    std::string file_path = {});
// Files that match `file_pattern` go to `blob_path` in the container of the SAS URL.
OutputFile create_output_file_spec(
    std::string file_pattern, std::string container_sas_url, std::string blob_path = {},
    OutputFileUploadCondition condition = OutputFileUploadCondition::task_completion);

enum class OsType { linux_os, windows };
// One command line that runs the commands in a shell and stops at the first that fails.
// Linux: /bin/bash -c 'set -e; set -o pipefail; A; B; wait' with quotes escaped and trailing
// separators (';', "&&") dropped. A command may end in '&', hold '#' or several lines. Windows:
// cmd.exe /c "A && B".
std::string wrap_commands_in_shell(const std::vector<std::string>& commands,
                                   OsType os = OsType::linux_os);
// `text` as one word for a POSIX shell: in single quotes, with quotes inside escaped.
std::string shell_quote(std::string_view text);

}  // namespace dms::batch
