#include "cli/local_service.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>

#include "cli/executable.h"
#include "core/child.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/curl_transport.h"
#include "core/file.h"

namespace dms::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds start_limit{30};
constexpr std::chrono::milliseconds look_interval{50};
constexpr const char* idle_exit_seconds = "900";

// Whether something answers HTTP at the address of the directory's config.ini.
bool answers(const std::string& config_path) {
  const auto config =
      load_config(config_path, [](const std::string&) { return std::optional<std::string>{}; });
  return config && answers_http(config->batch_account_url);
}

Result<pid_t> start_in_background(const fs::path& data_dir) {
  std::error_code error;
  fs::create_directories(data_dir, error);
  if (error) return fail_errno("creating " + data_dir.string(), error.value());
  DMS_TRY(const UniqueFd log, open_file((data_dir / "service.log").string(),
                                        O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  DMS_TRY(const UniqueFd nothing, open_file("/dev/null", O_RDONLY | O_CLOEXEC));
  return spawn_child({.argv = {own_executable(), "serve", "--data-dir", data_dir.string(),
                               "--idle-exit", idle_exit_seconds},
                      .cwd = "/",
                      .stdin_fd = nothing.get(),
                      .stdout_fd = log.get(),
                      .stderr_fd = log.get(),
                      .session = Session::own});
}

// The last lines of the log, for the message of a service that did not come up.
std::string log_tail(const fs::path& data_dir) {
  auto text = read_file((data_dir / "service.log").string());
  if (!text) return "no log";
  std::size_t start = text->size();
  for (int lines = 0; lines < 4 && start != std::string::npos && start > 0; ++lines)
    start = text->rfind('\n', start - 1);
  return text->substr(start == std::string::npos || start >= text->size() ? 0 : start + 1);
}

// Whether the child has ended already.
bool has_ended(pid_t child) { return ::waitpid(child, nullptr, WNOHANG) != 0; }

}  // namespace

// The service holds the lock of its directory.
bool is_local_service_running(const fs::path& data_dir) {
  const fs::path path = data_dir / "service.lock";
  if (!fs::exists(path)) return false;
  const auto lock = FileLock::try_lock(path.string());
  return !lock && lock.error().code == Code::conflict;
}

bool answers_http(const std::string& base_url) {
  Request request;
  const auto url = Url::parse(base_url + "/");
  if (!url) return false;
  request.url = *url;
  CurlTransport transport({.connect_timeout = std::chrono::seconds(2)});
  return transport.send(request).has_value();
}

Result<std::string> ensure_local_service(const fs::path& data_dir) {
  const std::string config_path = (data_dir / "config.ini").string();
  const auto deadline = std::chrono::steady_clock::now() + start_limit;
  pid_t child = 0;
  int starts = 0;
  while (std::chrono::steady_clock::now() < deadline) {
    if (is_local_service_running(data_dir) && answers(config_path)) return config_path;
    if (child > 0 && has_ended(child)) {
      child = 0;
      // Another command may have been quicker with starting one; else it failed for a reason.
      if (!is_local_service_running(data_dir) && starts > 1) break;
    }
    if (child == 0 && !is_local_service_running(data_dir)) {
      DMS_TRY(child, start_in_background(data_dir));
      ++starts;
    }
    system_clock().sleep_for(look_interval, {});
  }
  return fail(Code::unavailable,
              "the local service of " + data_dir.string() + " does not come up; its log " +
                  (data_dir / "service.log").string() + " ends:\n" + log_tail(data_dir));
}

}  // namespace dms::cli
