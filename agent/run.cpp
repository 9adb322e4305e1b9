#include "agent/run.h"

#include <fcntl.h>
#include <signal.h>

#include "agent/downloads.h"
#include "agent/paths.h"
#include "agent/process_tree.h"
#include "agent/uploads.h"
#include "core/child.h"
#include "core/clock.h"
#include "core/file.h"

namespace dms::agent {
namespace {

constexpr std::string_view missing_program =
    "The system cannot find the file specified";  // the service's detail

Environment environment_of(const RunSpec& spec, const Environment& host) {
  Environment environment = host;
  environment.reserve(host.size() + spec.environment.size());
  for (const auto& [name, value] : spec.environment)
    set_variable(environment, name, value.value_or(""));
  return environment;
}

Failure disk_failure(const Error& error, std::string_view code) {
  return failure(disk_failure_code(error, code), {{"Message", error.message}});
}

// A limit of more than a century is none: the clock could not tell its end.
Deadline deadline_of(const std::optional<Duration>& limit) {
  if (!limit || limit->span > std::chrono::hours{24 * 365 * 100}) return std::nullopt;
  return std::chrono::steady_clock::now() + limit->span;
}

// The steps, each of which may end the run: a step that gives false was the last one before the
// uploads, and what it noted in end_ tells why.
class Run {
 public:
  Run(const RunSpec& spec, const RunHost& host)
      : spec_(spec),
        host_(host),
        directory_(host.root + "/" + spec.task_directory),
        environment_(environment_of(spec, host.environment)) {}

  std::optional<RunEnd> carry_out() {
    end_.run = spec_.run;
    end_.start_time = system_clock().now();
    deadline_ = deadline_of(spec_.max_wall_clock_time);
    if (prepare() && fetch() && launch()) {
      await_command();
      upload();
    }
    if (abandoned_) return std::nullopt;
    end_.end_time = system_clock().now();
    return std::move(end_);
  }

 private:
  bool prepare() {
    if (const auto parts = parts_below(spec_.task_directory); !parts)
      return fail_with(disk_failure(parts.error(), "ResourceDirectoryCreateFailed"));
    if (const Status made = make_directories(directory_ + "/wd"); !made)
      return fail_with(disk_failure(made.error(), "ResourceDirectoryCreateFailed"));
    if (!spec_.output_files.empty()) remove_upload_logs(directory_);
    return open_output("/stdout.txt", stdout_) && open_output("/stderr.txt", stderr_);
  }

  bool open_output(const char* name, UniqueFd& fd) {
    auto file = open_file(directory_ + name, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644);
    if (!file) return fail_with(disk_failure(file.error(), "ResourceFileCreateFailed"));
    fd = *std::move(file);
    return true;
  }

  bool fetch() {
    if (spec_.resource_files.empty()) return true;
    Failure failure;
    const Wake wake = host_.supervision.work_until(deadline_, [&](const std::stop_token& stop) {
      failure = fetch_files(host_.transport(), spec_.resource_files, directory_ + "/wd", stop);
    });
    if (wake != Wake::ready) return stop_with(wake);
    return failure ? fail_with(std::move(failure)) : true;
  }

  bool launch() {
    const auto words = split_command_line(spec_.command_line);
    if (!words) return fail_launch("CommandLaunchFailed", words.error().message);
    const auto program = find_program(words->front(), environment_, directory_ + "/wd");
    if (!program && program.error().code == Code::not_found)
      return fail_launch("CommandProgramNotFound", missing_program);
    if (!program) return fail_launch("CommandLaunchFailed", program.error().message);
    const auto null = open_file("/dev/null", O_RDONLY);
    if (!null) return fail_launch("CommandLaunchFailed", null.error().message);
    ChildSpec child{.argv = *words,
                    .env = environment_,
                    .cwd = directory_ + "/wd",
                    .stdin_fd = null->get(),
                    .stdout_fd = stdout_.get(),
                    .stderr_fd = stderr_.get(),
                    .session = Session::own};
    child.argv.front() = *program;
    const auto pid = spawn_child(child);
    if (!pid) return fail_launch("CommandLaunchFailed", pid.error().message);
    command_ = *pid;
    auto exited = watch_process(command_);
    if (exited) {
      exited_ = *std::move(exited);
      return true;
    }
    end_descendants(command_);
    return fail_launch("CommandLaunchFailed", exited.error().message);
  }

  void await_command() {
    const Wake wake = host_.supervision.wait_for(exited_.get(), deadline_);
    end_.exit_code = exit_code(end_descendants(command_).value_or(SIGKILL));
    if (wake != Wake::ready)
      stop_with(wake);
    else if (*end_.exit_code != 0)
      end_.failure_info = exit_code_failure();
  }

  // A run that is ended by request is wanted no more, and so are its files.
  void upload() {
    if (abandoned_ || end_.ended_by == EndedBy::terminate) return;
    const auto files = select_output_files(
        spec_.output_files, end_.failure_info ? CommandResult::failure : CommandResult::success);
    if (files.empty()) return;
    Failure failure;
    const Wake wake = host_.supervision.work_until(std::nullopt, [&](const std::stop_token& stop) {
      failure = upload_files(host_.transport(), files, {directory_, environment_}, stop);
    });
    if (wake != Wake::ready)
      stop_with(wake);
    else if (failure && end_.ended_by == EndedBy::itself)
      end_.failure_info = std::move(failure);
  }

  bool fail_launch(std::string_view code, std::string_view message) {
    return fail_with(failure(code, {{"Message", std::string(message)}}));
  }

  bool fail_with(Failure failure) {
    end_.failure_info = std::move(failure);
    return false;
  }

  bool stop_with(Wake wake) {
    abandoned_ = wake == Wake::abandoned;
    if (wake == Wake::wall_clock) {
      end_.ended_by = EndedBy::wall_clock;
      end_.failure_info = wall_clock_passed(*spec_.max_wall_clock_time);
    } else {
      end_.ended_by = EndedBy::terminate;
      end_.failure_info = ended_by_request();
    }
    return false;
  }

  const RunSpec& spec_;
  const RunHost& host_;
  const std::string directory_;
  const Environment environment_;
  Deadline deadline_;
  RunEnd end_;
  UniqueFd stdout_;
  UniqueFd stderr_;
  pid_t command_ = 0;
  UniqueFd exited_;  // readable when the command has ended
  bool abandoned_ = false;
};

}  // namespace

std::optional<RunEnd> carry_out(const RunSpec& spec, const RunHost& host) {
  return Run(spec, host).carry_out();
}

}  // namespace dms::agent
