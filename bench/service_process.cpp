#include "bench/service_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "core/child.h"
#include "core/clock.h"
#include "core/file.h"

namespace dms::bench {

Result<std::unique_ptr<ServiceProcess>> ServiceProcess::start(const std::string& data_dir) {
  const auto dmsbatch = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "dmsbatch";
  const std::string log_file = data_dir + ".log";
  std::unique_ptr<ServiceProcess> service;
  {
    DMS_TRY(const UniqueFd log,
            open_file(log_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    DMS_TRY(
        const pid_t pid,
        spawn_child({.argv = {dmsbatch.string(), "serve", "--data-dir", data_dir, "--port", "0"},
                     .stdout_fd = log.get(),
                     .stderr_fd = log.get()}));
    service = std::make_unique<ServiceProcess>(pid);
  }
  DMS_CHECK(poll_until(system_clock(), std::chrono::minutes(1), std::chrono::milliseconds(20),
                       [&]() -> Result<bool> {
                         const auto text = read_file(log_file);
                         return text && text->find("ready ") != std::string::npos;
                       })
                .context("starting " + dmsbatch.string() + ", see " + log_file));
  DMS_TRY(service->config_, load_config(data_dir + "/config.ini"));
  return service;
}

ServiceProcess::~ServiceProcess() {
  ::kill(pid_, SIGTERM);
  (void)wait_child(pid_);
}

Result<std::unique_ptr<batch::BatchClient>> ServiceProcess::connect() const {
  return batch::BatchClient::create(config_, system_clock());
}

Result<std::uint64_t> ServiceProcess::resident_bytes() const {
  DMS_TRY(const std::string text, read_file(fmt::format("/proc/{}/statm", pid_)));
  std::istringstream fields(text);
  std::uint64_t size = 0, resident = 0;
  fields >> size >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

Result<Seconds> ServiceProcess::cpu_time() const {
  DMS_TRY(const std::string text, read_file(fmt::format("/proc/{}/stat", pid_)));
  // The name, second in the line, is in brackets and may hold blanks; utime and stime are the 12th
  // and 13th field after it.
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return Seconds((user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK)));
}

}  // namespace dms::bench
