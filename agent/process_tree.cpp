#include "agent/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <string>

namespace dms::agent {
namespace {

using Children = std::multimap<pid_t, pid_t>;  // parent → child

// The parent in the text of /proc/<pid>/stat: "pid (name) state parent …", where the name may hold
// blanks and parentheses.
pid_t parent_in(std::string_view stat) {
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string_view::npos || name_end + 4 >= stat.size()) return 0;
  pid_t parent = 0;
  std::from_chars(stat.data() + name_end + 4, stat.data() + stat.size(), parent);
  return parent;
}

pid_t parent_of(int proc, const char* pid) {
  char path[32];
  std::snprintf(path, sizeof path, "%.20s/stat", pid);
  const int fd = ::openat(proc, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  char text[512];
  const ssize_t count = ::read(fd, text, sizeof text);
  ::close(fd);
  return count > 0 ? parent_in({text, static_cast<std::size_t>(count)}) : 0;
}

Children read_children() {
  Children children;
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), ::closedir);
  if (!proc) return children;
  while (const dirent* entry = ::readdir(proc.get())) {
    pid_t pid = 0;
    const char* const end = entry->d_name + std::strlen(entry->d_name);
    if (std::from_chars(entry->d_name, end, pid).ptr != end) continue;
    if (const pid_t parent = parent_of(::dirfd(proc.get()), entry->d_name); parent > 0)
      children.emplace(parent, pid);
  }
  return children;
}

// The children of `pid`, taken out of the table: so that even a table read while ids were being
// reused is walked to an end.
std::vector<pid_t> take_children(Children& children, pid_t pid) {
  const auto [first, last] = children.equal_range(pid);
  std::vector<pid_t> taken;
  for (auto child = first; child != last; ++child) taken.push_back(child->second);
  children.erase(first, last);
  return taken;
}

void kill_tree(Children& children, pid_t pid) {
  ::kill(pid, SIGKILL);
  for (const pid_t child : take_children(children, pid)) kill_tree(children, child);
}

}  // namespace

Status become_subreaper() {
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return fail_errno("becoming a subreaper", errno);
  return ok();
}

// By its number: the C library's header is not fit for C++ in every version.
Result<UniqueFd> watch_process(pid_t pid) {
  const long fd = ::syscall(SYS_pidfd_open, pid, 0);
  if (fd < 0) return fail_errno("watching process " + std::to_string(pid), errno);
  return UniqueFd(static_cast<int>(fd));
}

// Rounds: kill what the table of processes shows, wait for one to die, take the rest of the dead,
// look again. What was born or handed over between two looks is found by the next.
std::optional<int> end_descendants(pid_t awaited) {
  std::optional<int> found;
  for (;;) {
    int status = 0;
    pid_t pid = 0;
    while ((pid = ::waitpid(-1, &status, WNOHANG | __WALL)) > 0)
      if (pid == awaited) found = status;
    if (pid < 0 && errno == ECHILD) return found;
    Children children = read_children();
    const std::vector<pid_t> mine = take_children(children, ::getpid());
    for (const pid_t child : mine) kill_tree(children, child);
    if (mine.empty()) continue;
    if (::waitpid(-1, &status, __WALL) == awaited) found = status;
  }
}

int kill_children_except(const std::vector<pid_t>& kept) {
  Children children = read_children();
  int others = 0;
  for (const pid_t child : take_children(children, ::getpid())) {
    if (std::find(kept.begin(), kept.end(), child) != kept.end()) continue;
    ++others;
    kill_tree(children, child);
  }
  return others;
}

}  // namespace dms::agent
