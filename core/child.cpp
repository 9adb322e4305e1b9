#include "core/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/file.h"

namespace dms {
namespace {

// Owns the two attribute objects of posix_spawn. Their setters fail on wrong values only.
class SpawnPlan {
 public:
  SpawnPlan() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

  void start_in(const std::string& directory) {
    posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str());
  }

  void become(int fd, int target) { posix_spawn_file_actions_adddup2(&actions_, fd, target); }

  // Also what a library of this process forgot to mark close-on-exec.
  void close_others() { posix_spawn_file_actions_addclosefrom_np(&actions_, 3); }

  void set_signals_and_session(Session session) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    if (session == Session::own) flags |= POSIX_SPAWN_SETSID;
    posix_spawnattr_setflags(&attributes_, static_cast<short>(flags));
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

// The array of C strings that exec wants; valid as long as `texts` is.
std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const auto& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

// Above the standard ones, so that no dup2 overwrites what a later one needs.
Result<UniqueFd> duplicate_high(int fd) {
  const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) return fail_errno("duplicating a descriptor for a child", errno);
  return UniqueFd(copy);
}

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> fds{};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0) return fail_errno("making a pipe", errno);
  return Pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

}  // namespace

Result<pid_t> spawn_child(const ChildSpec& spec) {
  if (spec.argv.empty()) return fail(Code::invalid_argument, "the command is empty");
  SpawnPlan plan;
  const std::array<int, 3> given = {spec.stdin_fd, spec.stdout_fd, spec.stderr_fd};
  std::array<UniqueFd, 3> copies;
  for (std::size_t target = 0; target < given.size(); ++target) {
    if (given[target] < 0) continue;
    DMS_TRY(copies[target], duplicate_high(given[target]));
    plan.become(copies[target].get(), static_cast<int>(target));
  }
  plan.close_others();
  if (!spec.cwd.empty()) plan.start_in(spec.cwd);
  plan.set_signals_and_session(spec.session);

  const std::vector<char*> argv = pointers(spec.argv);
  const std::vector<char*> env = spec.env ? pointers(*spec.env) : std::vector<char*>{};
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, argv[0], plan.actions(), plan.attributes(), argv.data(),
                                   spec.env ? env.data() : environ);
  if (error == 0) return pid;
  const std::string place = spec.cwd.empty() ? "" : " in " + spec.cwd;
  return fail_errno(fmt::format("starting {}{}", spec.argv[0], place), error);
}

Result<int> wait_child(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) != pid) {
    if (errno == ECHILD) return fail(Code::not_found, fmt::format("{} is no child of ours", pid));
    if (errno != EINTR) return fail_errno(fmt::format("waiting for process {}", pid), errno);
  }
  return status;
}

int exit_code(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

namespace {

using Deadline = std::chrono::steady_clock::time_point;

enum class Drained { to_the_end, late, too_much };

// Reads both pipes to their ends, or up to the first limit.
Result<Drained> drain(Pipe& out, Pipe& err, Captured& captured, Deadline deadline,
                      std::size_t limit_bytes) {
  std::array<UniqueFd*, 2> fds = {&out.read, &err.read};
  std::array<std::string*, 2> texts = {&captured.out, &captured.err};
  std::array<char, 16384> buffer;
  while (*fds[0] || *fds[1]) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return Drained::late;
    // poll ignores a negative descriptor.
    std::array<pollfd, 2> polled = {{{fds[0]->get(), POLLIN, 0}, {fds[1]->get(), POLLIN, 0}}};
    const int timeout = static_cast<int>(std::min<std::int64_t>(left.count(), 60'000));
    if (::poll(polled.data(), polled.size(), timeout) < 0) {
      if (errno == EINTR) continue;
      return fail_errno("waiting for a command's output", errno);
    }
    for (std::size_t i = 0; i < polled.size(); ++i) {
      if (polled[i].revents == 0) continue;
      const ssize_t count = ::read(fds[i]->get(), buffer.data(), buffer.size());
      if (count > 0)
        texts[i]->append(buffer.data(), static_cast<std::size_t>(count));
      else if (count == 0 || errno != EINTR)
        fds[i]->reset();
      if (texts[i]->size() > limit_bytes) return Drained::too_much;
    }
  }
  return Drained::to_the_end;
}

Status check_drained(Drained drained, const std::string& program, const CaptureOptions& options) {
  if (options.stop.stop_requested())
    return fail(Code::cancelled, program + " was ended because that was asked for");
  if (drained == Drained::late) {
    return fail(Code::timeout, fmt::format("{} was not done after {} ms and was ended", program,
                                           options.limit.count()));
  }
  if (drained == Drained::too_much) {
    return fail(Code::exhausted, fmt::format("{} wrote more than {} bytes and was ended", program,
                                             options.output_limit_bytes));
  }
  return ok();
}

}  // namespace

Result<Captured> run_captured(const std::vector<std::string>& argv, CaptureOptions options) {
  const Deadline deadline = std::chrono::steady_clock::now() + options.limit;
  DMS_TRY(const UniqueFd nothing, open_file("/dev/null", O_RDONLY));
  DMS_TRY(Pipe out, make_pipe());
  DMS_TRY(Pipe err, make_pipe());
  DMS_TRY(const pid_t pid, spawn_child({.argv = argv,
                                        .stdin_fd = nothing.get(),
                                        .stdout_fd = out.write.get(),
                                        .stderr_fd = err.write.get(),
                                        .session = Session::own}));
  out.write.reset();
  err.write.reset();
  Captured captured;
  const Result<Drained> drained = [&] {
    // Gone before the child is waited for, so that it never hits another process of that id.
    const std::stop_callback on_stop(options.stop, [pid] { ::kill(-pid, SIGKILL); });
    return drain(out, err, captured, deadline, options.output_limit_bytes);
  }();
  // Also what a finished command left behind in its session is ended, when it held the pipes.
  if (!drained || *drained != Drained::to_the_end) ::kill(-pid, SIGKILL);
  DMS_TRY(const int status, wait_child(pid));
  if (!drained) return drained.error();
  DMS_CHECK(check_drained(*drained, argv[0], options));
  captured.exit_code = exit_code(status);
  return captured;
}

}  // namespace dms
