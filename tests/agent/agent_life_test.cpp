// How runs, runners and agents end, and what is left of them: nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "agent/agent.h"
#include "core/child.h"
#include "tests/agent/node_process.h"

namespace dms::agent {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// Four kinds of children, each of which says its process id, then the command itself:
// one of the same session, one of its own session, a daemon of a second fork that ignores TERM and
// HUP, and one under nohup.
constexpr const char* tree = R"(
sh -c 'echo $$ >$0; exec sleep 1000' "$1" &
setsid sh -c 'echo $$ >$0; exec sleep 1000' "$1" &
( setsid sh -c 'trap "" TERM HUP; echo $$ >$0; while :; do sleep 1000; done' "$1" & )
nohup setsid sh -c 'echo $$ >$0; exec sleep 1000' "$1" >/dev/null 2>&1 &
echo $$ >"$1"
)";
constexpr int tree_size = 5;

class AgentLife : public testing::Test {
 protected:
  // A run of the tree whose command then does `last`.
  RunSpec tree_run(const std::string& last) {
    return run_of(node_.script(tree + last + "\n", pipe_.path()));
  }
  void end(const RunSpec& spec) {
    ToAgent frame;
    frame.end.push_back(spec.run);
    node_.send(frame);
  }
  // The parent of the command, and of the daemon that was left to the runner.
  pid_t runner_of(const std::vector<Witness>& processes) const {
    for (const Witness& one : processes)
      if (const pid_t parent = parent_of(one.pid()); parent_of(parent) == node_.pid())
        return parent;
    throw std::runtime_error("no process has a runner above it");
  }
  static int running(const std::vector<Witness>& processes) {
    return static_cast<int>(std::count_if(processes.begin(), processes.end(),
                                          [](const Witness& one) { return one.is_running(); }));
  }
  static bool have_ended(const std::vector<Witness>& processes) {
    return std::all_of(processes.begin(), processes.end(),
                       [](const Witness& one) { return one.has_ended(); });
  }

  NodeProcess node_;
  LinePipe pipe_{node_.outside("pipe")};
};

TEST_F(AgentLife, the_wall_clock_ends_the_whole_tree) {
  node_.connect();
  RunSpec spec = tree_run("wait");
  spec.max_wall_clock_time = Duration{milliseconds(1500)};
  node_.run(spec);
  const auto processes = pipe_.next_processes(tree_size);
  const RunEnd end = node_.next_end();
  EXPECT_EQ(running(processes), 0);
  EXPECT_EQ(end.ended_by, EndedBy::wall_clock);
  EXPECT_EQ(end.exit_code, 137);
  EXPECT_EQ(end.failure_info.value().code, "TaskEnded");
  EXPECT_EQ(end.failure_info->message,
            "The task was ended because its maxWallClockTime of PT1.5S passed");
  EXPECT_GE(end.end_time.at - end.start_time.at, milliseconds(1500));
}

TEST_F(AgentLife, terminate_ends_the_whole_tree) {
  node_.connect();
  const RunSpec spec = tree_run("wait");
  node_.run(spec);
  const auto processes = pipe_.next_processes(tree_size);
  EXPECT_EQ(running(processes), tree_size);
  end(spec);
  const RunEnd ended = node_.next_end();
  EXPECT_EQ(running(processes), 0);
  EXPECT_EQ(ended.ended_by, EndedBy::terminate);
  EXPECT_EQ(ended.exit_code, 137);
  EXPECT_EQ(ended.failure_info.value().code, "TaskEnded");
  EXPECT_EQ(node_.run_to_end(run_of("true", "next")).exit_code, 0);
}

TEST_F(AgentLife, a_run_ends_whose_end_came_together_with_its_start) {
  node_.connect();
  const RunSpec spec = run_of("sleep 3600");
  ToAgent both;
  both.start.push_back(spec);
  both.end.push_back(spec.run);
  node_.send(both);
  const RunEnd ended = node_.next_end();
  EXPECT_EQ(ended.run, spec.run);
  EXPECT_EQ(ended.ended_by, EndedBy::terminate);
  EXPECT_EQ(node_.run_to_end(run_of("true", "next")).exit_code, 0);
}

// The preparation of a job, say, while a task of another has the node's only slot.
RunSpec slotless(RunSpec spec) {
  spec.run.kind = RunKind::preparation;
  spec.run.required_slots = 0;
  return spec;
}

TEST_F(AgentLife, a_run_of_no_slots_runs_beside_a_full_node) {
  node_.connect();
  node_.run(tree_run("wait"));
  const auto task = pipe_.next_processes(tree_size);
  EXPECT_EQ(node_.run_to_end(slotless(run_of("true", "prepare"))).exit_code, 0);
  LinePipe other(node_.outside("other"));
  const RunSpec second =
      slotless(run_of(node_.script(std::string(tree) + "wait\n", other.path()), "again"));
  node_.run(second);
  const auto processes = other.next_processes(tree_size);
  ::kill(runner_of(processes), SIGKILL);
  const RunEnd lost = node_.next_end();
  EXPECT_EQ(lost.run, second.run);
  EXPECT_EQ(lost.ended_by, EndedBy::lost);
  EXPECT_EQ(running(processes), 0);
  EXPECT_EQ(running(task), tree_size);
  EXPECT_EQ(node_.run_to_end(slotless(run_of("sh -c 'exit 2'", "last"))).exit_code, 2);
}

TEST_F(AgentLife, a_command_that_ends_takes_what_it_left_behind_along) {
  node_.connect();
  LinePipe go(node_.outside("go"));
  node_.run(tree_run("read line <" + go.path() + "\nexit 3"));
  const auto processes = pipe_.next_processes(tree_size);
  std::ofstream(go.path()) << "go" << std::endl;
  const RunEnd end = node_.next_end();
  EXPECT_EQ(running(processes), 0);
  EXPECT_EQ(end.ended_by, EndedBy::itself);
  EXPECT_EQ(end.exit_code, 3);
}

TEST_F(AgentLife, an_agent_that_is_killed_leaves_no_process_and_frees_its_lock) {
  node_.connect();
  node_.run(tree_run("wait"));
  const auto processes = pipe_.next_processes(tree_size);
  const Witness runner(runner_of(processes));
  ::kill(node_.pid(), SIGKILL);
  EXPECT_EQ(node_.wait_exit(), 137);
  node_.wait_lock_free();
  EXPECT_TRUE(runner.has_ended());
  EXPECT_EQ(running(processes), 0);
  const Hello hello = node_.connect();
  EXPECT_TRUE(hello.running.empty());
  EXPECT_EQ(node_.run_to_end(run_of("true")).exit_code, 0);
}

TEST_F(AgentLife, a_runner_that_is_killed_loses_its_run_and_the_tree_goes) {
  node_.connect();
  node_.run(tree_run("wait"));
  node_.run(run_of("true", "next"));
  const auto processes = pipe_.next_processes(tree_size);
  ::kill(runner_of(processes), SIGKILL);
  const RunEnd lost = node_.next_end();
  EXPECT_EQ(lost.ended_by, EndedBy::lost);
  EXPECT_EQ(lost.run.task_id, "t");
  EXPECT_FALSE(lost.exit_code);
  EXPECT_EQ(lost.failure_info.value().category, batch::ErrorCategory::server_error);
  EXPECT_EQ(running(processes), 0);
  EXPECT_EQ(node_.next_end().run.task_id, "next");
}

TEST_F(AgentLife, the_loss_of_one_runner_leaves_the_others_alone) {
  node_.connect(2);
  const RunSpec other = run_of(node_.script("echo $$ >$1; exec sleep 1000", pipe_.path()), "other");
  node_.run(other);
  const auto processes = pipe_.next_processes(1);
  node_.run(run_of(node_.script("kill -KILL $PPID; exec sleep 1000")));
  EXPECT_EQ(node_.next_end().ended_by, EndedBy::lost);
  EXPECT_EQ(running(processes), 1);
  EXPECT_EQ(node_.run_to_end(run_of("true", "next")).exit_code, 0);
  end(other);
  EXPECT_EQ(node_.next_end().run.task_id, "other");
}

TEST_F(AgentLife, a_runner_that_gets_sigterm_ends_its_tree_first) {
  node_.connect();
  LinePipe go(node_.outside("go"));
  node_.run(run_of(
      node_.script("echo $$ >$1; read line <" + go.path() + "; kill -TERM $PPID; exec sleep 1000",
                   pipe_.path())));
  const auto processes = pipe_.next_processes(1);
  std::ofstream(go.path()) << "go" << std::endl;
  EXPECT_EQ(node_.next_end().ended_by, EndedBy::lost);
  EXPECT_EQ(running(processes), 0);
}

TEST_F(AgentLife, repeats_an_end_at_every_hello_until_it_is_acknowledged) {
  EXPECT_TRUE(node_.connect().ended.empty());
  node_.run(run_of("sh -c 'exit 5'"));
  node_.next_end_unacknowledged();
  for (int i = 0; i < 2; ++i) {
    node_.hang_up();
    const Hello hello = node_.accept();
    EXPECT_EQ(hello.node_id, "n1");
    EXPECT_EQ(hello.process_id, node_.pid());
    ASSERT_EQ(hello.ended.size(), 1U);
    EXPECT_EQ(hello.ended[0].exit_code, 5);
  }
  node_.acknowledge(run_of("").run);
  node_.hang_up();
  EXPECT_TRUE(node_.accept().ended.empty());
}

TEST_F(AgentLife, goes_on_without_the_service_and_tells_what_happened) {
  node_.connect(2);
  LinePipe go(node_.outside("go"));
  const RunSpec running = run_of(node_.script("echo $$ >$1; exec sleep 1000", pipe_.path()), "r");
  node_.run(running);
  pipe_.next_processes(1);
  node_.run(run_of(node_.script("echo $$ >$1; read line <" + go.path(), pipe_.path())));
  const auto finishing = pipe_.next_processes(1);
  node_.close_door();
  node_.hang_up();
  std::ofstream(go.path()) << "go" << std::endl;
  EXPECT_TRUE(have_ended(finishing));
  node_.open_door();
  const Hello hello = node_.accept();
  ASSERT_EQ(hello.running.size(), 1U + (hello.ended.empty() ? 1U : 0U));
  if (hello.ended.empty())
    EXPECT_EQ(node_.next_end().run.task_id, "t");
  else
    EXPECT_EQ(hello.ended[0].run.task_id, "t");
}

TEST_F(AgentLife, shutdown_ends_everything_and_exits_with_0) {
  node_.connect(2);
  node_.run(tree_run("wait"));
  const auto processes = pipe_.next_processes(tree_size);
  ToAgent frame;
  frame.shutdown = true;
  node_.send(frame);
  EXPECT_EQ(node_.wait_exit(), 0);
  EXPECT_EQ(running(processes), 0);
  node_.wait_lock_free();
}

TEST_F(AgentLife, sigterm_is_a_shutdown) {
  node_.connect();
  node_.run(run_of(node_.script("echo $$ >$1; exec sleep 1000", pipe_.path())));
  const auto processes = pipe_.next_processes(1);
  ::kill(node_.pid(), SIGTERM);
  EXPECT_EQ(node_.wait_exit(), 0);
  EXPECT_EQ(running(processes), 0);
}

TEST_F(AgentLife, a_second_agent_of_the_same_root_is_refused) {
  NodeProcess first;
  first.connect();
  const pid_t second = ::fork();
  if (second == 0) {
    ::close(2);
    ::_exit(run_agent({.socket_path = "none", .root = first.root(), .node_id = "n1"}));
  }
  EXPECT_EQ(exit_code(wait_child(second).value()), 1);
  EXPECT_EQ(first.run_to_end(run_of("true")).exit_code, 0);
}

TEST_F(AgentLife, an_orphan_without_runs_ends_itself) {
  node_.start(1, std::chrono::seconds{0});
  node_.close_door();
  EXPECT_EQ(node_.wait_exit(), 0);
}

TEST_F(AgentLife, an_orphan_waits_for_its_run) {
  node_.start(1, std::chrono::seconds{0});
  node_.accept();
  LinePipe go(node_.outside("go"));
  const std::string wait_and_tell =
      "echo $$ >$1; read line <" + go.path() + "; echo done >" + node_.outside("done");
  node_.run(run_of(node_.script(wait_and_tell, pipe_.path())));
  const auto processes = pipe_.next_processes(1);
  node_.close_door();
  node_.hang_up();
  std::ofstream(go.path()) << "go" << std::endl;
  EXPECT_EQ(node_.wait_exit(), 0);
  EXPECT_EQ(running(processes), 0);
  EXPECT_EQ(read_file(node_.outside("done")).value_or("?"), "done\n");
}

TEST_F(AgentLife, an_orphan_whose_root_is_gone_ends_itself_and_its_runs) {
  node_.connect();
  node_.run(run_of(node_.script("echo $$ >$1; exec sleep 1000", pipe_.path())));
  const auto processes = pipe_.next_processes(1);
  fs::rename(node_.root(), node_.outside("moved"));
  node_.close_door();
  node_.hang_up();
  EXPECT_EQ(node_.wait_exit(), 0);
  EXPECT_EQ(running(processes), 0);
}

TEST_F(AgentLife, removes_directories_and_reuses_their_names_at_once) {
  node_.connect();
  node_.run_to_end(run_of("touch old"));
  RunSpec again = run_of("ls");
  again.run.incarnation = 1;
  ToAgent frame;
  frame.remove = {again.task_directory, "../pipe", "workitems/none"};
  frame.start.push_back(again);
  node_.send(frame);
  EXPECT_EQ(node_.next_end().exit_code, 0);
  EXPECT_EQ(node_.text_of_file("workitems/j/job-1/t/stdout.txt"), "");
  EXPECT_TRUE(fs::exists(pipe_.path()));
}

}  // namespace
}  // namespace dms::agent
