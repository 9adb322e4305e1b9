#include "node/mpirun.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "node/file.h"
#include "node/mpi_rank.h"
#include "node/process.h"

namespace dms::node {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;
using std::chrono::seconds;

constexpr seconds grace_for_mpirun{10};  // to end by itself when a rank has failed
constexpr seconds grace_for_its_end{5};  // before it is killed

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

Status read_ranks_per_host(int& ranks) {
  const std::string text = variable("DMSBATCH_RANKS_PER_HOST");
  if (text.empty()) {
    ranks = static_cast<int>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
    return {};
  }
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, ranks);
  if (error == std::errc() && stop == end && ranks > 0) return {};
  return {Exit::usage, "DMSBATCH_RANKS_PER_HOST is '" + text + "', which is no number of ranks"};
}

Status find_implementation(mpi::Implementation& implementation) {
  const std::string named = variable("DMSBATCH_MPI");
  if (!named.empty() && named != "auto") {
    const auto known = mpi::implementation_named(named);
    if (!known) return {Exit::usage, "DMSBATCH_MPI is '" + named + "', which is no MPI known here"};
    implementation = *known;
    return {};
  }
  std::string text;
  int code = 0;
  if (const Status asked = output_of({"mpirun", "--version"}, text, code); !asked.ok())
    return {Exit::unavailable, "there is no mpirun in the PATH of " + variable("AZ_BATCH_NODE_ID") +
                                   " (" + asked.message() + ")"};
  const auto found = mpi::implementation_of(text);
  if (!found)
    return {Exit::unavailable,
            "mpirun --version names no MPI known here; name one in the study (mpi: "
            "{implementation: …}). It said: " +
                text.substr(0, text.find('\n'))};
  implementation = *found;
  return {};
}

Status write_file(const std::string& path, const std::string& text) {
  File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file.is_open()) return fail_errno("writing " + path, errno);
  if (::write(file.fd(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return fail_errno("writing " + path, errno);
  const int problem = file.close();
  return problem == 0 ? Status() : fail_errno("writing " + path, problem);
}

std::vector<std::string> hosts_of_task() {
  auto hosts = mpi::split_list(variable("AZ_BATCH_HOST_LIST"));
  if (hosts.empty()) hosts.emplace_back("localhost");
  return hosts;
}

std::string joined(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
  return line;
}

// Everything before the program, and the program behind a process that watches it on its host.
std::vector<std::string> command_of(const MpiPlan& plan, const std::string& host_file,
                                    const std::string& self,
                                    const std::vector<std::string>& arguments) {
  auto line = mpi::launch_line(plan.implementation, {.host_file = host_file,
                                                     .hosts = static_cast<int>(plan.hosts.size()),
                                                     .ranks_per_host = plan.ranks_per_host,
                                                     .environment = plan.environment});
  auto program = arguments.begin();
  const auto separator = std::find(arguments.begin(), arguments.end(), "--");
  if (arguments.front().starts_with('-')) {
    line.insert(line.end(), arguments.begin(), separator);
    program = separator == arguments.end() ? separator : separator + 1;
  }
  if (program != arguments.end()) line.insert(line.end(), {self, "mpi-rank"});
  line.insert(line.end(), program, arguments.end());
  return line;
}

// Passes on what mpirun writes to stderr and looks for the rank that failed first.
class Watch {
 public:
  Watch(pid_t mpirun, File errors) : mpirun_(mpirun), errors_(std::move(errors)) {}

  // Returns when mpirun has ended and all it wrote is passed on; gives its wait status.
  int until_the_end() {
    std::optional<int> status;
    while (!status || errors_open_) {
      if (status) step_ = SteadyTime::max();
      pass_on(status ? 200 : 50);
      if (status && !errors_ready_) break;  // what outlives mpirun may hold its stderr for ever
      int now = 0;
      if (!status && ::waitpid(mpirun_, &now, WNOHANG) == mpirun_) status = now;
      if (!status) hurry();
    }
    return *status;
  }

  std::optional<int> failed_rank_code() const { return code_; }
  const std::string& what_failed() const { return what_failed_; }

 private:
  void pass_on(int patience) {
    pollfd polled{errors_open_ ? errors_.fd() : -1, POLLIN, 0};
    errors_ready_ = ::poll(&polled, 1, patience) > 0;
    if (!errors_ready_) return;
    char buffer[8192];
    const ssize_t count = ::read(errors_.fd(), buffer, sizeof buffer);
    if (count == 0) errors_open_ = false;
    if (count <= 0) return;
    (void)!::write(STDERR_FILENO, buffer, static_cast<std::size_t>(count));
    text_.append(buffer, static_cast<std::size_t>(count));
    look_at_lines();
  }

  void look_at_lines() {
    std::size_t end = 0;
    while ((end = text_.find('\n')) != std::string::npos) {
      const std::string line = text_.substr(0, end);
      text_.erase(0, end + 1);
      const auto code = code_of_rank_message(line);
      if (!code || code_) continue;
      code_ = code;
      what_failed_ = line.substr(line.find("rank "));
      step_ = std::chrono::steady_clock::now() + grace_for_mpirun;
    }
  }

  void hurry() {
    if (!code_ || std::chrono::steady_clock::now() < step_) return;
    if (!asked_) std::fputs("dmsnode: mpirun goes on without that rank and is ended\n", stderr);
    ::kill(mpirun_, asked_ ? SIGKILL : SIGTERM);
    asked_ = true;
    step_ = std::chrono::steady_clock::now() + grace_for_its_end;
  }

  pid_t mpirun_;
  File errors_;
  bool errors_open_ = true;
  bool errors_ready_ = true;
  std::string text_;
  std::optional<int> code_;
  std::string what_failed_;
  SteadyTime step_ = SteadyTime::max();
  bool asked_ = false;
};

}  // namespace

Status read_mpi_plan(MpiPlan& plan) {
  plan.hosts = hosts_of_task();
  DMS_NODE_CHECK(read_ranks_per_host(plan.ranks_per_host));
  DMS_NODE_CHECK(find_implementation(plan.implementation));
  for (std::string& name : mpi::split_list(variable("DMSBATCH_MPI_ENVIRONMENT")))
    if (std::getenv(name.c_str())) plan.environment.push_back(std::move(name));
  plan.host_file = variable("DMSBATCH_HOSTFILE");
  if (plan.host_file.empty()) plan.host_file = "hostfile";
  // Azure's administrators are root, which Open MPI does not trust.
  if (::geteuid() == 0) {
    ::setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 0);
    ::setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 0);
  }
  return {};
}

Status write_host_file(const MpiPlan& plan, const std::vector<std::string>& hosts,
                       int ranks_per_host, std::string& path) {
  path = plan.host_file + "." + std::string(mpi::name_of(plan.implementation));
  if (hosts.size() != plan.hosts.size()) path += "." + hosts.front();
  return write_file(path, mpi::host_file(plan.implementation, hosts, ranks_per_host));
}

Status write_plain_host_file(const std::string& path) {
  int ranks = 1;
  DMS_NODE_CHECK(read_ranks_per_host(ranks));
  std::string text;
  for (const std::string& host : hosts_of_task())
    for (int rank = 0; rank < ranks; ++rank) text += host + "\n";
  return write_file(path, text);
}

Status mpirun(const std::string& self, const std::vector<std::string>& arguments, int& exit_code) {
  if (arguments.empty()) return {Exit::usage, "mpirun needs a program; see dmsnode --help"};
  MpiPlan plan;
  DMS_NODE_CHECK(read_mpi_plan(plan));
  std::string host_file;
  DMS_NODE_CHECK(write_host_file(plan, plan.hosts, plan.ranks_per_host, host_file));
  const auto command = command_of(plan, host_file, self, arguments);
  std::fprintf(stderr, "dmsnode: %s, %zu hosts with %d ranks each: %s\n",
               std::string(mpi::name_of(plan.implementation)).c_str(), plan.hosts.size(),
               plan.ranks_per_host, joined(command).c_str());
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("making a pipe", errno);
  File read_end(ends[0]);
  File write_end(ends[1]);
  pid_t pid = 0;
  DMS_NODE_CHECK(start_process(command, {-1, -1, write_end.fd()}, pid));
  write_end.close();
  Watch watch(pid, std::move(read_end));
  exit_code = exit_code_of(watch.until_the_end());
  // One that says that all is well was told to put up with failures.
  if (exit_code == 0 || !watch.failed_rank_code()) return {};
  exit_code = *watch.failed_rank_code();
  // Once more behind all that mpirun had to say, where people look first.
  std::fprintf(stderr, "dmsnode: it failed because %s\n", watch.what_failed().c_str());
  return {};
}

}  // namespace dms::node
