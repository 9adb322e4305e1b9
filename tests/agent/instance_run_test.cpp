// Instances of a multi-instance task on one node: their coordination, what it leaves in the
// background, and how they wait and end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>

#include "tests/agent/http_stub.h"
#include "tests/agent/node_process.h"

namespace dms::agent {
namespace {

constexpr const char* task_directory = "workitems/j/job-1/t";

class InstanceRun : public testing::Test {
 protected:
  // Instance 0 is the primary.
  RunSpec instance(int number, const std::string& coordination, const std::string& command = {}) {
    RunSpec spec = run_of(command);
    spec.run.instance = number;
    if (number != 0) spec.task_directory += "/" + std::to_string(number);
    spec.coordination = Coordination{task_directory, coordination, {}};
    return spec;
  }
  // A coordination that says where it is and leaves a daemon, which tells its process id.
  std::string daemon() {
    return node_.script("pwd; setsid sh -c 'echo $$ >$0; exec sleep 1000' \"$1\" >/dev/null 2>&1 &",
                        pipe_.path());
  }
  std::string file(const std::string& name) const {
    return node_.text_of_file(task_directory + ("/" + name));
  }
  InstancePhase phase_in_hello() {
    node_.hang_up();
    const Hello hello = node_.accept();
    return hello.instances.at(0).phase;
  }

  NodeProcess node_;
  LinePipe pipe_{node_.outside("pipe")};
};

TEST_F(InstanceRun, a_daemon_of_the_coordination_lives_while_the_primary_runs_and_no_longer) {
  node_.connect();
  const RunSpec primary = instance(0, daemon(), node_.script("pwd; exit 7"));
  node_.run(primary);
  EXPECT_EQ(node_.next_coordinated(), primary.run);
  const Witness daemon = std::move(pipe_.next_processes(1).front());
  EXPECT_TRUE(daemon.is_running());
  node_.proceed(primary.run);
  const RunEnd end = node_.next_end();
  EXPECT_EQ(end.ended_by, EndedBy::itself);
  EXPECT_EQ(end.exit_code, 7);
  EXPECT_FALSE(daemon.is_running());
  const std::string wd = node_.at(task_directory) + "/wd\n";
  EXPECT_EQ(file("stdout.txt"), wd + wd) << "both commands write to one file, each from wd";
}

TEST_F(InstanceRun, the_primary_sees_its_daemon) {
  node_.connect();
  LinePipe seen(node_.outside("seen"));
  const std::string keep = node_.script(
      "setsid sh -c 'echo $$ >daemon.pid; echo >$0; exec sleep 1000' \"$1\" >/dev/null 2>&1 &",
      pipe_.path());
  const RunSpec primary = instance(0, keep, node_.script("kill -0 $(cat daemon.pid)"));
  node_.run(primary);
  node_.next_coordinated();
  pipe_.next_line();
  node_.proceed(primary.run);
  EXPECT_EQ(node_.next_end().exit_code, 0);
}

TEST_F(InstanceRun, the_primary_waits_until_it_may_proceed) {
  node_.connect();
  const RunSpec primary = instance(0, "true", node_.script("echo ran >$1", pipe_.path()));
  node_.run(primary);
  node_.next_coordinated();
  node_.end(primary.run);
  const RunEnd end = node_.next_end();
  EXPECT_EQ(end.ended_by, EndedBy::terminate);
  EXPECT_FALSE(end.exit_code) << "the application never ran";
}

TEST_F(InstanceRun, to_proceed_twice_runs_the_application_once) {
  node_.connect();
  LinePipe go(node_.outside("go"));
  const RunSpec primary =
      instance(0, "true",
               node_.script("echo ran >>log; echo $$ >$1; read line <" + go.path(), pipe_.path()));
  node_.run(primary);
  node_.next_coordinated();
  node_.proceed(primary.run);
  node_.proceed(primary.run);
  pipe_.next_processes(1);
  node_.proceed(primary.run);
  std::ofstream(go.path()) << "go" << std::endl;
  EXPECT_EQ(node_.next_end().exit_code, 0);
  EXPECT_EQ(file("wd/log"), "ran\n");
  EXPECT_EQ(node_.run_to_end(run_of("true", "next")).exit_code, 0);
}

TEST_F(InstanceRun, a_subtask_has_directories_of_its_own_and_waits_until_it_is_ended) {
  node_.connect();
  const RunSpec subtask = instance(2, daemon());
  node_.run(subtask);
  EXPECT_EQ(node_.next_coordinated(), subtask.run);
  const Witness daemon = std::move(pipe_.next_processes(1).front());
  node_.end(subtask.run);
  const RunEnd end = node_.next_end();
  EXPECT_EQ(end.ended_by, EndedBy::terminate);
  EXPECT_EQ(end.exit_code, 0) << "of the coordination";
  EXPECT_FALSE(daemon.is_running());
  EXPECT_EQ(file("2/stdout.txt"), node_.at(task_directory) + "/wd\n")
      << "the coordination is in the directory that has the same name everywhere";
  EXPECT_EQ(file("2/stderr.txt"), "");
}

TEST_F(InstanceRun, a_coordination_that_fails_ends_its_instance_and_what_it_left) {
  LinePipe told(node_.outside("told"));
  node_.connect();
  node_.run(instance(1, node_.script("sh -c 'echo $$ >$0; exec sleep 1000' \"$1\" &\n"
                                     "read line <" +
                                         node_.outside("told") + "; exit 9",
                                     pipe_.path())));
  const Witness daemon = std::move(pipe_.next_processes(1).front());
  std::ofstream(told.path()) << "told" << std::endl;
  const RunEnd end = node_.next_end();
  EXPECT_EQ(end.ended_by, EndedBy::itself);
  EXPECT_EQ(end.exit_code, 9);
  EXPECT_EQ(end.failure_info.value().code, "FailureExitCode");
  EXPECT_FALSE(daemon.is_running());
}

TEST_F(InstanceRun, a_coordination_that_cannot_start_is_told_as_a_command_that_cannot) {
  node_.connect();
  const RunEnd end = node_.run_to_end(instance(0, "no-such-program", "true"));
  EXPECT_FALSE(end.exit_code);
  EXPECT_EQ(end.failure_info.value().code, "CommandProgramNotFound");
}

TEST_F(InstanceRun, every_hello_tells_how_far_an_instance_is) {
  node_.connect();
  LinePipe go(node_.outside("go"));
  const std::string wait = "echo $$ >$1; read line <" + go.path();
  const RunSpec primary =
      instance(0, node_.script(wait, pipe_.path()), node_.script(wait, pipe_.path()));
  node_.run(primary);
  pipe_.next_processes(1);
  EXPECT_EQ(phase_in_hello(), InstancePhase::coordinating);
  std::ofstream(go.path()) << "go" << std::endl;
  node_.next_coordinated();
  EXPECT_EQ(phase_in_hello(), InstancePhase::coordinated);
  node_.proceed(primary.run);
  pipe_.next_processes(1);
  EXPECT_EQ(phase_in_hello(), InstancePhase::proceeding);
  std::ofstream(go.path()) << "go" << std::endl;
  EXPECT_EQ(node_.next_end().exit_code, 0);
}

TEST_F(InstanceRun, the_time_limit_of_a_primary_counts_while_it_waits_for_the_others) {
  node_.connect();
  RunSpec primary = instance(0, daemon(), "true");
  primary.max_wall_clock_time = Duration{std::chrono::milliseconds(1500)};
  node_.run(primary);
  const Witness daemon = std::move(pipe_.next_processes(1).front());
  const RunEnd end = node_.next_end();
  EXPECT_EQ(end.ended_by, EndedBy::wall_clock);
  EXPECT_FALSE(daemon.is_running());
}

TEST_F(InstanceRun, a_runner_that_is_killed_loses_its_instance_and_the_daemon_goes) {
  node_.connect();
  const RunSpec subtask = instance(1, daemon());
  node_.run(subtask);
  node_.next_coordinated();
  const Witness daemon = std::move(pipe_.next_processes(1).front());
  ::kill(parent_of(daemon.pid()), SIGKILL);
  const RunEnd end = node_.next_end();
  EXPECT_EQ(end.ended_by, EndedBy::lost);
  EXPECT_EQ(end.run, subtask.run);
  EXPECT_FALSE(daemon.is_running());
}

TEST_F(InstanceRun, common_files_come_to_the_shared_directory_before_the_coordination) {
  node_.connect();
  HttpStub stub([](const StubRequest& request) {
    return Response{.status = 200, .body = request.path + "\n"};
  });
  RunSpec subtask = instance(1, "cat ../common.txt");
  subtask.coordination->common_resource_files = {
      {.http_url = stub.url("/c"), .file_path = "common.txt"}};
  node_.run(subtask);
  node_.next_coordinated();
  node_.end(subtask.run);
  node_.next_end();
  EXPECT_EQ(file("1/stdout.txt"), "/c\n");
}

TEST_F(InstanceRun, the_files_of_the_application_come_when_all_are_coordinated) {
  node_.connect();
  HttpStub stub([](const StubRequest& request) {
    return Response{.status = 200, .body = request.path + "\n"};
  });
  RunSpec primary = instance(0, "ls", "cat own.txt");
  primary.resource_files = {{.http_url = stub.url("/o"), .file_path = "own.txt"}};
  node_.run(primary);
  node_.next_coordinated();
  EXPECT_EQ(file("stdout.txt"), "");
  node_.proceed(primary.run);
  EXPECT_EQ(node_.next_end().exit_code, 0);
  EXPECT_EQ(file("stdout.txt"), "/o\n");
}

TEST_F(InstanceRun, common_files_that_cannot_be_fetched_fail_the_instance) {
  node_.connect();
  HttpStub stub([](const StubRequest&) { return Response{.status = 404}; });
  RunSpec subtask = instance(1, "true");
  subtask.coordination->common_resource_files = {
      {.http_url = stub.url("/c"), .file_path = "common.txt"}};
  const RunEnd end = node_.run_to_end(subtask);
  EXPECT_FALSE(end.exit_code);
  EXPECT_EQ(end.failure_info.value().code, "BlobNotFound");
}

}  // namespace
}  // namespace dms::agent
