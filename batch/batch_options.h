// What the methods of AzureBatch are told beside ids, and what some of them give.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "batch/wire.h"
#include "core/result.h"

namespace dms::batch {

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

// An image by name: the first verified one whose SKU begins so is taken.
struct OsImage {
  std::string publisher;
  std::string offer;
  std::string sku_starts_with;
};

struct PoolOptions {
  std::string vm_size = "standard_f2s_v2";
  int task_slots_per_node = 2;
  ImageReference image{
      .publisher = "microsoft-dsvm", .offer = "ubuntu-hpc", .sku = "2204", .version = "latest"};
  std::string node_agent_sku_id = "batch.node.ubuntu 22.04";
  std::optional<OsImage> os_image;  // looked up in the account's images; wins over the two above
  int low_priority_nodes = 0;
  bool enable_inter_node_communication = false;  // then one slot per node, as MPI needs
  std::optional<StartTask> start_task;
  std::vector<ApplicationPackageReference> app_packages;
  std::vector<MetadataItem> metadata;
};

// An image that the account's pools can have.
struct VmImage {
  std::string node_agent_sku_id;
  ImageReference image;
};

// Whom a wait for nodes is content with.
using NodeStates = std::vector<NodeState>;

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

}  // namespace dms::batch
