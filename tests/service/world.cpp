#include "tests/service/world.h"

#include <algorithm>
#include <set>

namespace dms::service {

using batch::TaskResult;
using batch::TaskState;

namespace {

std::string dms_code(const Status& status) { return code_of(status); }

std::string name_of(const agent::RunRef& run) {
  return run.instance == 0 ? run.task_id : run.task_id + "." + std::to_string(run.instance);
}

Core fresh_core() {
  Core core;
  core.account = "acct";
  core.base_url = "http://h:1";
  core.nodes_dir = "/nodes";
  return core;
}

}  // namespace

batch::FailureInfo failure(std::string code) {
  return {batch::ErrorCategory::user_error, std::move(code), "why", {}};
}

agent::RunEnd ended_by_itself(int exit_code) {
  agent::RunEnd end;
  end.exit_code = exit_code;
  if (exit_code != 0) end.failure_info = failure("FailureExitCode");
  return end;
}

bool WorldAgent::is_asked_to_end(const agent::RunRef& run) const {
  return std::find(asked_to_end.begin(), asked_to_end.end(), run) != asked_to_end.end();
}

World::World() : core(fresh_core()) {
  EXPECT_TRUE(load_core(core, *store_));
  now_.at = std::chrono::sys_days{std::chrono::year{2026} / 1 / 2};
}

// -- effects --

void World::carry_out(Effects out) {
  EXPECT_TRUE(store_->commit(std::move(out.changes)));
  for (auto& key : out.start_agents) {
    auto& started = agents_[key];
    started = {};
    started.process_id = next_process_id_++;
    started.alive = true;
    if (std::find(nodes_.begin(), nodes_.end(), key) == nodes_.end()) nodes_.push_back(key);
    agents_started_.push_back(key.node.text);
  }
  for (const auto& [key, frame] : out.frames) deliver(key, frame);
  for (const auto& [key, run] : out.acknowledge_when_durable) {
    acknowledged_.push_back(run.task_id);
    if (agents_[key].connected) agents_[key].unacknowledged.erase(run);
  }
  for (const auto& [key, fate] : out.stop_agents) {
    agents_[key].stopped = true;
    agents_stopped_.push_back(fate == RootFate::erased ? "erased" : "kept");
  }
  for (const auto& key : out.retire_agents) {
    agents_[key].retired = true;
    agents_retired_.push_back(key.node.text);
  }
}

void World::deliver(const NodeKey& key, const agent::ToAgent& frame) {
  WorldAgent& to = agents_[key];
  for (const auto& spec : frame.start) starts_.push_back(name_of(spec.run));
  for (const auto& run : frame.proceed) proceeded_.push_back(name_of(run));
  for (const auto& run : frame.end) ends_.push_back(name_of(run));
  for (const auto& directory : frame.remove) removed_.push_back(directory);
  if (!to.connected) return;
  for (const auto& directory : frame.remove) deliver_remove(to, directory);
  for (const auto& spec : frame.start) deliver_start(to, spec);
  for (const auto& run : frame.proceed) deliver_proceed(to, run);
  for (const auto& run : frame.end)
    if (to.running.contains(run) && !to.is_asked_to_end(run)) to.asked_to_end.push_back(run);
}

void World::deliver_start(WorldAgent& to, const agent::RunSpec& spec) {
  for (const auto& [run, directory] : to.running)
    EXPECT_NE(directory, spec.task_directory) << "started where another run still is";
  EXPECT_FALSE(to.unacknowledged.contains(spec.run)) << "started again what has ended";
  to.running.emplace(spec.run, spec.task_directory);
  if (spec.coordination) to.phases.emplace(spec.run, agent::InstancePhase::coordinating);
}

void World::deliver_proceed(WorldAgent& to, const agent::RunRef& run) {
  if (!to.phases.contains(run)) return;
  EXPECT_NE(to.phases.at(run), agent::InstancePhase::coordinating) << "not coordinated yet";
  EXPECT_EQ(run.instance, 0);
  for (const auto& [key, agent] : agents_)
    for (const auto& [other, phase] : agent.phases) {
      if (other.job_id != run.job_id || other.incarnation != run.incarnation) continue;
      if (other.attempt == run.attempt) {
        EXPECT_NE(phase, agent::InstancePhase::coordinating) << name_of(other) << " is not ready";
      } else if (phase == agent::InstancePhase::proceeding) {
        EXPECT_TRUE(agent.is_asked_to_end(other)) << "two attempts run at once";
      }
    }
  to.phases[run] = agent::InstancePhase::proceeding;
}

void World::deliver_remove(const WorldAgent& to, const std::string& directory) {
  for (const auto& [run, used] : to.running)
    EXPECT_FALSE(used == directory || used.starts_with(directory + "/"))
        << directory << " was removed while " << run.task_id << " runs in it";
}

// -- events --

bool World::tick() {
  pass(std::chrono::milliseconds(100));
  return act([](Core& c, Effects& out, Timestamp at) { return on_tick(c, out, at); });
}

void World::add_pool(const std::string& id, const WorldPool& options) {
  batch::Pool wire;
  wire.id = id;
  wire.vm_size = "Standard_F2s_v2";
  wire.target_dedicated_nodes = options.nodes;
  wire.target_low_priority_nodes = options.low_priority_nodes;
  wire.task_slots_per_node = options.slots;
  wire.task_scheduling_policy = batch::TaskSchedulingPolicy{options.fill, {}};
  wire.start_task = options.start_task;
  wire.enable_inter_node_communication = options.inter_node;
  ASSERT_EQ(code_of(act([&](Core& c, Effects& out, Timestamp at) {
              return service::add_pool(c, out, wire, at);
            })),
            "");
  hello_all();
  tick();
  tick();
  if (!options.start_task) forget();
}

std::string World::resize_pool(const std::string& id, int nodes,
                               batch::NodeDeallocationOption option) {
  return dms_code(act([&](Core& c, Effects& out, Timestamp at) {
    Status status = service::resize_pool(
        c, out, pool(id), {.target_dedicated_nodes = nodes, .node_deallocation_option = option},
        at);
    schedule(c, out, {id}, at);
    return status;
  }));
}

std::string World::delete_pool(const std::string& id) {
  return dms_code(act([&](Core& c, Effects& out, Timestamp at) {
    return service::delete_pool(c, out, pool(id), at);
  }));
}

void World::add_job(const std::string& id, const WorldJob& options) {
  batch::Job wire;
  wire.id = id;
  wire.pool_info.pool_id = options.pool;
  wire.priority = options.priority;
  wire.max_parallel_tasks = options.max_parallel_tasks;
  wire.on_all_tasks_complete = options.on_all_tasks_complete;
  wire.constraints = batch::JobConstraints{options.max_wall_clock_time, options.retries};
  wire.job_preparation_task = options.preparation;
  wire.job_release_task = options.release;
  wire.job_manager_task = options.manager;
  wire.uses_task_dependencies = options.dependencies;
  if (options.job_actions)
    wire.on_task_failure = batch::OnTaskFailure::perform_exit_options_job_action;
  wire.allow_task_preemption = options.gives_way;
  ASSERT_EQ(add_job(wire), "");
}

std::string World::add_job(const batch::Job& wire) {
  return code_of(
      act([&](Core& c, Effects& out, Timestamp at) { return service::add_job(c, out, wire, at); }));
}

std::string World::add_task(const std::string& id, const WorldTask& options,
                            const std::string& job_id) {
  batch::Task wire;
  wire.id = id;
  wire.command_line = "true";
  wire.required_slots = options.slots;
  if (options.retries)
    wire.constraints = batch::TaskConstraints{.max_task_retry_count = options.retries};
  wire.depends_on = options.depends_on;
  if (options.instances > 0)
    wire.multi_instance_settings =
        batch::MultiInstanceSettings{options.instances, "coordinate", {}};
  return add_task(wire, job_id);
}

std::string World::add_task(const batch::Task& wire, const std::string& job_id) {
  return code_of(act([&](Core& c, Effects& out, Timestamp at) {
    auto added = service::add_task(c, out, job(job_id), wire, at);
    schedule(c, out, job(job_id).pool(), at);
    return added;
  }));
}

std::string World::terminate_task(const std::string& id, const std::string& job_id) {
  return dms_code(act([&](Core& c, Effects& out, Timestamp at) {
    Status status = service::terminate_task(c, out, job(job_id), task(id, job_id), at);
    schedule(c, out, job(job_id).pool(), at);
    return status;
  }));
}

std::string World::delete_task(const std::string& id, const std::string& job_id) {
  act([&](Core& c, Effects& out, Timestamp at) {
    service::delete_task(c, out, job(job_id), task(id, job_id), at);
    schedule(c, out, job(job_id).pool(), at);
  });
  return "";
}

std::string World::reactivate_task(const std::string& id, const std::string& job_id) {
  return dms_code(act([&](Core& c, Effects& out, Timestamp at) {
    Status status = service::reactivate_task(c, out, job(job_id), task(id, job_id), at);
    schedule(c, out, job(job_id).pool(), at);
    return status;
  }));
}

std::string World::terminate_job(const std::string& id, const std::string& reason) {
  return dms_code(act([&](Core& c, Effects& out, Timestamp at) {
    return service::terminate_job(c, out, job(id), reason, at);
  }));
}

std::string World::delete_job(const std::string& id) {
  return dms_code(act([&](Core& c, Effects& out, Timestamp at) {
    return service::delete_job(c, out, job(id), at);
  }));
}

std::string World::disable_job(const std::string& id, batch::DisableJobOption option) {
  return dms_code(act([&](Core& c, Effects& out, Timestamp at) {
    Status status = service::disable_job(c, out, job(id), option, at);
    schedule(c, out, job(id).pool(), at);
    return status;
  }));
}

std::string World::enable_job(const std::string& id) {
  return dms_code(act([&](Core& c, Effects& out, Timestamp at) {
    return service::enable_job(c, out, job(id), at);
  }));
}

// -- agents --

std::pair<NodeKey, agent::RunRef> World::find_run(const std::string& task_id,
                                                  const std::string& job_id) const {
  for (const auto& [key, agent] : agents_)
    for (const auto& [run, directory] : agent.running)
      if (run.task_id == task_id && run.job_id == job_id) return {key, run};
  ADD_FAILURE() << "no agent runs " << task_id;
  return {};
}

std::pair<NodeKey, agent::RunRef> World::find_instance(const std::string& task_id,
                                                       int instance) const {
  for (const auto& [key, agent] : agents_)
    for (const auto& [run, directory] : agent.running)
      if (run.task_id == task_id && run.instance == instance) return {key, run};
  ADD_FAILURE() << "no agent runs instance " << instance << " of " << task_id;
  return {};
}

NodeKey World::node_of(const std::string& task_id, int instance) const {
  return find_instance(task_id, instance).first;
}

void World::coordinate_this(const NodeKey& key, const agent::RunRef& run) {
  WorldAgent& from = agents_[key];
  from.phases[run] = agent::InstancePhase::coordinated;
  if (!from.connected) return;
  act([&](Core& c, Effects& out, Timestamp) { on_coordinated(c, out, key, {run}); });
}

void World::coordinate(const std::string& task_id, int instance) {
  const auto [key, run] = find_instance(task_id, instance);
  coordinate_this(key, run);
}

void World::coordinate_all(const std::string& task_id) {
  for (int i = 0; i < task(task_id).instances->count; ++i) coordinate(task_id, i);
}

void World::end_instance(const std::string& task_id, int instance, int exit_code) {
  const auto [key, run] = find_instance(task_id, instance);
  end_this_run(key, run, ended_by_itself(exit_code));
}

void World::lose_instance(const std::string& task_id, int instance) {
  const auto [key, run] = find_instance(task_id, instance);
  agent::RunEnd end;
  end.ended_by = agent::EndedBy::lost;
  end.failure_info = failure("Unknown");
  end_this_run(key, run, end);
}

void World::answer_end_of(const NodeKey& key, const agent::RunRef& run) {
  const WorldAgent& from = agents_.at(key);
  EXPECT_TRUE(from.is_asked_to_end(run)) << "was not asked to end";
  const auto phase = from.phases.find(run);
  const bool coordinated =
      phase != from.phases.end() && phase->second == agent::InstancePhase::coordinated;
  agent::RunEnd end;
  end.ended_by = agent::EndedBy::terminate;
  if (!coordinated) end.exit_code = 137;
  if (coordinated && run.instance != 0) end.exit_code = 0;
  end.failure_info = failure("TaskEnded");
  end_this_run(key, run, std::move(end));
}

void World::answer_ends() {
  std::vector<std::pair<NodeKey, agent::RunRef>> asked;
  for (const auto& [key, agent] : agents_)
    for (const auto& run : agent.asked_to_end) asked.emplace_back(key, run);
  for (const auto& [key, run] : asked) answer_end_of(key, run);
}

void World::tell_end(const NodeKey& key, agent::RunEnd end) {
  WorldAgent& from = agents_[key];
  from.running.erase(end.run);
  from.phases.erase(end.run);
  std::erase(from.asked_to_end, end.run);
  from.unacknowledged.insert_or_assign(end.run, end);
  if (!from.connected) return;
  act([&](Core& c, Effects& out, Timestamp at) { on_runs_ended(c, out, key, {end}, at); });
}

void World::end_run_as(const std::string& task_id, agent::RunEnd end, const std::string& job_id) {
  const auto [key, run] = find_run(task_id, job_id);
  end_this_run(key, run, std::move(end));
}

void World::end_this_run(const NodeKey& key, const agent::RunRef& run, agent::RunEnd end) {
  end.run = run;
  end.start_time = now_;
  pass(std::chrono::seconds(1));
  end.end_time = now_;
  tell_end(key, std::move(end));
}

void World::end_run(const std::string& task_id, int exit_code, const std::string& job_id) {
  end_run_as(task_id, ended_by_itself(exit_code), job_id);
}

void World::answer_end(const std::string& task_id, const std::string& job_id) {
  const auto [key, run] = find_run(task_id, job_id);
  answer_end_of(key, run);
}

void World::end_start_task(const NodeKey& key, int exit_code) {
  for (const auto& [run, directory] : agents_.at(key).running) {
    if (!run.job_id.empty()) continue;
    agent::RunEnd end = ended_by_itself(exit_code);
    end.run = run;
    end.start_time = end.end_time = now_;
    tell_end(key, std::move(end));
    return;
  }
  ADD_FAILURE() << "the agent does not run the start task";
}

void World::end_run_unheard(const std::string& task_id, int exit_code, const std::string& job_id) {
  const auto [key, run] = find_run(task_id, job_id);
  ASSERT_FALSE(agents_.at(key).connected);
  end_run(task_id, exit_code, job_id);
}

void World::hello(const NodeKey& key) {
  WorldAgent& from = agents_[key];
  from.connected = true;
  agent::Hello hello{.node_id = key.node.text, .process_id = from.process_id};
  for (const auto& [run, directory] : from.running) hello.running.push_back(run);
  for (const auto& [run, phase] : from.phases) hello.instances.push_back({run, phase});
  for (const auto& [run, end] : from.unacknowledged) hello.ended.push_back(end);
  act([&](Core& c, Effects& out, Timestamp at) { on_hello(c, out, key, hello, at); });
}

void World::hello_all() {
  for (const auto& key : std::vector(nodes_))
    if (agents_[key].alive && !agents_[key].connected && !agents_[key].stopped) hello(key);
}

void World::silent(const NodeKey& key) {
  agents_[key].connected = false;
  act([&](Core& c, Effects& out, Timestamp at) { on_agent_silent(c, out, key, at); });
}

void World::dead(const NodeKey& key) {
  // Of one that was to end anyway its host says just that.
  const bool stopped = agents_[key].stopped;
  agents_[key] = {.retired = agents_[key].retired};
  act([&](Core& c, Effects& out, Timestamp at) {
    stopped ? on_agent_stopped(c, out, key, at) : on_agent_dead(c, out, key, at);
  });
}

void World::end_stopped() {
  for (const auto& key : std::vector(nodes_))
    if (agents_[key].stopped) dead(key);
}

void World::bury_retired() {
  for (const auto& key : std::vector(nodes_)) {
    if (!agents_[key].retired) continue;
    agents_.erase(key);
    std::erase(nodes_, key);
    act([&](Core& c, Effects& out, Timestamp at) { on_node_gone(c, out, key, at); });
  }
}

void World::restart() {
  core = fresh_core();
  ASSERT_TRUE(load_core(core, *store_));
  for (auto& [key, agent] : agents_) agent.connected = agent.retired = agent.stopped = false;
}

void World::find_dead() {
  for (const auto& key : std::vector(nodes_)) {
    const NodeRecord* node = core.find_node(key);
    if (node && node->presence == Presence::unheard && !agents_[key].alive) dead(key);
  }
}

void World::settle() {
  for (int turn = 0; turn < 100; ++turn) {
    const bool unsettled = tick();
    find_dead();
    end_stopped();
    hello_all();
    bury_retired();
    if (!unsettled && std::none_of(agents_.begin(), agents_.end(), [](const auto& entry) {
          return entry.second.stopped || (entry.second.alive && !entry.second.connected);
        }))
      return;
  }
}

// -- looking --

void World::forget() {
  for (Words* words : {&starts_, &proceeded_, &ends_, &removed_, &acknowledged_, &agents_started_,
                       &agents_stopped_, &agents_retired_})
    words->clear();
}

void World::expect_nothing_else() const {
  EXPECT_EQ(starts_, Words{}) << "starts";
  EXPECT_EQ(proceeded_, Words{}) << "proceeded";
  EXPECT_EQ(ends_, Words{}) << "ends";
  EXPECT_EQ(removed_, Words{}) << "removed";
  EXPECT_EQ(acknowledged_, Words{}) << "acknowledged";
  EXPECT_EQ(agents_started_, Words{}) << "agents started";
  EXPECT_EQ(agents_stopped_, Words{}) << "agents stopped";
  EXPECT_EQ(agents_retired_, Words{}) << "agents retired";
}

NodeKey World::node(int number, const std::string& pool_id) const {
  for (const auto& key : nodes_)
    if (key.pool.text == pool_id && number-- == 0) return key;
  ADD_FAILURE() << "no such node of " << pool_id;
  return {};
}

PoolRecord& World::pool(const std::string& id) { return core.pools.at({id}); }
JobRecord& World::job(const std::string& id) { return core.jobs.at({id}); }
TaskRecord& World::task(const std::string& id, const std::string& job_id) {
  return job(job_id).tasks.at({id});
}
NodeRecord& World::node_record(const NodeKey& key) {
  return core.pools.at(key.pool).nodes.at(key.node);
}

Result<batch::Task> show_task(const Core& core, const JobRecord& job, const TaskRecord& task) {
  DMS_TRY(const std::string text, encode_task(core, job, task));
  return decode<batch::Task>(text, Missing::refused);
}

static void expect_unmet(const JobRecord& job, const TaskRecord& task) {
  const auto wire = spec_of(task);
  ASSERT_TRUE(wire);
  const auto on = wire->depends_on.value_or(batch::TaskDependencies{});
  std::set<TaskId> missing;
  for (const auto& id : on.task_ids)
    if (!job.dependencies.satisfied({id})) missing.insert({id});
  auto unmet = static_cast<int>(missing.size());
  for (const auto& [start, end] : on.task_id_ranges) {
    std::set<int> met;
    for (const auto& [id, other] : job.tasks)
      if (const auto number = number_of(id); number && job.dependencies.satisfied(id))
        if (start <= *number && *number <= end) met.insert(*number);
    unmet += static_cast<int>(met.size()) <= end - start;
  }
  // A deleted parent's integer is not seen from here, so a range may be met all the same.
  EXPECT_LE(task.unmet, unmet) << task.id.text;
  if (on.task_id_ranges.empty()) {
    EXPECT_EQ(task.unmet, unmet) << task.id.text;
  }
}

static void expect_counts(const JobRecord& job) {
  batch::TaskCounts counts, slots;
  int ready_instances = 0, running_instances = 0;
  std::map<std::int64_t, const TaskRecord*> queue;
  for (const auto& [id, task] : job.tasks) {
    const auto add = [&](int batch::TaskCounts::*member) {
      counts.*member += 1;
      slots.*member += task.required_slots;
    };
    expect_unmet(job, task);
    const int instances = task.instances ? task.instances->count : 1;
    if (task.state == TaskState::active && task.unmet == 0) {
      queue.emplace(task.sequence, &task);
      ready_instances += instances;
    }
    if (task.state == TaskState::active) add(&batch::TaskCounts::active);
    if (task.state == TaskState::running || task.state == TaskState::preparing) {
      add(&batch::TaskCounts::running);
      running_instances += instances;
    }
    if (task.state != TaskState::completed) continue;
    EXPECT_TRUE(!task.satisfies || job.dependencies.satisfied(id)) << id.text;
    add(&batch::TaskCounts::completed);
    add(task.result == TaskResult::success ? &batch::TaskCounts::succeeded
                                           : &batch::TaskCounts::failed);
  }
  EXPECT_EQ(encode(batch::TaskCountsResult{job.counts, job.slot_counts}),
            encode(batch::TaskCountsResult{counts, slots}))
      << "counts of " << job.wire.id;
  EXPECT_EQ(job.ready_instances, ready_instances) << job.wire.id;
  EXPECT_EQ(job.running_instances, running_instances) << job.wire.id;
  EXPECT_TRUE(std::equal(
      queue.begin(), queue.end(), job.queue.begin(), job.queue.end(),
      [](const auto& a, const auto& b) { return a.first == b.first && a.second == b.second; }))
      << "the queue of " << job.wire.id;
}

// The node of a run, which must be there and may live.
static const NodeRecord& node_at(const Core& core, const NodeKey& key, const agent::RunRef& run) {
  const NodeRecord& node = core.pools.at(key.pool).nodes.at(key.node);
  EXPECT_NE(node.presence, Presence::dead) << name_of(run);
  return node;
}

static void expect_run(const Core& core, const NodeKey& key, const agent::RunRef& run) {
  const NodeRecord& node = node_at(core, key, run);
  EXPECT_TRUE(node.runs.contains(run)) << name_of(run);
  EXPECT_FALSE(node.waiting.contains(run)) << name_of(run);
}

static void expect_waiting(const Core& core, const NodeKey& key, const agent::RunRef& run) {
  const NodeRecord& node = node_at(core, key, run);
  EXPECT_FALSE(node.runs.contains(run)) << name_of(run);
  EXPECT_TRUE(node.waiting.contains(run)) << name_of(run);
}

static void expect_instances(const Core& core, const JobRecord& job, const TaskRecord& task) {
  const Instances& all = *task.instances;
  ASSERT_EQ(static_cast<int>(all.list.size()), all.count);
  std::set<NodeKey> nodes;
  for (int i = 0; i < all.count; ++i) {
    const Instance& one = all.list[static_cast<std::size_t>(i)];
    if (!one.node) {
      EXPECT_FALSE(core.pools.at(job.pool()).all_heard()) << task.id.text << " lacks " << i;
      continue;
    }
    EXPECT_TRUE(nodes.insert(*one.node).second) << "two instances of " << task.id.text;
    if (one.over) continue;
    expect_run(core, *one.node, run_ref(job, task, i));
    EXPECT_EQ(core.pools.at(one.node->pool).nodes.at(one.node->node).used_slots, 1) << "is alone";
  }
}

static void expect_runs(const Core& core, const JobRecord& job) {
  for (const auto& [id, task] : job.tasks) {
    if (task.state != TaskState::running && task.state != TaskState::preparing) continue;
    if (task.instances) {
      expect_instances(core, job, task);
      continue;
    }
    ASSERT_TRUE(task.node.has_value()) << id.text;
    if (task.state == TaskState::running)
      expect_run(core, *task.node, run_ref(job, task));
    else
      expect_waiting(core, *task.node, run_ref(job, task));
  }
}

void World::expect_consistent() const {
  for (const auto& [id, job] : core.jobs) {
    expect_counts(job);
    expect_runs(core, job);
  }
  for (const auto& [pool_id, pool] : core.pools)
    for (const auto& [id, node] : pool.nodes) {
      int used = 0;
      for (const auto& [run, since] : node.runs) used += run.required_slots;
      for (const auto& run : node.waiting) used += run.required_slots;
      EXPECT_EQ(node.used_slots, used) << id.text;
      EXPECT_LE(node.used_slots, node.slots) << id.text;
    }
}

}  // namespace dms::service
