// A Core with everything around it played by hand: time that a test moves, a store in memory, and
// agents that keep what they are told as real ones do. Handlers' effects are carried out on these
// agents and recorded until a test asks for them.
//
//   World world;
//   world.add_pool("p", {.nodes = 2});
//   world.add_job("j");
//   world.add_task("t1");
//   EXPECT_EQ(world.starts(), Words{"t1"});
//   world.end_run("t1");
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "service/core/instances.h"
#include "service/core/jobs.h"
#include "service/core/nodes.h"
#include "service/core/pools.h"
#include "service/core/rows.h"
#include "service/core/scheduler.h"
#include "service/core/show_task.h"
#include "service/core/tasks.h"
#include "service/core/tick.h"

namespace dms::service {

using Words = std::vector<std::string>;

struct WorldPool {
  int nodes = 1;
  int low_priority_nodes = 0;
  int slots = 1;
  batch::NodeFillType fill = batch::NodeFillType::spread;
  std::optional<batch::StartTask> start_task;
  bool inter_node = false;
};

struct WorldJob {
  std::string pool = "p";
  int priority = 0;
  int max_parallel_tasks = -1;
  int retries = 0;
  std::optional<Duration> max_wall_clock_time;
  std::optional<batch::OnAllTasksComplete> on_all_tasks_complete;
  std::optional<batch::JobPreparationTask> preparation;
  std::optional<batch::JobReleaseTask> release;
  std::optional<batch::JobManagerTask> manager;
  bool dependencies = false;
  bool job_actions = false;
  bool gives_way = false;
};

struct WorldTask {
  int slots = 1;
  std::optional<int> retries;
  std::optional<batch::TaskDependencies> depends_on;
  int instances = 0;  // of a multi-instance task
};

// What one agent knows: a double of agent/dispatch.h without processes.
struct WorldAgent {
  int process_id = 0;
  bool alive = false;
  bool connected = false;
  bool retired = false;
  bool stopped = false;  // told to end; nothing of it is left after World::end_stopped
  std::map<agent::RunRef, std::string> running;  // and the directory of each
  std::map<agent::RunRef, agent::RunEnd> unacknowledged;
  std::map<agent::RunRef, agent::InstancePhase> phases;  // of those of `running` that are instances
  std::vector<agent::RunRef> asked_to_end;

  bool is_asked_to_end(const agent::RunRef& run) const;
};

// A task as clients see it.
Result<batch::Task> show_task(const Core& core, const JobRecord& job, const TaskRecord& task);

class World {
 public:
  World();

  // -- time --

  Timestamp now() const { return now_; }
  void pass(std::chrono::nanoseconds span) { now_.at += std::chrono::duration_cast<Ticks>(span); }
  // A tenth of a second later. Whether the Core wants another tick soon.
  bool tick();

  // -- events --

  // Calls change(Core&, Effects&, Timestamp) and carries out what it recorded.
  template <class Change>
  auto act(Change&& change) {
    Effects out;
    if constexpr (std::is_void_v<std::invoke_result_t<Change, Core&, Effects&, Timestamp>>) {
      change(core, out, now_);
      carry_out(std::move(out));
    } else {
      auto result = change(core, out, now_);
      carry_out(std::move(out));
      return result;
    }
  }

  // Adds the pool, lets every agent say hello and waits until it is steady; nothing of that stays
  // recorded.
  void add_pool(const std::string& id, const WorldPool& options = {});
  std::string resize_pool(const std::string& id, int nodes, batch::NodeDeallocationOption option);
  std::string delete_pool(const std::string& id);
  void add_job(const std::string& id, const WorldJob& options = {});
  // "" or the service's code of the refusal; so do all that return a text.
  std::string add_task(const std::string& id, const WorldTask& options = {},
                       const std::string& job = "j");
  // The same of what a client may send.
  std::string add_job(const batch::Job& wire);
  std::string add_task(const batch::Task& wire, const std::string& job = "j");
  std::string terminate_task(const std::string& id, const std::string& job = "j");
  std::string delete_task(const std::string& id, const std::string& job = "j");
  std::string reactivate_task(const std::string& id, const std::string& job = "j");
  std::string terminate_job(const std::string& id, const std::string& reason = "UserTerminate");
  std::string delete_job(const std::string& id);
  std::string disable_job(const std::string& id, batch::DisableJobOption option);
  std::string enable_job(const std::string& id);

  // The run of the task ends by itself. Requires: an agent runs it.
  void end_run(const std::string& task, int exit_code = 0, const std::string& job = "j");
  // It ends as `end` says, whose run and times are filled in here.
  void end_run_as(const std::string& task, agent::RunEnd end, const std::string& job = "j");
  // The same for a run that is known by name.
  void end_this_run(const NodeKey& node, const agent::RunRef& run, agent::RunEnd end);
  // The coordination command of an instance, or of all that run, has succeeded.
  void coordinate(const std::string& task, int instance);
  void coordinate_this(const NodeKey& node, const agent::RunRef& run);
  void coordinate_all(const std::string& task);
  // One instance of a task ends by itself.
  void end_instance(const std::string& task, int instance, int exit_code);
  void lose_instance(const std::string& task, int instance);
  // All that agents were asked to end is over.
  void answer_ends();
  // The run that an agent was asked to end is over.
  void answer_end(const std::string& task, const std::string& job = "j");
  // The start task of a node ends.
  void end_start_task(const NodeKey& node, int exit_code);
  // The run ends while nobody listens: the agent tells it with its next hello.
  void end_run_unheard(const std::string& task, int exit_code = 0, const std::string& job = "j");

  // The agent connects and tells what it knows.
  void hello(const NodeKey& node);
  void hello_all();
  // The connection breaks; frames for the node are lost from now on.
  void silent(const NodeKey& node);
  // The agent and all that it ran are dead.
  void dead(const NodeKey& node);
  // Every agent that was told to stop has ended.
  void end_stopped();
  // Every retired agent ends.
  void bury_retired();
  // A new Core from what is stored; agents live on unconnected.
  void restart();
  // Tells of every agent that the Core waits for in vain.
  void find_dead();
  // Ticks, hellos and burials until nothing is left to settle.
  void settle();

  // -- what was recorded since it was last asked, in order --

  // Runs are called by the task's id, or "startup"; the subtasks of task "m" are "m.1", "m.2", ….
  Words starts() { return std::exchange(starts_, {}); }
  Words proceeded() { return std::exchange(proceeded_, {}); }
  Words ends() { return std::exchange(ends_, {}); }
  Words removed() { return std::exchange(removed_, {}); }            // directories
  Words acknowledged() { return std::exchange(acknowledged_, {}); }  // task ids
  Words agents_started() { return std::exchange(agents_started_, {}); }
  Words agents_stopped() { return std::exchange(agents_stopped_, {}); }  // "kept" or "erased"
  Words agents_retired() { return std::exchange(agents_retired_, {}); }
  void forget();
  void expect_nothing_else() const;

  // -- looking --

  NodeKey node(int number, const std::string& pool = "p") const;  // in the order of adding
  // Where an agent has this instance of a task of job "j".
  NodeKey node_of(const std::string& task, int instance) const;
  PoolRecord& pool(const std::string& id = "p");
  JobRecord& job(const std::string& id = "j");
  TaskRecord& task(const std::string& id, const std::string& job = "j");
  NodeRecord& node_record(const NodeKey& key);
  batch::TaskState state(const std::string& task) { return this->task(task).state; }
  batch::NodeState node_state(int number) { return shown_state(node_record(node(number))); }
  int used_slots(int number) { return node_record(node(number)).used_slots; }
  WorldAgent& agent(const NodeKey& key) { return agents_.at(key); }
  Store& store() { return *store_; }

  // What must hold at any time: counters equal a recount, the queue holds the active tasks in
  // order, running tasks have their run on a node that may live, slots add up.
  void expect_consistent() const;

  Core core;

 private:
  void carry_out(Effects out);
  void deliver(const NodeKey& node, const agent::ToAgent& frame);
  void deliver_start(WorldAgent& agent, const agent::RunSpec& spec);
  void deliver_proceed(WorldAgent& agent, const agent::RunRef& run);
  void answer_end_of(const NodeKey& node, const agent::RunRef& run);
  std::pair<NodeKey, agent::RunRef> find_instance(const std::string& task, int instance) const;
  void deliver_remove(const WorldAgent& agent, const std::string& directory);
  void tell_end(const NodeKey& node, agent::RunEnd end);
  std::pair<NodeKey, agent::RunRef> find_run(const std::string& task, const std::string& job) const;

  Timestamp now_;
  std::unique_ptr<Store> store_ = memory_store();
  int next_process_id_ = 1000;
  std::map<NodeKey, WorldAgent> agents_;
  std::vector<NodeKey> nodes_;
  Words starts_, proceeded_, ends_, removed_, acknowledged_, agents_started_, agents_stopped_,
      agents_retired_;
};

// The service's code of a refusal, "" for success.
template <class T>
std::string code_of(const Result<T>& result) {
  return result ? "" : result.error().service_code;
}

agent::RunEnd ended_by_itself(int exit_code);
batch::FailureInfo failure(std::string code);

// A test of the Core, consistent at its end.
class CoreTest : public ::testing::Test {
 protected:
  void TearDown() override { world.expect_consistent(); }
  World world;
};

}  // namespace dms::service
