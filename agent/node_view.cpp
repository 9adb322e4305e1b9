#include "agent/node_view.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "core/file.h"

namespace dms::agent {
namespace {

// The id itself, so that a process keeps the name of its user.
std::string identity_map(unsigned id) {
  return std::to_string(id) + " " + std::to_string(id) + " 1";
}

int write_text(const char* path, std::string_view text) {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  const int problem = ::write(fd, text.data(), text.size()) < 0 ? errno : 0;
  ::close(fd);
  return problem;
}

void restore_signals() {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &standard, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const auto& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

}  // namespace

NodeView::NodeView(NodeViewSpec spec)
    : spec_(std::move(spec)),
      user_map_(identity_map(::geteuid())),
      group_map_(identity_map(::getegid())) {
  if (can(Way::as_root))
    way_ = Way::as_root;
  else if (can(Way::in_user_namespace))
    way_ = Way::in_user_namespace;
}

bool NodeView::can(Way way) const {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(enter(way) == 0 ? 0 : 1);
  if (pid < 0) return false;
  const auto status = wait_child(pid);
  return status && *status == 0;
}

int NodeView::enter_user_namespace() const {
  if (::unshare(CLONE_NEWUSER) != 0) return errno;
  if (const int problem = write_text("/proc/self/setgroups", "deny")) return problem;
  if (const int problem = write_text("/proc/self/uid_map", user_map_)) return problem;
  return write_text("/proc/self/gid_map", group_map_);
}

int NodeView::enter(Way way) const {
  if (way == Way::none) return 0;
  if (way == Way::in_user_namespace)
    if (const int problem = enter_user_namespace()) return problem;
  if (::unshare(CLONE_NEWUTS | CLONE_NEWNS) != 0) return errno;
  // What the machine mounts later is seen here, what is mounted here is not seen there.
  if (::mount("none", "/", nullptr, MS_REC | MS_SLAVE, nullptr) != 0) return errno;
  for (const auto& [what, where] : spec_.directories)
    if (::mount(what.c_str(), where.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) return errno;
  if (!spec_.hosts_file.empty() && ::access("/etc/hosts", F_OK) == 0 &&
      ::mount(spec_.hosts_file.c_str(), "/etc/hosts", nullptr, MS_BIND, nullptr) != 0)
    return errno;
  return ::sethostname(spec_.host_name.data(), spec_.host_name.size()) == 0 ? 0 : errno;
}

Result<pid_t> NodeView::spawn(const ChildSpec& spec) const {
  const std::array<int, 3> given = {spec.stdin_fd, spec.stdout_fd, spec.stderr_fd};
  std::array<UniqueFd, 3> copies;  // above the standard ones, so that no dup2 overwrites one
  std::array<int, 3> fds = {-1, -1, -1};
  for (std::size_t at = 0; at < given.size(); ++at) {
    if (given[at] < 0) continue;
    copies[at].reset(::fcntl(given[at], F_DUPFD_CLOEXEC, 3));
    if (!copies[at]) return fail_errno("duplicating a descriptor for a child", errno);
    fds[at] = copies[at].get();
  }
  const std::vector<char*> argv = pointers(spec.argv);
  const std::vector<char*> env = pointers(*spec.env);
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) return fail_errno("making a pipe", errno);
  UniqueFd read_end(report[0]);
  UniqueFd write_end(report[1]);
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno("forking", errno);
  if (pid == 0) become(spec, argv.data(), env.data(), fds.data(), write_end.get());
  write_end.reset();
  int problem = 0;
  ssize_t count = 0;
  do count = ::read(read_end.get(), &problem, sizeof problem);
  while (count < 0 && errno == EINTR);
  if (count <= 0) return pid;
  DMS_TRY([[maybe_unused]] const int status, wait_child(pid));
  return fail_errno("starting " + spec.argv[0] + " in " + spec.cwd, problem);
}

void NodeView::become(const ChildSpec& spec, char* const* argv, char* const* env, const int* fds,
                      int report) const {
  restore_signals();
  ::setsid();
  int problem = enter(way_);
  for (int target = 0; problem == 0 && target < 3; ++target)
    if (fds[target] >= 0 && ::dup2(fds[target], target) < 0) problem = errno;
  if (problem == 0 && !spec.cwd.empty() && ::chdir(spec.cwd.c_str()) != 0) problem = errno;
  if (problem == 0) {
    ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    ::execve(argv[0], argv, env);
    problem = errno;
  }
  (void)!::write(report, &problem, sizeof problem);
  ::_exit(127);
}

}  // namespace dms::agent
