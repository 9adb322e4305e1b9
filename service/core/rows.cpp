#include "service/core/rows.h"

#include <charconv>

#include "core/codec.h"
#include "service/bad_row.h"
#include "service/core/node_runs.h"
#include "service/core/nodes.h"
#include "service/core/tasks.h"

namespace dms::service {

namespace {

constexpr const char* pool_kind = "pool";
constexpr const char* node_kind = "node";
constexpr const char* work_kind = "work";
constexpr const char* usage_kind = "usage";
constexpr const char* job_kind = "job";
constexpr const char* schedule_kind = "schedule";
constexpr const char* task_kind = "task";
constexpr const char* run_kind = "run";
constexpr const char* forced_kind = "forced";
constexpr const char* met_kind = "met";
constexpr const char* life_kind = "life";

struct StoredInstance {
  std::optional<std::string> pool;
  std::optional<std::string> node;
  batch::SubtaskInfo info;
  template <class S = StoredInstance>
  static constexpr auto fields() {
    return std::tuple{field("pool", &S::pool), field("node", &S::node), required("info", &S::info)};
  }
};

// A task's row of kind "run".
struct StoredRun {
  batch::TaskState state = batch::TaskState::active;
  Timestamp state_since;
  std::optional<batch::TaskState> previous_state;
  std::optional<Timestamp> previous_since;
  int attempt = 0;
  batch::TaskExecutionInfo execution;
  std::optional<std::string> pool;
  std::optional<std::string> node;
  std::optional<int> max_retry_count;
  std::optional<bool> satisfies;
  std::optional<bool> files_gone;
  std::optional<Timestamp> modified;
  std::optional<Duration> earlier_runs;
  std::vector<StoredInstance> instances;
  template <class S = StoredRun>
  static constexpr auto fields() {
    return std::tuple{required("state", &S::state),
                      required("since", &S::state_since),
                      field("previous", &S::previous_state),
                      field("previousSince", &S::previous_since),
                      required("attempt", &S::attempt),
                      required("execution", &S::execution),
                      field("pool", &S::pool),
                      field("node", &S::node),
                      field("maxRetryCount", &S::max_retry_count),
                      field("satisfies", &S::satisfies),
                      field("filesGone", &S::files_gone),
                      field("modified", &S::modified),
                      field("earlierRuns", &S::earlier_runs),
                      field("instances", &S::instances)};
  }
};

struct StoredNode {
  int boot_process_id = 0;
  bool leaving = false;
  std::vector<PackageUse> packages;
  int number = 0;
  bool keeps_data = false;
  std::optional<Timestamp> returns_at;
  std::optional<Timestamp> used_since;
  std::vector<NodeUserRecord> users;
  batch::Node wire;
  template <class S = StoredNode>
  static constexpr auto fields() {
    return std::tuple{required("bootProcessId", &S::boot_process_id),
                      required("leaving", &S::leaving),
                      field("packages", &S::packages),
                      field("number", &S::number),
                      field("keepsData", &S::keeps_data),
                      field("returnsAt", &S::returns_at),
                      field("usedSince", &S::used_since),
                      field("users", &S::users),
                      required("node", &S::wire)};
  }
};

struct StoredSchedule {
  int next_job_number = 1;
  std::optional<Timestamp> last_run;
  std::optional<std::string> auto_pool;
  batch::JobSchedule wire;
  template <class S = StoredSchedule>
  static constexpr auto fields() {
    return std::tuple{required("nextJobNumber", &S::next_job_number),
                      field("lastRun", &S::last_run), field("autoPool", &S::auto_pool),
                      required("jobSchedule", &S::wire)};
  }
};

void store_instances(const TaskRecord& task, StoredRun& stored) {
  if (!task.instances) return;
  for (const auto& instance : task.instances->list) {
    StoredInstance& one = stored.instances.emplace_back(StoredInstance{{}, {}, instance.info});
    if (!instance.node) continue;
    one.pool = instance.node->pool.text;
    one.node = instance.node->node.text;
  }
}

// What ran when the service ended is told by the agents, so these have all ended.
void load_instances(TaskRecord& task, std::vector<StoredInstance>& stored) {
  if (!task.instances) return;
  for (auto& one : stored) {
    Instance& instance = task.instances->list.emplace_back();
    instance.over = true;
    instance.info = std::move(one.info);
    if (one.node) instance.node = NodeKey{{one.pool.value_or("")}, {*one.node}};
  }
}

std::string task_key(const JobRecord& job, const TaskRecord& task) {
  return job.wire.id + "/" + task.id.text;
}

// The two ids of a key "<outer>/<inner>".
std::pair<std::string, std::string> split_key(std::string_view key) {
  const auto slash = key.find('/');
  return {std::string(key.substr(0, slash)), std::string(key.substr(slash + 1))};
}

Status load_pool(Core& core, std::string_view key, std::string_view value) {
  auto wire = decode<batch::Pool>(value);
  if (!wire) return bad_row(pool_kind, key, wire.error().message);
  core.pools[{wire->id}].wire = *std::move(wire);
  return ok();
}

Status load_node(Core& core, std::string_view key, std::string_view value) {
  auto stored = decode<StoredNode>(value);
  if (!stored) return bad_row(node_kind, key, stored.error().message);
  PoolRecord* pool = core.find_pool({split_key(key).first});
  if (!pool) return bad_row(node_kind, key, "its pool is not in the store");
  NodeRecord& node = pool->nodes[{stored->wire.id}];
  node.wire = std::move(stored->wire);
  node.boot_process_id = stored->boot_process_id;
  node.leaving = stored->leaving;
  node.packages = std::move(stored->packages);
  node.number = stored->number;
  node.keeps_data = stored->keeps_data;
  node.returns_at = stored->returns_at;
  node.used_since = stored->used_since;
  node.users = std::move(stored->users);
  node.slots = pool->slots_per_node();
  node.presence = Presence::unheard;
  ++core.next_node_number;
  return ok();
}

Status load_work(Core& core, std::string_view key, std::string_view value) {
  const auto [pool_id, node_id] = split_key(key);
  NodeRecord* node = core.find_node({{pool_id}, {node_id}});
  if (!node) return bad_row(work_kind, key, "its node is not in the store");
  const char* end = value.data() + value.size();
  const auto first = std::from_chars(value.data(), end, node->tasks_run);
  const auto second = std::from_chars(std::min(first.ptr + 1, end), end, node->tasks_succeeded);
  return second.ec == std::errc{} ? ok() : bad_row(work_kind, key, "it holds no two numbers");
}

Status load_usage(Core& core, std::string_view key, std::string_view value) {
  auto usage = decode<NodeUsage>(value);
  if (!usage) return bad_row(usage_kind, key, usage.error().message);
  core.usage.push_back(*std::move(usage));
  return ok();
}

Status load_job(Core& core, std::string_view key, std::string_view value) {
  auto wire = decode<batch::Job>(value);
  if (!wire) return bad_row(job_kind, key, wire.error().message);
  JobRecord& job = core.jobs[{wire->id}];
  job.wire = *std::move(wire);
  job.finishing =
      job.wire.state == batch::JobState::terminating || job.wire.state == batch::JobState::deleting;
  return ok();
}

Status load_forced(Core& core, std::string_view key, std::string_view) {
  JobRecord* job = core.find_job({std::string(key)});
  if (!job) return bad_row(forced_kind, key, "its job is not in the store");
  job->forced = true;
  return ok();
}

Status load_schedule(Core& core, std::string_view key, std::string_view value) {
  using batch::JobScheduleState;
  auto stored = decode<StoredSchedule>(value, Missing::refused);
  if (!stored) return bad_row(schedule_kind, key, stored.error().message);
  JobScheduleRecord& schedule = core.job_schedules[{stored->wire.id}];
  schedule.wire = std::move(stored->wire);
  schedule.next_job_number = stored->next_job_number;
  schedule.last_run = stored->last_run;
  schedule.auto_pool = stored->auto_pool;
  schedule.finishing = schedule.wire.state == JobScheduleState::terminating ||
                       schedule.wire.state == JobScheduleState::deleting;
  return ok();
}

Status load_task(Core& core, std::string_view key, std::string_view value) {
  const auto [job_id, task_id] = split_key(key);
  JobRecord* job = core.find_job({job_id});
  if (!job) return bad_row(task_kind, key, "its job is not in the store");
  std::int64_t sequence = 0;
  std::int64_t created = 0;
  const char* end = value.data() + value.size();
  const auto first = std::from_chars(value.data(), end, sequence);
  const auto second = std::from_chars(std::min(first.ptr + 1, end), end, created);
  if (second.ec != std::errc{} || second.ptr == end)
    return bad_row(task_kind, key, "its head is broken");
  const std::string_view spec(second.ptr + 1, static_cast<std::size_t>(end - second.ptr - 1));
  auto wire = decode<batch::Task>(spec);
  if (!wire) return bad_row(task_kind, key, wire.error().message);
  TaskRecord task =
      make_task(*wire, sequence, Timestamp{std::chrono::sys_time<Ticks>(Ticks(created))});
  task.spec = core.specs.pack(spec);
  enter_task(*job, std::move(task), wire->depends_on);
  core.next_sequence = std::max(core.next_sequence, sequence + 1);
  return ok();
}

Status load_run(Core& core, std::string_view key, std::string_view value) {
  const auto [job_id, task_id] = split_key(key);
  TaskRecord* task = core.find_task({job_id}, {task_id});
  if (!task) return bad_row(run_kind, key, "its task is not in the store");
  auto stored = decode<StoredRun>(value);
  if (!stored) return bad_row(run_kind, key, stored.error().message);
  if (stored->max_retry_count) task->max_retry_count = *stored->max_retry_count;
  task->attempt = stored->attempt;
  task->satisfies = stored->satisfies.value_or(false);
  task->files_gone = stored->files_gone.value_or(false);
  task->modified = stored->modified.value_or(task->created);
  set_execution_info(*task, stored->execution);
  if (stored->node) task->node = NodeKey{{stored->pool.value_or("")}, {*stored->node}};
  load_instances(*task, stored->instances);
  NodeRecord* node = task->node ? core.find_node(*task->node) : nullptr;
  if (node && task->ended) remember_task(*node, {*task->ended, {job_id}, {task_id}});
  JobRecord& job = *core.find_job({job_id});
  // What ran when the service ended is told by the agents; until then it waits.
  const bool completed = stored->state == batch::TaskState::completed;
  if (!completed) task->started.reset();
  move_task(job, *task, completed ? batch::TaskState::completed : batch::TaskState::active,
            stored->state_since);
  task->earlier_runs = stored->earlier_runs.value_or(Duration{}).span;
  task->previous_state = stored->previous_state;
  task->previous_since = stored->previous_since;
  return ok();
}

Status load_met(Core& core, std::string_view key, std::string_view) {
  const auto [job_id, task_id] = split_key(key);
  JobRecord* job = core.find_job({job_id});
  if (!job) return bad_row(met_kind, key, "its job is not in the store");
  satisfy_dependents(*job, {task_id});
  return ok();
}

// Numbers of an earlier life must not come again: an agent may still run a deleted task that had
// one of them.
Status begin_next_life(Core& core, Store& store) {
  std::int64_t life = 0;
  DMS_CHECK(store.load(life_kind, [&](std::string_view, std::string_view value) {
    std::from_chars(value.data(), value.data() + value.size(), life);
  }));
  core.next_sequence = std::max(core.next_sequence, (life << 32) + 1);
  return store.commit({Change::put(life_kind, "number", std::to_string(life + 1))});
}

}  // namespace

Change pool_row(const PoolRecord& pool) {
  return Change::put(pool_kind, pool.wire.id, encode(pool.wire));
}

Change node_row(const PoolRecord& pool, const NodeRecord& node) {
  return Change::put(
      node_kind, pool.wire.id + "/" + node.wire.id,
      encode(StoredNode{node.boot_process_id, node.leaving, node.packages, node.number,
                        node.keeps_data, node.returns_at, node.used_since, node.users, node.wire}));
}

Change work_row(const PoolRecord& pool, const NodeRecord& node) {
  return Change::put(work_kind, pool.wire.id + "/" + node.wire.id,
                     std::to_string(node.tasks_run) + " " + std::to_string(node.tasks_succeeded));
}

static std::string usage_key(const NodeUsage& usage) {
  return std::to_string(usage.to.at.time_since_epoch().count()) + "/" + usage.node;
}

Change usage_row(const NodeUsage& usage) {
  return Change::put(usage_kind, usage_key(usage), encode(usage));
}

Change erase_usage_row(const NodeUsage& usage) {
  return Change::erase(usage_kind, usage_key(usage));
}

Change job_row(const JobRecord& job) {
  return Change::put(job_kind, job.wire.id, encode(job.wire));
}

Change job_schedule_row(const JobScheduleRecord& schedule) {
  return Change::put(schedule_kind, schedule.wire.id,
                     encode(StoredSchedule{schedule.next_job_number, schedule.last_run,
                                           schedule.auto_pool, schedule.wire}));
}

Change forced_row(const JobRecord& job) { return Change::put(forced_kind, job.wire.id, ""); }

Change met_row(const JobRecord& job, const TaskId& parent) {
  return Change::put(met_kind, job.wire.id + "/" + parent.text, "");
}

Change erase_met_row(const JobRecord& job, const TaskId& parent) {
  return Change::erase(met_kind, job.wire.id + "/" + parent.text);
}

Change task_row(const JobRecord& job, const TaskRecord& task) {
  std::string value = std::to_string(task.sequence) + " " +
                      std::to_string(task.created.at.time_since_epoch().count()) + "\n";
  return Change::put(task_kind, task_key(job, task), value + task.spec.unpack());
}

Change run_row(const JobRecord& job, const TaskRecord& task) {
  StoredRun stored;
  stored.state = task.state;
  stored.state_since = task.state_since;
  stored.previous_state = task.previous_state;
  stored.previous_since = task.previous_since;
  stored.attempt = task.attempt;
  stored.execution = execution_info(task);
  stored.max_retry_count = task.max_retry_count;
  if (task.satisfies) stored.satisfies = true;
  if (task.files_gone) stored.files_gone = true;
  if (task.modified != task.created) stored.modified = task.modified;
  if (task.earlier_runs != Ticks{}) stored.earlier_runs = Duration{task.earlier_runs};
  store_instances(task, stored);
  if (task.node) {
    stored.pool = task.node->pool.text;
    stored.node = task.node->node.text;
  }
  return Change::put(run_kind, task_key(job, task), encode(stored));
}

std::vector<Change> erase_job_rows(const JobRecord& job) {
  return {Change::erase_prefix(run_kind, job.wire.id + "/"),
          Change::erase_prefix(task_kind, job.wire.id + "/"),
          erase_job_on_node_rows(job),
          Change::erase_prefix(met_kind, job.wire.id + "/"),
          Change::erase(forced_kind, job.wire.id),
          Change::erase(job_kind, job.wire.id)};
}

std::vector<Change> erase_task_rows(const JobRecord& job, const TaskRecord& task) {
  return {Change::erase(run_kind, task_key(job, task)),
          Change::erase(task_kind, task_key(job, task))};
}

std::vector<Change> erase_pool_rows(const PoolRecord& pool) {
  return {Change::erase_prefix(work_kind, pool.wire.id + "/"),
          Change::erase_prefix(node_kind, pool.wire.id + "/"),
          Change::erase(pool_kind, pool.wire.id)};
}

std::vector<Change> erase_node_rows(const PoolRecord& pool, const NodeRecord& node) {
  const std::string key = pool.wire.id + "/" + node.wire.id;
  return {Change::erase(work_kind, key), Change::erase(node_kind, key)};
}

Change erase_job_schedule_row(const JobScheduleRecord& schedule) {
  return Change::erase(schedule_kind, schedule.wire.id);
}

Status load_core(Core& core, Store& store) {
  using Loader = Status (*)(Core&, std::string_view, std::string_view);
  const std::pair<const char*, Loader> kinds[] = {
      {pool_kind, load_pool},         {node_kind, load_node},
      {work_kind, load_work},         {usage_kind, load_usage},
      {job_kind, load_job},           {forced_kind, load_forced},
      {schedule_kind, load_schedule}, {task_kind, load_task},
      {run_kind, load_run},           {met_kind, load_met}};
  for (const auto& [kind, load] : kinds) {
    Status status = ok();
    DMS_CHECK(store.load(kind, [&, load = load](std::string_view key, std::string_view value) {
      if (status) status = load(core, key, value);
    }));
    DMS_CHECK(std::move(status));
  }
  DMS_CHECK(load_jobs_on_nodes(core, store));
  DMS_CHECK(load_applications(core, store));
  return begin_next_life(core, store);
}

}  // namespace dms::service
