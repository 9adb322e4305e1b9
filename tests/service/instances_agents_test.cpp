// Multi-instance tasks with a real agent per node: the Core decides, the agents' processes do it.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <sstream>

#include "core/clock.h"
#include "core/file.h"
#include "service/core/jobs.h"
#include "service/core/nodes.h"
#include "service/core/pools.h"
#include "service/core/rows.h"
#include "service/core/scheduler.h"
#include "service/core/tasks.h"
#include "tests/agent/node_process.h"
#include "tests/support/temp_directory.h"

namespace dms::service {
namespace {

using agent::NodeProcess;
using agent::Witness;

// A pool "p" of three nodes, a job "j", and one task "m" with an instance on each.
class InstancesAgents : public testing::Test {
 protected:
  InstancesAgents() {
    core_.account = "acct";
    core_.base_url = "http://h:1";
    core_.nodes_dir = directory_ / "nodes";
    EXPECT_TRUE(load_core(core_, *store_));
    batch::Pool pool;
    pool.id = "p";
    pool.vm_size = "small";
    pool.target_dedicated_nodes = 3;
    pool.enable_inter_node_communication = true;
    act([&](Effects& out) { EXPECT_TRUE(add_pool(core_, out, pool, now())); });
    batch::Job job;
    job.id = "j";
    job.pool_info.pool_id = "p";
    act([&](Effects& out) { EXPECT_TRUE(add_job(core_, out, job, now())); });
  }

  static Timestamp now() { return system_clock().now(); }

  template <class Change>
  void act(Change change) {
    Effects out;
    change(out);
    EXPECT_TRUE(store_->commit(std::move(out.changes)));
    for (const auto& [key, frame] : out.frames) agents_.at(key)->send(frame);
    for (const auto& [key, run] : out.acknowledge_when_durable) agents_.at(key)->acknowledge(run);
    for (const auto& key : out.start_agents) start_agent(key);
  }

  void start_agent(const NodeKey& key) {
    auto& agent = agents_[key] = std::make_unique<NodeProcess>();
    const std::string root = node_root(core_, key);
    std::filesystem::create_directories(std::filesystem::path(root).parent_path());
    std::filesystem::create_symlink(agent->root(), root);
    const agent::Hello hello = agent->connect();
    act([&](Effects& out) { on_hello(core_, out, key, hello, now()); });
  }

  void add_task(const std::string& coordination, const std::string& command, int retries = 0) {
    batch::Task wire;
    wire.id = "m";
    wire.command_line = script("command", command);
    wire.multi_instance_settings =
        batch::MultiInstanceSettings{3, script("coordination", coordination), {}};
    wire.constraints = batch::TaskConstraints{.max_task_retry_count = retries};
    act([&](Effects& out) {
      EXPECT_TRUE(service::add_task(core_, out, job(), wire, now()));
      schedule(core_, out, {"p"}, now());
    });
  }
  std::string script(const std::string& name, const std::string& text) {
    EXPECT_TRUE(write_file_atomic(directory_ / name, text, 0600));
    return "/bin/sh " + (directory_ / name);
  }

  JobRecord& job() { return core_.jobs.at({"j"}); }
  TaskRecord& task() { return job().tasks.at({"m"}); }
  NodeKey node_of(int instance) {
    return *task().instances->list.at(static_cast<std::size_t>(instance)).node;
  }
  NodeProcess& agent_of(int instance) { return *agents_.at(node_of(instance)); }

  // Waits until the instance tells so.
  void coordinated(int instance) {
    const NodeKey key = node_of(instance);
    const agent::RunRef run = agents_.at(key)->next_coordinated();
    EXPECT_EQ(run.instance, instance);
    act([&](Effects& out) { on_coordinated(core_, out, key, {run}); });
  }
  agent::RunEnd ended(const NodeKey& key) {
    const agent::RunEnd end = agents_.at(key)->next_end_unacknowledged();
    act([&](Effects& out) { on_runs_ended(core_, out, key, {end}, now()); });
    return end;
  }

  // A file in the directory that all instances have under one name.
  std::string shared_file(const NodeKey& key, const std::string& name) const {
    return read_file(node_root(core_, key) + "/workitems/j/job-1/m/" + name).value_or("(none)");
  }
  Witness daemon_of(int instance) {
    return Witness(std::stoi(shared_file(node_of(instance), "daemon.pid")));
  }
  // What `env` has written there.
  std::map<std::string, std::string> environment_of(int instance) {
    std::map<std::string, std::string> found;
    std::istringstream lines(shared_file(node_of(instance), "env.txt"));
    for (std::string line; std::getline(lines, line);)
      found[line.substr(0, line.find('='))] = line.substr(line.find('=') + 1);
    return found;
  }

  static constexpr const char* leave_daemon = R"(
env >"$AZ_BATCH_TASK_SHARED_DIR/env.txt"
setsid sleep 1000 >/dev/null 2>&1 &
echo $! >"$AZ_BATCH_TASK_SHARED_DIR/daemon.pid"
)";

  TempDirectory directory_;
  std::unique_ptr<Store> store_ = memory_store();
  Core core_;
  std::map<NodeKey, std::unique_ptr<NodeProcess>> agents_;
};

TEST_F(InstancesAgents, daemons_of_all_nodes_live_while_the_primary_runs_and_are_gone_afterwards) {
  add_task(leave_daemon, "for node in " + core_.nodes_dir + "/p/*; do\n" +
                             "  kill -0 $(cat $node/workitems/j/job-1/m/daemon.pid) || exit 50\n" +
                             "done\necho $AZ_BATCH_HOST_LIST\nexit 7\n");
  coordinated(2);
  coordinated(0);
  // The last is heard below; that it has run its command is known by its file.
  const auto last = agent_of(1).next_coordinated();
  std::vector<Witness> daemons;
  for (int i : {0, 1, 2}) daemons.push_back(daemon_of(i));
  const NodeKey last_node = node_of(1);
  act([&](Effects& out) { on_coordinated(core_, out, last_node, {last}); });
  EXPECT_EQ(ended(node_of(0)).exit_code, 7) << "every daemon was there";
  for (int i : {1, 2}) EXPECT_EQ(ended(node_of(i)).ended_by, agent::EndedBy::terminate);
  for (const Witness& daemon : daemons) EXPECT_FALSE(daemon.is_running());
  EXPECT_EQ(task().state, batch::TaskState::completed);
  EXPECT_EQ(task().exit_code, 7);
  EXPECT_EQ(shared_file(node_of(0), "stdout.txt"), environment_of(0)["AZ_BATCH_HOST_LIST"] + "\n");
  EXPECT_EQ(shared_file(node_of(2), "2/stdout.txt"), "") << "the subtask has its own";
}

TEST_F(InstancesAgents, every_node_has_its_environment) {
  add_task(leave_daemon, "exit 0");
  for (int i : {0, 1, 2}) coordinated(i);
  EXPECT_EQ(ended(node_of(0)).exit_code, 0);
  for (int i : {0, 1, 2}) {
    auto found = environment_of(i);
    const std::string root = node_root(core_, node_of(i));
    EXPECT_EQ(found["AZ_BATCH_IS_CURRENT_NODE_MASTER"], i == 0 ? "true" : "false");
    EXPECT_EQ(found["AZ_BATCH_TASK_SHARED_DIR"], root + "/workitems/j/job-1/m");
    EXPECT_EQ(found["AZ_BATCH_TASK_WORKING_DIR"],
              root + "/workitems/j/job-1/m" + (i == 0 ? "" : "/" + std::to_string(i)) + "/wd");
    EXPECT_EQ(found["PWD"], std::filesystem::canonical(root).string() + "/workitems/j/job-1/m/wd");
    EXPECT_EQ(found["AZ_BATCH_HOST_LIST"], environment_of(0)["AZ_BATCH_HOST_LIST"]);
    EXPECT_EQ(found["AZ_BATCH_NODE_ID"], node_of(i).node.text);
  }
  for (int i : {1, 2}) ended(node_of(i));
}

TEST_F(InstancesAgents, a_coordination_that_fails_on_one_node_is_tried_again_on_all) {
  add_task(std::string(leave_daemon) +
               "case $PWD in */m/wd) ;; *) exit 60 ;; esac\n"
               "[ -d ../1 ] && [ ! -e ../again ] || exit 0\n"
               "touch ../again\nexit 9\n",
           "exit 0", 1);
  const NodeKey nodes[] = {node_of(0), node_of(1), node_of(2)};
  coordinated(0);
  coordinated(2);
  const Witness daemons[] = {daemon_of(0), daemon_of(2)};
  EXPECT_EQ(ended(nodes[1]).exit_code, 9);
  EXPECT_EQ(task().state, batch::TaskState::active);
  EXPECT_EQ(task().retry_count, 1);
  for (int i : {0, 2}) EXPECT_EQ(ended(nodes[i]).ended_by, agent::EndedBy::terminate);
  for (const Witness& daemon : daemons) EXPECT_FALSE(daemon.is_running());
  ASSERT_EQ(task().state, batch::TaskState::running) << "all nodes are free again";
  EXPECT_EQ(task().attempt, 1);
  for (int i : {0, 1, 2}) coordinated(i);
  EXPECT_EQ(ended(node_of(0)).exit_code, 0);
  for (int i : {1, 2}) ended(node_of(i));
  EXPECT_EQ(task().result, batch::TaskResult::success);
}

}  // namespace
}  // namespace dms::service
