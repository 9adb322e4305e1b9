// Random histories: whatever happens in whatever order, counters stay true, no slot is used twice,
// no task is lost, and in the end everything that can run has run. World: tests/service/world.h.
#include <algorithm>
#include <random>

#include "service/core/node_operations.h"
#include "service/core/schedules.h"
#include "tests/service/world.h"

namespace dms::service {
namespace {

using batch::NodeDeallocationOption;
using batch::TaskState;

class History {
 public:
  explicit History(unsigned seed) : random_(seed) {
    for (const char* id : {"p", "q"}) world.add_pool(id, {.nodes = 2, .slots = 3});
    world.add_pool("m", together());
  }

  void step() {
    const int what = pick(100);
    if (what < 8)
      add_job();
    else if (what < 10)
      add_schedule();
    else if (what < 12)
      change_schedule();
    else if (what < 14)
      world.pass(std::chrono::minutes(1));
    else if (what < 33)
      add_task();
    else if (what < 34)
      with_job([&](auto& job) {
        world.disable_job(job, static_cast<batch::DisableJobOption>(pick(3)));
      });
    else if (what < 35)
      with_job([&](auto& job) { world.enable_job(job); });
    else if (what < 42)
      coordinate_some();
    else if (what < 58)
      end_some_run();
    else if (what < 66)
      answer_some_end();
    else if (what < 70)
      with_task([&](auto& job, auto& task) { world.terminate_task(task, job); });
    else if (what < 73)
      with_task([&](auto& job, auto& task) { world.delete_task(task, job); });
    else if (what < 76)
      with_task([&](auto& job, auto& task) { world.reactivate_task(task, job); });
    else if (what < 78)
      with_job([&](auto& job) { world.terminate_job(job); });
    else if (what < 80)
      with_job([&](auto& job) { world.delete_job(job); });
    else if (what < 83)
      resize();
    else if (what < 84)
      delete_pool();
    else if (what < 88)
      with_agent(true, [&](auto& node) { world.silent(node); });
    else if (what < 93)
      with_agent(false, [&](auto& node) { world.hello(node); });
    else if (what < 95)
      with_agent(pick(2) == 0, [&](auto& node) { world.dead(node); });
    else if (what < 96)
      world.restart();
    else if (what < 97)
      world.bury_retired();
    else if (what < 98)
      change_some_node();
    else if (what < 99)
      world.end_stopped();
    else
      world.tick();
  }

  // Lets everything come to rest, in pools that are there.
  void finish() {
    while (!world.core.job_schedules.empty()) {
      for (const auto& id : schedules()) change(id, delete_job_schedule);
      world.settle();
      while (answer_some_end()) continue;
    }
    for (int turn = 0; turn < 1000; ++turn) {
      bool rests = true;
      for (const char* id : pools) rests &= has_nodes(id);
      for (const char* id : pools) rests &= all_nodes_work(id);
      world.settle();
      rests &= !answer_some_end() && !coordinate_some() && !end_some_run(0);
      world.expect_consistent();
      if (rests) return;
    }
    ADD_FAILURE() << "does not come to rest";
  }

  void expect_all_done() {
    for (const auto& [id, job] : world.core.jobs) {
      EXPECT_FALSE(job.finishing) << id.text;
      for (const auto& [task_id, task] : job.tasks) {
        const bool may_run = job.wire.state == batch::JobState::active && task.unmet == 0;
        EXPECT_NE(task.state, TaskState::running) << task_id.text;
        if (may_run) {
          EXPECT_EQ(task.state, TaskState::completed) << task_id.text << describe(job, task);
        }
      }
    }
    for (const auto& [id, pool] : world.core.pools) {
      for (const auto& [node_id, node] : pool.nodes) EXPECT_TRUE(node.runs.empty());
      EXPECT_TRUE(id.text.size() == 1) << id.text << " has outlived its schedule";
    }
  }

  // Why a task may wait.
  std::string describe(const JobRecord& job, const TaskRecord& task) {
    std::string text = " of " + job.wire.id + " needs " + std::to_string(task.required_slots) +
                       " slots of pool " + job.pool().text + ", which has";
    if (!world.core.pools.contains(job.pool())) return text + " never been";
    for (const auto& [id, node] : world.pool(job.pool().text).nodes)
      text += " " + std::to_string(node.slots - node.used_slots) + " in a node " +
              std::string(text_of(shown_state(node))) +
              (node.takes_tasks() ? "" : " that takes none") + ",";
    return text + " max " + std::to_string(job.wire.max_parallel_tasks.value_or(0));
  }

  World world;

 private:
  static constexpr const char* pools[] = {"p", "q", "m"};
  // A pool for multi-instance tasks.
  static WorldPool together() { return {.nodes = 3, .slots = 1, .inter_node = true}; }

  int pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }

  // Sees to it that the pool will have nodes. Whether it has them.
  bool has_nodes(const std::string& id) {
    const bool is_together = id == "m";
    if (!world.core.pools.contains({id})) {
      world.add_pool(id, is_together ? together() : WorldPool{.nodes = 1, .slots = 3});
    } else if (is_together && world.pool(id).wire.target_dedicated_nodes != 3) {
      world.resize_pool(id, 3, NodeDeallocationOption::requeue);
    } else if (world.pool(id).nodes.empty()) {
      world.resize_pool(id, 1, NodeDeallocationOption::requeue);
    } else {
      return world.pool(id).wire.state == batch::PoolState::active;
    }
    return false;
  }

  // Something that a client asks of a node; what it refuses is as good.
  void change_some_node() {
    const std::string id = pools[pick(static_cast<int>(std::size(pools)))];
    if (!world.core.pools.contains({id}) || world.pool(id).nodes.empty()) return;
    auto it = world.pool(id).nodes.begin();
    std::advance(it, pick(static_cast<int>(world.pool(id).nodes.size())));
    const int what = pick(6);
    const auto option = static_cast<NodeDeallocationOption>(pick(3));
    world.act([&](Core& core, Effects& out, Timestamp now) {
      PoolRecord& pool = world.pool(id);
      NodeRecord& node = it->second;
      if (what == 0) (void)reboot_node(core, out, pool, node, option, now);
      if (what == 1) (void)reimage_node(core, out, pool, node, option, now);
      if (what == 2) (void)deallocate_node(core, out, pool, node, option, now);
      if (what == 3) (void)start_node(out, pool, node, now);
      if (what == 4) (void)disable_scheduling(core, out, pool, node, option, now);
      if (what == 5) (void)enable_scheduling(out, pool, node);
      schedule(core, out, pool.id(), now);
    });
  }

  // Switches nodes on and lets them take tasks. Whether all do.
  bool all_nodes_work(const std::string& id) {
    if (!world.core.pools.contains({id})) return false;
    bool work = true;
    world.act([&](Core& core, Effects& out, Timestamp now) {
      PoolRecord& pool = world.pool(id);
      for (auto& [node_id, node] : pool.nodes) {
        (void)start_node(out, pool, node, now);
        (void)enable_scheduling(out, pool, node);
        work &= node.leaving || node.takes_tasks();
      }
      schedule(core, out, pool.id(), now);
    });
    return work;
  }

  void add_job() {
    const std::string id = "j" + std::to_string(pick(5));
    if (world.core.jobs.contains({id})) return;
    WorldJob options{.pool = pools[pick(3)],
                     .priority = pick(3),
                     .max_parallel_tasks = pick(3) ? -1 : 2,
                     .retries = pick(3)};
    if (pick(2)) options.preparation = preparation();
    if (options.preparation && pick(2))
      options.release = batch::JobReleaseTask{.command_line = "clean"};
    if (pick(4) == 0) options.manager = batch::JobManagerTask{.id = "lead", .command_line = "lead"};
    options.dependencies = pick(2);
    options.job_actions = pick(4) == 0;
    options.gives_way = pick(2);
    world.add_job(id, options);
  }

  // Of tasks that are there, were there or never will be.
  batch::TaskDependencies some_dependencies() {
    batch::TaskDependencies on;
    for (int i = pick(3); i > 0; --i) on.task_ids.push_back(std::to_string(pick(12)));
    if (pick(2)) on.task_id_ranges.push_back({pick(6), 5 + pick(6)});
    return on;
  }

  // One that fails is tried again, lest the pool's nodes be barred for good.
  batch::JobPreparationTask preparation() {
    batch::JobPreparationTask task{.command_line = "prepare"};
    task.constraints = batch::TaskConstraints{.max_task_retry_count = -1};
    task.wait_for_success = pick(4) != 0;
    return task;
  }

  // A job a minute, in a pool that is there or in one that is made for it.
  void add_schedule() {
    batch::JobSchedule wire;
    wire.id = "s" + std::to_string(pick(2));
    wire.schedule = batch::Schedule{.recurrence_interval = *Duration::parse("PT1M")};
    auto& pool_info = wire.job_specification.pool_info;
    if (pick(2)) {
      pool_info.pool_id = "p";
    } else {
      auto& made = pool_info.auto_pool_specification.emplace();
      made.pool_lifetime_option = static_cast<batch::PoolLifetimeOption>(pick(2));
      made.pool = batch::Pool{.vm_size = "small", .target_dedicated_nodes = 1};
      made.pool->task_slots_per_node = 3;
    }
    (void)world.act([&](Core& core, Effects& out, Timestamp now) {
      return add_job_schedule(core, out, wire, now);
    });
  }

  std::vector<JobScheduleId> schedules() const {
    std::vector<JobScheduleId> ids;
    for (const auto& [id, schedule] : world.core.job_schedules) ids.push_back(id);
    return ids;
  }
  void change(const JobScheduleId& id,
              Status (*how)(Core&, Effects&, JobScheduleRecord&, Timestamp)) {
    (void)world.act([&](Core& core, Effects& out, Timestamp now) {
      return how(core, out, core.job_schedules.at(id), now);
    });
  }
  void change_schedule() {
    const auto ids = schedules();
    if (ids.empty()) return;
    const auto all = {disable_job_schedule, enable_job_schedule, terminate_job_schedule,
                      delete_job_schedule};
    change(ids[pick(static_cast<int>(ids.size()))], all.begin()[pick(4)]);
  }

  template <class Use>
  void with_job(Use use) {
    if (world.core.jobs.empty()) return;
    auto it = world.core.jobs.begin();
    std::advance(it, pick(static_cast<int>(world.core.jobs.size())));
    const std::string id = it->second.wire.id;
    use(id);
  }

  template <class Use>
  void with_task(Use use) {
    with_job([&](const std::string& job) {
      auto& tasks = world.job(job).tasks;
      if (tasks.empty()) return;
      auto it = tasks.begin();
      std::advance(it, pick(static_cast<int>(tasks.size())));
      const std::string task = it->second.id.text;
      use(job, task);
    });
  }

  void add_task() {
    with_job([&](const std::string& job) {
      const bool is_together = world.job(job).pool().text == "m";
      WorldTask options{.slots = is_together ? 1 : 1 + pick(3),
                        .instances = is_together ? std::max(0, pick(5) - 1) : 0};
      if (*world.job(job).wire.uses_task_dependencies && pick(3) == 0)
        options.depends_on = some_dependencies();
      world.add_task(std::to_string(pick(12)), options, job);
    });
  }

  // All (node, run) that agents have under way and were, or were not, asked to end.
  std::vector<std::pair<NodeKey, agent::RunRef>> runs(bool asked) {
    std::vector<std::pair<NodeKey, agent::RunRef>> found;
    for (const auto& [id, pool] : world.core.pools)
      for (const auto& [node_id, node] : pool.nodes) {
        const WorldAgent& agent = world.agent({id, node_id});
        for (const auto& [run, directory] : agent.running)
          if (agent.is_asked_to_end(run) == asked) found.emplace_back(NodeKey{id, node_id}, run);
      }
    return found;
  }

  // An instance that is not coordinated.
  bool is_coordinating(const NodeKey& node, const agent::RunRef& run) {
    const auto& phases = world.agent(node).phases;
    const auto phase = phases.find(run);
    return phase != phases.end() && phase->second == agent::InstancePhase::coordinating;
  }

  // Whether the run may end so by itself: coordinated instances wait for others.
  bool may_end(const NodeKey& node, const agent::RunRef& run, int exit_code) {
    const auto& phases = world.agent(node).phases;
    const auto phase = phases.find(run);
    return phase == phases.end() || phase->second == agent::InstancePhase::proceeding ||
           (is_coordinating(node, run) && exit_code != 0);
  }

  bool coordinate_some() {
    auto all = runs(false);
    std::erase_if(all, [&](const auto& run) { return !is_coordinating(run.first, run.second); });
    if (all.empty()) return false;
    const auto& [node, run] = all[pick(static_cast<int>(all.size()))];
    world.coordinate_this(node, run);
    return true;
  }

  bool end_some_run(int exit_code) {
    auto all = runs(false);
    std::erase_if(all, [&](const auto& run) { return !may_end(run.first, run.second, exit_code); });
    if (all.empty()) return false;
    const auto& [node, run] = all[pick(static_cast<int>(all.size()))];
    world.end_this_run(node, run, ended_by_itself(exit_code));
    return true;
  }
  void end_some_run() { end_some_run(pick(3) == 0 ? 1 : 0); }

  bool answer_some_end() {
    const auto all = runs(true);
    if (all.empty()) return false;
    const auto& [node, run] = all[pick(static_cast<int>(all.size()))];
    agent::RunEnd end;
    end.ended_by = agent::EndedBy::terminate;
    end.exit_code = 137;
    end.failure_info = failure("TaskEnded");
    world.end_this_run(node, run, end);
    return true;
  }

  void resize() {
    const std::string id = pools[pick(3)];
    if (!world.core.pools.contains({id})) return;
    // Without retained_data, for which nodes stay for days.
    world.resize_pool(id, pick(4), static_cast<NodeDeallocationOption>(pick(3)));
  }

  void delete_pool() {
    const std::string id = pools[pick(3)];
    if (world.core.pools.contains({id})) world.delete_pool(id);
  }

  template <class Use>
  void with_agent(bool connected, Use use) {
    for (const auto& [id, pool] : world.core.pools)
      for (const auto& [node_id, node] : pool.nodes) {
        const NodeKey key{id, node_id};
        const WorldAgent& agent = world.agent(key);
        if (!agent.alive || agent.connected != connected || pick(3) != 0) continue;
        use(key);
        return;
      }
  }

  std::mt19937 random_;
};

TEST(Invariants, hold_through_random_histories_and_everything_ends) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History history(seed);
    for (int i = 0; i < 300; ++i) {
      SCOPED_TRACE("step " + std::to_string(i));
      history.step();
      history.world.expect_consistent();
      if (testing::Test::HasFailure()) return;
    }
    history.finish();
    history.expect_all_done();
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace dms::service
