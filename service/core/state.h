// The state of the Batch service: what it knows, without any I/O.
//
//   pools ── nodes ── runs   what the agents of the nodes are doing
//   jobs ── tasks            a job names its pool; tasks wait in their job for a node's free slots
//   job schedules            which jobs they made stands in the jobs' ids: "<schedule>:job-<n>"
//   applications             packages that nodes install
//
// Everything here is guarded by the one mutex of the service that holds the Core. Handlers are free
// functions (Core&, Effects&, …): they change the Core and record in Effects what must follow.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/protocol.h"
#include "batch/wire.h"
#include "service/autoscale/samples.h"
#include "service/core/auto_scale_times.h"
#include "service/core/dependencies.h"
#include "service/core/ids.h"
#include "service/core/instances.h"
#include "service/core/packed_text.h"
#include "service/store.h"

namespace dms::service {

// One task. What was added stays as packed text (`spec`): a queued task is small, and it is read
// again only when the task is started or shown.
struct TaskRecord {
  TaskId id;
  PackedText spec;            // the JSON of batch::Task as added, defaults filled in
  std::int64_t sequence = 0;  // order of adding, unique in the service; the run's incarnation
  Timestamp created;
  int required_slots = 1;
  int max_retry_count = 0;            // -1: without end
  Ticks retention{};                  // of its directory, once it has completed
  std::unique_ptr<NodeId> preferred;  // where it likes to run
  Timestamp modified;                 // when a client last changed it
  bool has_exit_conditions = false;

  batch::TaskState state = batch::TaskState::active;
  Timestamp state_since;
  std::optional<batch::TaskState> previous_state;
  std::optional<Timestamp> previous_since;

  int attempt = 0;  // number of the run under way, or else of the next
  int retry_count = 0;
  int requeue_count = 0;
  int losses = 0;  // runs that died with their runner; not kept over a restart
  std::optional<Timestamp> last_retry;
  std::optional<Timestamp> last_requeue;
  std::optional<Timestamp> started;
  std::optional<Timestamp> ended;
  std::optional<int> exit_code;
  std::optional<batch::TaskResult> result;
  std::unique_ptr<batch::FailureInfo> failure;
  std::optional<NodeKey> node;           // of the latest run
  std::unique_ptr<Instances> instances;  // of a multi-instance task only
  int run_slots = 1;        // of that run: more than required when it has the node for itself
  bool files_gone = false;  // its directory was removed after its retention time
  Ticks earlier_runs{};     // what those before the latest took

  int unmet = 0;           // parents and ranges of parents that it still waits for
  bool satisfies = false;  // it completed in a way that lets its dependents run
};

// Runs of a task that may die with their runner (out of memory, say) before it is not tried again:
// what ends its own runner must not do so for ever.
inline constexpr int max_losses = 10;

// A preparation or release task on one node.
struct NodeTask {
  batch::NodeTaskState state = batch::NodeTaskState::running;
  int attempt = 0;  // number of the run under way
  int retry_count = 0;
  int losses = 0;          // runs that died with their runner; not kept over a restart
  bool end_asked = false;  // its agent was told to end it; not kept over a restart
  Timestamp started;
  std::optional<Timestamp> ended;
  std::optional<Timestamp> last_retry;
  std::optional<int> exit_code;
  std::optional<batch::FailureInfo> failure;
  std::optional<batch::TaskResult> result;
};

// What a job did on a node beside its tasks; kept when the node has left.
struct JobOnNode {
  std::optional<NodeTask> preparation;
  std::optional<NodeTask> release;
  bool prepare_again = false;  // the node has rebooted, or the run was lost: before the next task
};

// Sums over the tasks of a job (statistics.h).
struct JobTotals {
  Timestamp at;
  Ticks wall_clock{};
  Ticks wait{};
  std::int64_t succeeded = 0;
  std::int64_t failed = 0;
  std::int64_t retries = 0;
};

struct JobRecord {
  batch::Job wire;  // as shown; id, state and times included
  std::map<NodeKey, JobOnNode> on_nodes;
  std::map<TaskId, TaskRecord> tasks;
  std::map<std::int64_t, TaskRecord*> queue;  // by sequence: active tasks that may run now
  Dependencies dependencies;                  // empty in a job without usesTaskDependencies
  batch::TaskCounts counts;
  batch::TaskCounts slot_counts;
  int ready_instances = 0;       // of the queue's tasks; a plain task is one
  int running_instances = 0;     // of the running tasks
  std::int64_t last_served = 0;  // jobs of equal priority take turns
  bool finishing = false;        // terminating or deleting: a tick sees whether that is over
  bool forced = false;           // terminating or deleting without waiting for what runs
  mutable std::optional<JobTotals> totals;  // as of when they were last asked for
  std::optional<Timestamp> next_cleanup;    // when a directory's retention time may be over

  JobId id() const { return {wire.id}; }
  // The pool that runs its tasks: the named one, or the one made for it.
  PoolId pool() const {
    return {wire.execution_info ? wire.execution_info->pool_id.value_or("") : std::string()};
  }
  // Whether a tick will end its state: one of those two, disabling or enabling.
  bool in_transition() const;
  int ready() const { return static_cast<int>(queue.size()); }
  int priority() const { return wire.priority.value_or(0); }
};

// Whether the service hears a node's agent. After a restart nothing is known until the agent said
// hello or is seen to be dead; a pool with such a node starts no task, lest one runs twice.
enum class Presence { unheard, connected, dead };

// A version of an application, as a run uses it.
struct PackageUse {
  std::string application;  // as it was referred to
  std::string version;
  bool is_default = false;
  std::string directory;  // below the node's root
  std::string archive;    // the zip's path
  template <class S = PackageUse>
  static constexpr auto fields() {
    return std::tuple{required("application", &S::application), required("version", &S::version),
                      required("isDefault", &S::is_default), required("directory", &S::directory),
                      required("archive", &S::archive)};
  }
};

// A user that was asked for on a node. Tasks run as the user of the service, so that this is a
// record only, without password and key.
struct NodeUserRecord {
  std::string name;
  bool is_admin = false;
  std::optional<Timestamp> expiry_time;
  template <class S = NodeUserRecord>
  static constexpr auto fields() {
    return std::tuple{required("name", &S::name), required("isAdmin", &S::is_admin),
                      field("expiryTime", &S::expiry_time)};
  }
};

// A task whose run ended on a node.
struct RecentTask {
  Timestamp ended;
  JobId job;
  TaskId task;
};

struct NodeRecord {
  batch::Node wire;
  int number = 0;  // among the pool's nodes: names its endpoints, gives their ports
  int slots = 1;
  int used_slots = 0;
  Presence presence = Presence::dead;
  int boot_process_id = 0;  // the agent process that ran the start task; another one is a reboot
  std::vector<PackageUse> packages;  // of the pool, since this boot
  bool leaving = false;              // takes no more tasks; retired once nothing runs on it
  bool retired = false;              // its agent was told to end and its directory will go
  std::map<agent::RunRef, Timestamp> runs;
  // Runs of preparing tasks: they hold their slots, but the agent will hear of them only when their
  // job's preparation has ended here.
  std::set<agent::RunRef> waiting;

  bool stopping = false;    // its agent was told to end without going: on_agent_stopped follows
  bool keeps_data = false;  // what it is about to do waits for the retention of its tasks' files
  std::optional<Timestamp> data_kept_until;  // when that ends, as found at data_looked_at
  std::optional<Timestamp> data_looked_at;
  std::optional<Timestamp> returns_at;  // a preempted node's
  std::optional<Timestamp> used_since;  // since when it is there and paid for
  std::vector<NodeUserRecord> users;
  int tasks_run = 0;
  int tasks_succeeded = 0;
  std::vector<RecentTask> recent;  // the latest last

  NodeId id() const { return {wire.id}; }
  bool takes_tasks() const;
};

struct PoolRecord {
  batch::Pool wire;
  std::map<NodeId, NodeRecord> nodes;
  std::set<std::pair<JobId, TaskId>> attempts_in_doubt;  // see settle_attempts
  bool settled_at_next_tick = false;                     // "resizing" has been visible for a tick
  std::optional<autoscale::Samples> samples;    // from the first on; not kept over a restart
  std::optional<Timestamp> auto_scale_enabled;  // by the latest call; not kept over a restart

  PoolId id() const { return {wire.id}; }
  int slots_per_node() const { return wire.task_slots_per_node.value_or(1); }
  // Every node has been heard or is known to be dead or on its way out.
  bool all_heard() const;
};

// The time that a node of a pool was there, kept after both are gone.
struct NodeUsage {
  std::string node;
  std::string pool;
  std::string vm_size;
  Timestamp from;
  Timestamp to;
  template <class S = NodeUsage>
  static constexpr auto fields() {
    return std::tuple{required("node", &S::node), required("pool", &S::pool),
                      required("vmSize", &S::vm_size), required("from", &S::from),
                      required("to", &S::to)};
  }
};

struct JobScheduleRecord {
  batch::JobSchedule wire;
  int next_job_number = 1;
  std::optional<Timestamp> last_run;     // when the latest job was due
  std::optional<std::string> auto_pool;  // made for all its jobs
  bool finishing = false;                // terminating or deleting: the next tick completes it

  JobScheduleId id() const { return {wire.id}; }
};

// One uploaded version of an application: a zip in the service's directory.
struct ApplicationPackage {
  std::string version;
  std::string zip_path;
  Timestamp uploaded;
};

struct ApplicationRecord {
  std::string id;
  std::string display_name;
  std::optional<std::string> default_version;
  std::map<std::string, ApplicationPackage> packages;  // by version
};

struct Core {
  std::string account;    // the account's name
  std::string base_url;   // "http://127.0.0.1:18080", without a slash at the end
  std::string nodes_dir;  // the nodes' root directories lie at nodes_dir/<pool>/<node>
  AutoScaleTimes auto_scale_times;
  int cores_per_node = 1;
  std::map<PoolId, PoolRecord> pools;
  std::map<JobId, JobRecord> jobs;
  std::map<JobScheduleId, JobScheduleRecord> job_schedules;
  std::map<ApplicationId, ApplicationRecord> applications;
  std::vector<NodeUsage> usage;  // of nodes that have ended, by `to`
  TextPacker specs;              // of tasks
  std::int64_t next_sequence = 1;
  std::int64_t next_node_number = 1;

  PoolRecord* find_pool(const PoolId& id);
  JobRecord* find_job(const JobId& id);
  JobScheduleRecord* find_job_schedule(const JobScheduleId& id);
  NodeRecord* find_node(const NodeKey& key);
  TaskRecord* find_task(const JobId& job, const TaskId& task);
};

// What must follow from a change of the Core, in this order: the rows become durable, the frames go
// to the agents (but see Engine for starts), and once the rows are durable the ends are
// acknowledged.
struct Effects {
  std::vector<Change> changes;
  std::vector<std::pair<NodeKey, agent::ToAgent>> frames;
  std::vector<std::pair<NodeKey, agent::RunRef>> acknowledge_when_durable;
  std::vector<NodeKey> start_agents;
  std::vector<std::pair<NodeKey, RootFate>> stop_agents;
  std::vector<NodeKey> retire_agents;

  agent::ToAgent& frame(const NodeKey& node);
};

std::string node_root(const Core& core, const NodeKey& key);

}  // namespace dms::service
