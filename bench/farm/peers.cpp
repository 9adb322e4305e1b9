#include "bench/farm/peers.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/child.h"
#include "core/file.h"

extern char** environ;

namespace dms::bench {

namespace {

// <dir>/<i>/wd, <dir>/<i>/stdout.txt and <dir>/<i>/stderr.txt, and `true` started in wd.
Status spawn_one(const std::string& directory, int index) {
  const std::string root = directory + "/" + std::to_string(index);
  const std::string wd = root + "/wd";
  if (::mkdir(root.c_str(), 0755) != 0 || ::mkdir(wd.c_str(), 0755) != 0)
    return fail_errno("making " + wd, errno);
  DMS_TRY(const UniqueFd out, open_file(root + "/stdout.txt", O_WRONLY | O_CREAT | O_CLOEXEC));
  DMS_TRY(const UniqueFd err, open_file(root + "/stderr.txt", O_WRONLY | O_CREAT | O_CLOEXEC));
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, out.get(), 1);
  ::posix_spawn_file_actions_adddup2(&actions, err.get(), 2);
  ::posix_spawn_file_actions_addchdir_np(&actions, wd.c_str());
  char name[] = "true";
  char* argv[] = {name, nullptr};
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, "/bin/true", &actions, nullptr, argv, environ);
  ::posix_spawn_file_actions_destroy(&actions);
  return error == 0 ? ok() : Status(fail_errno("starting true", error));
}

Status reap_one() {
  int status = 0;
  if (::wait(&status) < 0) return fail_errno("wait", errno);
  if (status != 0) return fail(Code::internal, "true failed");
  return ok();
}

}  // namespace

Result<Seconds> run_bare_loop(const std::string& directory, int count, int slots) {
  if (::mkdir(directory.c_str(), 0755) != 0) return fail_errno("making " + directory, errno);
  const auto start = SteadyClock::now();
  for (int i = 0; i < count; ++i) {
    if (i >= slots) DMS_CHECK(reap_one());
    DMS_CHECK(spawn_one(directory, i));
  }
  for (int i = 0; i < std::min(slots, count); ++i) DMS_CHECK(reap_one());
  return since(start);
}

Result<Seconds> run_gnu_parallel(const std::string& directory, int count, int slots) {
  if (::mkdir(directory.c_str(), 0755) != 0) return fail_errno("making " + directory, errno);
  const std::string script = "seq " + std::to_string(count) + " | parallel -j" +
                             std::to_string(slots) + " --joblog " + directory + "/log --results " +
                             directory + "/results true >/dev/null";
  const auto start = SteadyClock::now();
  DMS_TRY(const Captured done,
          run_captured({"sh", "-c", script}, {.limit = std::chrono::minutes(10)}));
  if (done.exit_code != 0)
    return fail(Code::not_found, "GNU parallel failed: " + done.err.substr(0, 200));
  return since(start);
}

}  // namespace dms::bench
