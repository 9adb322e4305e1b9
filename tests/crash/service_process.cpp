#include "tests/crash/service_process.h"

#include <fcntl.h>
#include <signal.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>

#include "core/child.h"
#include "core/clock.h"
#include "core/file.h"

namespace dms::crash {

namespace fs = std::filesystem;

namespace {

std::vector<pid_t> processes_with(const std::vector<std::string>& words) {
  std::vector<pid_t> found;
  std::error_code ended;  // a process may be gone before it is looked at
  for (const auto& entry : fs::directory_iterator("/proc", ended)) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc{}) continue;
    const auto line = read_file(entry.path() / "cmdline");
    if (line && std::all_of(words.begin(), words.end(), [&](const std::string& word) {
          return line->find(word) != line->npos;
        }))
      found.push_back(pid);
  }
  return found;
}

pid_t parent_of(pid_t pid) {
  const auto status = read_file("/proc/" + std::to_string(pid) + "/status");
  const std::string_view key = "\nPPid:\t";
  const auto at = status ? status->find(key) : std::string::npos;
  return at == std::string::npos ? 0 : std::atoi(status->c_str() + at + key.size());
}

// The port in "ready http://127.0.0.1:18080 …".
std::string port_in(const std::string& log) {
  const auto ready = log.find("ready http://");
  if (ready == log.npos) return {};
  const auto colon = log.find(':', ready + std::string_view("ready http:").size());
  const auto end = log.find_first_not_of("0123456789", colon + 1);
  return log.substr(colon + 1, end - colon - 1);
}

}  // namespace

ServiceProcess::ServiceProcess(std::string dmsbatch, std::string data_dir)
    : dmsbatch_(std::move(dmsbatch)), data_dir_(std::move(data_dir)) {}

ServiceProcess::~ServiceProcess() {
  kill();
  for (const pid_t pid : processes()) ::kill(pid, SIGKILL);
}

Status ServiceProcess::start() {
  const std::string log = data_dir_ + "." + std::to_string(++starts_) + ".log";
  DMS_TRY(const UniqueFd file, open_file(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  DMS_TRY(pid_, spawn_child({.argv = {dmsbatch_, "serve", "--data-dir", data_dir_, "--port", port_},
                             .stdout_fd = file.get(),
                             .stderr_fd = file.get()}));
  return poll_until(system_clock(), std::chrono::seconds(60), std::chrono::milliseconds(5),
                    [&]() -> Result<bool> {
                      DMS_TRY(const std::string text, read_file(log));
                      const std::string port = port_in(text);
                      if (!port.empty()) port_ = port;
                      return !port.empty();
                    })
      .context("waiting for the service to be ready, see " + log);
}

void ServiceProcess::kill() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  (void)wait_child(pid_);
  pid_ = 0;
}

Status ServiceProcess::end() {
  ::kill(pid_, SIGTERM);
  DMS_TRY(const int status, wait_child(pid_));
  pid_ = 0;
  if (status == 0) return ok();
  return fail(Code::internal,
              "the service ended with exit code " + std::to_string(exit_code(status)));
}

// Agents and their runners, but not what a runner has just made to become a task: that has still
// its command line, and a task that is killed has ended.
std::vector<pid_t> ServiceProcess::agents() const {
  const auto all = processes_with({"node-agent", data_dir_});
  const auto is_one = [&](pid_t pid) {
    return std::find(all.begin(), all.end(), pid) != all.end();
  };
  auto found = all;
  std::erase_if(found, [&](pid_t pid) {
    const pid_t parent = parent_of(pid);
    return is_one(parent) && is_one(parent_of(parent));
  });
  return found;
}

std::vector<pid_t> ServiceProcess::processes() const {
  auto all = processes_with({data_dir_});
  std::erase(all, ::getpid());
  return all;
}

}  // namespace dms::crash
