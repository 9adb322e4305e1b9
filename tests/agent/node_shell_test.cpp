// The remote shell between the nodes of a multi-instance task: its command line as ssh's, who is
// served, and what becomes of a command.
#include "agent/node_shell.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "agent/instance_node.h"
#include "agent/peers.h"
#include "core/child.h"
#include "tests/agent/node_process.h"

namespace dms::agent {
namespace {

using testing::HasSubstr;

constexpr const char* shell_task_directory = "workitems/j/job-1/t";

TEST(ShellCall, is_read_as_ssh_reads_it) {
  const auto host = [](std::vector<std::string> words) { return parse_shell_call(words).host; };
  const auto command = [](std::vector<std::string> words) {
    return parse_shell_call(words).command;
  };
  EXPECT_EQ(host({"10.0.0.4", "date"}), "10.0.0.4");
  EXPECT_EQ(host({"-x", "me@10.0.0.4", "date"}), "10.0.0.4");
  EXPECT_EQ(host({"-o", "A=b", "-p2222", "-l", "me", "h", "date"}), "h");
  EXPECT_EQ(host({"-xo", "A=b", "h"}), "h");
  EXPECT_EQ(host({"--", "h", "-n"}), "h");
  EXPECT_EQ(host({"-x"}), "");
  EXPECT_EQ(command({"h", "orted", "-mca", "\"a b\""}), "orted -mca \"a b\"");
  EXPECT_EQ(command({"h"}), "");
}

TEST(Peers, are_told_by_the_environment_and_found_by_address_and_name) {
  Environment environment{"A=b", "AZ_BATCH_HOST_LIST=127.77.0.1,127.77.0.2",
                          std::string(peer_roots_variable) + "=/n/one\n/n/two"};
  const auto peers = take_peers(environment);
  EXPECT_THAT(environment, testing::ElementsAre("A=b", "AZ_BATCH_HOST_LIST=127.77.0.1,127.77.0.2"));
  ASSERT_EQ(peers.size(), 2u);
  EXPECT_EQ(peers[1].host_name, "node-127-77-0-2");
  const std::string list = peer_list("j.t.1.0", peers);
  for (const char* name : {"127.77.0.2", "node-127-77-0-2"}) {
    const auto found = find_host(list, name);
    ASSERT_TRUE(found) << name;
    EXPECT_EQ(found->run, "j.t.1.0");
    EXPECT_EQ(found->socket_path, "/n/two/volatile/instance/shell.sock");
  }
  EXPECT_FALSE(find_host(list, "127.77.0.3"));
  EXPECT_FALSE(find_host(list, "j.t.1.0"));
}

// A node with a running subtask, which this process reaches as another node of the task would.
class NodeShell : public testing::Test {
 protected:
  NodeShell() {
    node_.connect();
    spec_ = run_of("");
    spec_.run.instance = 1;
    spec_.task_directory = std::string(shell_task_directory) + "/1";
    spec_.coordination = Coordination{shell_task_directory, "true", {}};
    spec_.environment = {{"AZ_BATCH_HOST_LIST", std::string("127.77.9.1,127.77.9.2")},
                         {peer_roots_variable, node_.outside("other") + "\n" + node_.root()},
                         {"OF_THE_TASK", std::string("yes")}};
    // The primary's node, whose directories this one's are seen as.
    for (const char* name : {"applications", "fsmounts", "shared", "startup", "workitems"})
      std::filesystem::create_directories(node_.outside("other") + "/" + name);
    node_.run(spec_);
    node_.next_coordinated();
    ::setenv(peers_variable, node_.at("volatile/instance/peers").c_str(), 1);
  }
  ~NodeShell() override { ::unsetenv(peers_variable); }

  // Runs the shell in a process of its own, as it is run; gives its exit code and stdout.
  int shell(const std::string& host, const std::string& command) {
    const std::string file = node_.outside("out");
    const pid_t pid = ::fork();
    if (pid == 0) {
      if (!::freopen(file.c_str(), "w", stdout)) ::_exit(99);
      ::dup2(1, 2);
      const int code = run_node_shell({"-x", host, command});
      std::fflush(stdout);
      ::_exit(code);
    }
    const int code = exit_code(*wait_child(pid));
    out_ = read_file(file).value_or("");
    return code;
  }

  NodeProcess node_;
  RunSpec spec_;
  std::string out_;
};

TEST_F(NodeShell, runs_a_command_on_the_node_and_gives_its_output_and_exit_code) {
  EXPECT_EQ(shell("127.77.9.2", "echo out; echo err >&2; exit 7"), 7);
  EXPECT_EQ(out_, "out\nerr\n");
  EXPECT_EQ(shell("node-127-77-9-2", "kill -SEGV $$"), 128 + 11);
}

TEST_F(NodeShell, gives_the_users_environment_and_not_the_tasks) {
  EXPECT_EQ(shell("127.77.9.2", "echo \"[$OF_THE_TASK] [$OMPI_MCA_plm_rsh_agent]\""), 0);
  EXPECT_EQ(out_, "[] [" + node_.at("volatile/instance/bin/ssh") + "]\n");
}

TEST_F(NodeShell, sees_a_name_and_directories_of_the_nodes_own_where_the_system_allows) {
  write_file_atomic(node_.at("shared/here"), "of the node\n").value();
  ASSERT_EQ(shell("127.77.9.2", "hostname; cat " + node_.outside("other") + "/shared/here"),
            NodeView({.host_name = "probe", .hosts_file = "", .directories = {}}).is_own() ? 0 : 1);
  if (out_.starts_with("node-")) EXPECT_EQ(out_, "node-127-77-9-2\nof the node\n");
}

TEST_F(NodeShell, ends_what_it_started_when_the_instance_is_ended) {
  LinePipe pipe(node_.outside("pipe"));
  EXPECT_EQ(shell("127.77.9.2",
                  "setsid sh -c 'echo $$ >" + pipe.path() + "; exec sleep 1000' >/dev/null 2>&1 &"),
            0);
  const Witness left = std::move(pipe.next_processes(1).front());
  EXPECT_TRUE(left.is_running());
  node_.end(spec_.run);
  EXPECT_EQ(node_.next_end().ended_by, EndedBy::terminate);
  EXPECT_FALSE(left.is_running());
}

TEST_F(NodeShell, says_when_the_node_cannot_be_reached_or_the_host_is_unknown) {
  EXPECT_EQ(shell("127.77.9.1", "true"), 255);
  EXPECT_THAT(out_, HasSubstr("127.77.9.1"));
  ::setenv("PATH_BEFORE", ::getenv("PATH"), 1);
  ::setenv("PATH", "/nowhere", 1);
  EXPECT_EQ(shell("example.com", "true"), 255);
  ::setenv("PATH", ::getenv("PATH_BEFORE"), 1);
  EXPECT_THAT(out_, HasSubstr("no instance of this task is on 'example.com'"));
}

TEST_F(NodeShell, refuses_another_run) {
  const std::string peers = node_.outside("peers");
  write_file_atomic(
      peers, "j.t.0.99\n127.77.9.2\tnode-x\t" + node_.at("volatile/instance/shell.sock") + "\n")
      .value();
  ::setenv(peers_variable, peers.c_str(), 1);
  EXPECT_EQ(shell("127.77.9.2", "echo ran"), 255);
  EXPECT_THAT(out_, HasSubstr("another task"));
}

TEST_F(NodeShell, refuses_a_session_without_a_command) {
  EXPECT_EQ(shell("127.77.9.2", ""), 255);
  EXPECT_THAT(out_, HasSubstr("name a command"));
}

}  // namespace
}  // namespace dms::agent
