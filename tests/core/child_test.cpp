#include "core/child.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "core/file.h"
#include "tests/support/temp_directory.h"

namespace dms {
namespace {

using namespace std::chrono_literals;

// Runs a shell script with the spec's settings; gives what it wrote to its stdout.
std::string output_of(const std::string& script, ChildSpec spec = {}) {
  TempDirectory directory;
  const UniqueFd out = open_file(directory / "out", O_RDWR | O_CREAT).value();
  spec.argv = {"sh", "-c", script};
  spec.stdout_fd = out.get();
  const pid_t pid = spawn_child(spec).value();
  EXPECT_EQ(exit_code(wait_child(pid).value()), 0) << script;
  return read_file(directory / "out").value();
}

TEST(Child, tells_exit_codes_and_signals) {
  EXPECT_EQ(run_captured({"sh", "-c", "exit 7"}).value().exit_code, 7);
  EXPECT_EQ(run_captured({"sh", "-c", "kill -TERM $$"}).value().exit_code, 128 + SIGTERM);
  const pid_t pid = spawn_child({.argv = {"true"}}).value();
  EXPECT_EQ(wait_child(pid).value(), 0);
}

TEST(Child, names_the_program_that_is_missing_but_not_its_arguments) {
  const auto pid = spawn_child({.argv = {"/no/such/program", "--key=secret"}});
  ASSERT_FALSE(pid);
  EXPECT_EQ(pid.error().code, Code::not_found);
  EXPECT_NE(pid.error().message.find("/no/such/program"), std::string::npos);
  EXPECT_EQ(pid.error().message.find("secret"), std::string::npos);
  EXPECT_FALSE(spawn_child({}));
}

TEST(Child, has_the_environment_and_directory_it_is_given) {
  TempDirectory directory;
  EXPECT_EQ(output_of("echo $A; pwd -P",
                      {.env = {{"A=1", "PATH=/usr/bin:/bin"}}, .cwd = directory.path().string()}),
            "1\n" + std::filesystem::canonical(directory.path()).string() + "\n");
}

TEST(Child, inherits_the_environment_without_one_of_its_own) {
  EXPECT_EQ(output_of("test -n \"$PATH\" && echo yes"), "yes\n");
}

TEST(Child, has_no_descriptors_but_the_three) {
  // Left open on purpose, as a library might.
  const UniqueFd leak(::open("/dev/null", O_RDONLY));
  ASSERT_TRUE(leak);
  EXPECT_EQ(output_of("test -e /proc/self/fd/" + std::to_string(leak.get()) +
                      " && echo leaked || echo clean"),
            "clean\n");
}

TEST(Child, starts_with_default_signals) {
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const auto old_handler = ::signal(SIGPIPE, SIG_IGN);
  const std::string status = output_of("grep -E 'SigBlk|SigIgn' /proc/self/status");
  ::signal(SIGPIPE, old_handler);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  const auto mask_of = [&](const std::string& name) {
    return std::stoull(status.substr(status.find(name) + name.size()), nullptr, 16);
  };
  EXPECT_EQ(mask_of("SigBlk:") >> (SIGTERM - 1) & 1, 0u);
  EXPECT_EQ(mask_of("SigIgn:") >> (SIGPIPE - 1) & 1, 0u);
}

TEST(Child, leads_a_session_of_its_own_when_asked) {
  const std::string is_leader = "test $(cut -d' ' -f6 /proc/$$/stat) = $$ && echo yes || echo no";
  EXPECT_EQ(output_of(is_leader, {.session = Session::own}), "yes\n");
  EXPECT_EQ(output_of(is_leader), "no\n");
}

TEST(Child, can_take_swapped_standard_descriptors) {
  // stdout goes where stderr went and the other way round.
  TempDirectory directory;
  const UniqueFd out = open_file(directory / "out", O_RDWR | O_CREAT).value();
  const UniqueFd err = open_file(directory / "err", O_RDWR | O_CREAT).value();
  const UniqueFd old_out(::fcntl(1, F_DUPFD_CLOEXEC, 3)), old_err(::fcntl(2, F_DUPFD_CLOEXEC, 3));
  ::dup2(out.get(), 1);
  ::dup2(err.get(), 2);
  const auto pid = spawn_child(
      {.argv = {"sh", "-c", "echo to-out; echo to-err >&2"}, .stdout_fd = 2, .stderr_fd = 1});
  ::dup2(old_out.get(), 1);
  ::dup2(old_err.get(), 2);
  ASSERT_TRUE(pid);
  ASSERT_TRUE(wait_child(*pid));
  EXPECT_EQ(read_file(directory / "out").value(), "to-err\n");
  EXPECT_EQ(read_file(directory / "err").value(), "to-out\n");
}

TEST(WaitChild, refuses_a_process_that_is_not_ours) {
  const auto status = wait_child(1);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::not_found);
}

TEST(RunCaptured, keeps_both_outputs_apart_however_long) {
  const auto run = run_captured(
      {"sh", "-c", "head -c 300000 /dev/zero; head -c 200000 /dev/zero >&2; cat; exit 3"});
  ASSERT_TRUE(run);
  EXPECT_EQ(run->out.size(), 300'000u);
  EXPECT_EQ(run->err.size(), 200'000u);
  EXPECT_EQ(run->exit_code, 3);
}

TEST(RunCaptured, ends_a_command_and_its_children_at_the_limit) {
  const auto run = run_captured({"sh", "-c", "sleep 600 & sleep 600"}, {.limit = 50ms});
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, Code::timeout);
}

TEST(RunCaptured, ends_a_command_that_writes_without_end) {
  const auto run = run_captured({"sh", "-c", "while :; do echo yyyyyyyyyyyyyyyy; done"},
                                {.output_limit_bytes = 100'000});
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, Code::exhausted);
}

TEST(RunCaptured, ends_a_command_when_it_is_asked_to_stop) {
  std::stop_source stop;
  std::jthread asker([&] { stop.request_stop(); });
  const auto run = run_captured({"sh", "-c", "sleep 600 & sleep 600"}, {.stop = stop.get_token()});
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, Code::cancelled);
}

}  // namespace
}  // namespace dms
