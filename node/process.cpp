#include "node/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "node/file.h"

namespace dms::node {

Status start_process(const std::vector<std::string>& argv, Streams streams, pid_t& pid) {
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const int fds[] = {streams.in, streams.out, streams.err};
  for (int target = 0; target < 3; ++target)
    if (fds[target] >= 0) posix_spawn_file_actions_adddup2(&actions, fds[target], target);
  const int problem = ::posix_spawnp(&pid, words.front(), &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return problem == 0 ? Status() : fail_errno("starting " + argv.front(), problem);
}

int wait_for_process(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return status;
}

int exit_code_of(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

Status output_of(const std::vector<std::string>& argv, std::string& text, int& exit_code) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("making a pipe", errno);
  const File read_end(ends[0]);
  File write_end(ends[1]);
  const File nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  pid_t pid = 0;
  DMS_NODE_CHECK(start_process(argv, {nothing.fd(), write_end.fd(), write_end.fd()}, pid));
  write_end.close();
  char buffer[4096];
  for (;;) {
    const ssize_t count = ::read(read_end.fd(), buffer, sizeof buffer);
    if (count > 0) text.append(buffer, static_cast<std::size_t>(count));
    if (count == 0 || (count < 0 && errno != EINTR)) break;
  }
  exit_code = exit_code_of(wait_for_process(pid));
  return {};
}

}  // namespace dms::node
