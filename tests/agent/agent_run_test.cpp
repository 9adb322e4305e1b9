// What a run of a task does, seen through a real agent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <sstream>

#include "tests/agent/node_process.h"

namespace dms::agent {
namespace {

using testing::HasSubstr;

class AgentRun : public testing::Test {
 protected:
  NodeProcess node_;
};

TEST_F(AgentRun, tells_exit_code_0_and_the_times) {
  node_.connect();
  const RunEnd end = node_.run_to_end(run_of("true"));
  EXPECT_EQ(end.run.task_id, "t");
  EXPECT_EQ(end.ended_by, EndedBy::itself);
  EXPECT_EQ(end.exit_code, 0);
  EXPECT_FALSE(end.failure_info);
  EXPECT_LE(end.start_time, end.end_time);
  EXPECT_GT(end.start_time, Timestamp{});
}

TEST_F(AgentRun, tells_another_exit_code_as_the_service_does) {
  node_.connect();
  const RunEnd end = node_.run_to_end(run_of("sh -c 'exit 42'"));
  EXPECT_EQ(end.exit_code, 42);
  ASSERT_TRUE(end.failure_info);
  EXPECT_EQ(end.failure_info->category, batch::ErrorCategory::user_error);
  EXPECT_EQ(end.failure_info->code, "FailureExitCode");
  EXPECT_EQ(end.failure_info->message, "The task exited with an exit code representing a failure");
  ASSERT_EQ(end.failure_info->details.size(), 2U);
  EXPECT_EQ(end.failure_info->details[0].value,
            "The task process exited with an unexpected exit code");
  EXPECT_EQ(end.failure_info->details[1].name, "AdditionalErrorCode");
}

TEST_F(AgentRun, tells_a_signal_as_128_and_its_number) {
  node_.connect();
  EXPECT_EQ(node_.run_to_end(run_of("sh -c 'kill -TERM $$'")).exit_code, 143);
  EXPECT_EQ(node_.run_to_end(run_of("sh -c 'kill -KILL $$'")).exit_code, 137);
}

TEST_F(AgentRun, tells_a_program_that_is_not_there) {
  node_.connect();
  const RunEnd end = node_.run_to_end(run_of("no-such-program 1"));
  EXPECT_FALSE(end.exit_code);
  ASSERT_TRUE(end.failure_info);
  EXPECT_EQ(end.failure_info->code, "CommandProgramNotFound");
  EXPECT_EQ(end.failure_info->message, "The specified command program is not found");
}

TEST_F(AgentRun, tells_a_command_that_cannot_be_launched) {
  node_.connect();
  for (const std::string& line : {std::string("sh -c 'echo"), node_.write_file("data", "x")}) {
    const RunEnd end = node_.run_to_end(run_of(line, "t" + std::to_string(line.size())));
    EXPECT_FALSE(end.exit_code);
    EXPECT_EQ(end.failure_info.value().code, "CommandLaunchFailed") << line;
  }
}

TEST_F(AgentRun, gives_directories_streams_and_a_session_of_its_own) {
  node_.connect();
  const RunEnd end = node_.run_to_end(
      run_of("sh -c 'pwd; cat; echo bad >&2; ls /proc/self/fd; cut -d\" \" -f5,6 /proc/$$/stat; "
             "echo $$'"));
  EXPECT_EQ(end.exit_code, 0);
  const std::string wd = std::filesystem::canonical(node_.at("workitems/j/job-1/t/wd")).string();
  std::istringstream out(node_.text_of_file("workitems/j/job-1/t/stdout.txt"));
  const auto line = [&] {
    std::string text;
    std::getline(out, text);
    return text;
  };
  EXPECT_EQ(line(), wd);
  for (const char* fd : {"0", "1", "2", "3"}) EXPECT_EQ(line(), fd);  // 3 is ls's own
  const std::string group_and_session = line();
  const std::string pid = line();
  EXPECT_EQ(group_and_session, pid + " " + pid);
  EXPECT_EQ(node_.text_of_file("workitems/j/job-1/t/stderr.txt"), "bad\n");
}

TEST_F(AgentRun, gives_the_environment_of_the_task_and_little_else) {
  ::setenv("DMS_TEST_OF_THE_HOST", "1", 1);
  node_.connect();
  RunSpec spec = run_of("env");
  spec.environment = {
      {"AZ_BATCH_TASK_ID", "t"}, {"EMPTY", {}}, {"LANG", "xx"}, {"TWICE", "1"}, {"TWICE", "2"}};
  EXPECT_EQ(node_.run_to_end(spec).exit_code, 0);
  const std::string out = "\n" + node_.text_of_file("workitems/j/job-1/t/stdout.txt");
  for (const char* line :
       {"\nAZ_BATCH_TASK_ID=t\n", "\nEMPTY=\n", "\nLANG=xx\n", "\nTWICE=2\n", "\nPATH=/"})
    EXPECT_THAT(out, HasSubstr(line));
  EXPECT_THAT(out, testing::Not(HasSubstr("DMS_TEST_OF_THE_HOST")));
}

TEST_F(AgentRun, searches_the_program_in_the_path_of_the_task) {
  node_.connect();
  ::chmod(node_.write_file("mine", "#!/bin/sh\nexit 7\n").c_str(), 0755);
  RunSpec spec = run_of("mine");
  spec.environment = {{"PATH", node_.outside("")}};
  EXPECT_EQ(node_.run_to_end(spec).exit_code, 7);
}

TEST_F(AgentRun, starts_a_plain_command_of_a_shell_without_it) {
  node_.connect();
  RunSpec spec = run_of(R"(/bin/bash -c 'exec "$TOOL" SHLVL')");
  spec.environment = {{"TOOL", "/usr/bin/printenv"}};
  EXPECT_EQ(node_.run_to_end(spec).exit_code, 1) << "bash was there and has counted itself";
  EXPECT_EQ(node_.run_to_end(run_of("/bin/sh -c 'printenv PWD'", "u")).exit_code, 0);
  EXPECT_EQ(node_.text_of_file("workitems/j/job-1/u/stdout.txt"),
            node_.at("workitems/j/job-1/u/wd") + "\n");
}

TEST_F(AgentRun, leaves_to_the_shell_what_cannot_be_started_without_it) {
  node_.connect();
  EXPECT_EQ(node_.run_to_end(run_of("/bin/sh -c 'no-such-program 1'")).exit_code, 127);
  EXPECT_THAT(node_.text_of_file("workitems/j/job-1/t/stderr.txt"),
              HasSubstr("no-such-program: not found"));
  const std::string script = node_.write_file("script", "exit 9\n");  // without #!
  EXPECT_EQ(node_.run_to_end(run_of("/bin/sh -c '" + script + "'", "u")).exit_code, 126);
  ::chmod(script.c_str(), 0755);
  EXPECT_EQ(node_.run_to_end(run_of("/bin/sh -c '" + script + "'", "v")).exit_code, 9);
}

TEST_F(AgentRun, starts_the_outputs_anew_and_keeps_the_working_directory_at_a_retry) {
  node_.connect();
  RunSpec spec = run_of("sh -c 'cat kept; echo $AZ_RUN | tee -a kept'");
  spec.environment = {{"AZ_RUN", "first"}};
  node_.run_to_end(spec);
  EXPECT_EQ(node_.text_of_file("workitems/j/job-1/t/stdout.txt"), "first\n");
  spec.environment = {{"AZ_RUN", "second"}};
  spec.run.attempt = 1;
  node_.run_to_end(spec);
  EXPECT_EQ(node_.text_of_file("workitems/j/job-1/t/stdout.txt"), "first\nsecond\n");
  EXPECT_EQ(node_.text_of_file("workitems/j/job-1/t/stderr.txt"), "");
}

TEST_F(AgentRun, starts_with_default_signals) {
  node_.connect();
  EXPECT_EQ(node_.run_to_end(run_of("grep -E '^Sig(Blk|Ign)' /proc/self/status")).exit_code, 0);
  std::istringstream out(node_.text_of_file("workitems/j/job-1/t/stdout.txt"));
  std::string name;
  std::uint64_t signals = 0;
  int lines = 0;
  for (; out >> name >> std::hex >> signals; ++lines)
    EXPECT_EQ(signals & 0x7fffffff, 0U) << name;  // above are the C library's own
  EXPECT_EQ(lines, 2);
}

TEST_F(AgentRun, refuses_a_task_directory_outside_the_node) {
  node_.connect();
  RunSpec spec = run_of("true");
  spec.task_directory = "../elsewhere";
  const RunEnd end = node_.run_to_end(spec);
  EXPECT_EQ(end.failure_info.value().code, "ResourceDirectoryCreateFailed");
  EXPECT_FALSE(std::filesystem::exists(node_.outside("elsewhere")));
}

TEST_F(AgentRun, runs_as_many_at_once_as_there_are_slots) {
  node_.connect(2);
  LinePipe pipe(node_.outside("pipe"));
  const std::string both = node_.script("echo $$ >$1; exec sleep 1000", pipe.path());
  node_.run(run_of(both, "a"));
  node_.run(run_of(both, "b"));
  node_.run(run_of("true", "c"));
  const auto processes = pipe.next_processes(2);
  for (const char* task : {"c", "a"}) {
    ToAgent frame;
    frame.end.push_back(run_of("", task).run);
    node_.send(frame);
    const RunEnd end = node_.next_end();
    EXPECT_EQ(end.run.task_id, task);
    EXPECT_EQ(end.ended_by, EndedBy::terminate);
  }
  EXPECT_EQ(processes.size(), 2U);
}

TEST_F(AgentRun, carries_out_a_thousand_tasks_on_two_slots) {
  node_.connect(2);
  constexpr int count = 1000;
  ToAgent frame;
  for (int i = 0; i < count; ++i) frame.start.push_back(run_of("true", std::to_string(i)));
  const auto begin = std::chrono::steady_clock::now();
  node_.send(frame);
  for (int i = 0; i < count; ++i) ASSERT_EQ(node_.next_end_unacknowledged().exit_code, 0);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  ToAgent last;
  last.shutdown = true;
  node_.send(last);
  EXPECT_EQ(node_.wait_exit(), 0);
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  const auto milliseconds = [](const timeval& time) {
    return time.tv_sec * 1e3 + time.tv_usec / 1e3;
  };
  std::printf("%.0f tasks/s, %.2f ms user and %.2f ms system time each\n", count / took.count(),
              milliseconds(usage.ru_utime) / count, milliseconds(usage.ru_stime) / count);
}

}  // namespace
}  // namespace dms::agent
