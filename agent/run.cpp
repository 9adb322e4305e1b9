#include "agent/run.h"

#include <fcntl.h>
#include <signal.h>

#include "agent/command.h"
#include "agent/downloads.h"
#include "agent/instance_node.h"
#include "agent/packages.h"
#include "agent/paths.h"
#include "agent/process_tree.h"
#include "agent/uploads.h"
#include "core/child.h"
#include "core/clock.h"
#include "core/file.h"

namespace dms::agent {
namespace {

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
    const std::string wd = directory_ + "/wd";
    if (spec_.run.kind == RunKind::packages)
      install();
    else if (prepare() && install() && coordinate() && fetch(spec_.resource_files, wd) &&
             launch(spec_.command_line, wd))
      await_command();
    else
      end_processes(0);  // what a coordination left
    if (end_.exit_code) upload();
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

  bool install() {
    if (spec_.packages.empty()) return true;
    return work([&](const std::stop_token& stop) {
      return install_packages(host_.root, spec_.packages, stop);
    });
  }

  bool fetch(const std::vector<batch::ResourceFile>& files, const std::string& directory) {
    if (files.empty()) return true;
    return work([&](const std::stop_token& stop) {
      return fetch_files(host_.transport(), files, directory, stop);
    });
  }

  // Does what may fail, or be overtaken by the run's end.
  template <class Work>
  bool work(Work step) {
    Failure failure;
    const Wake wake = host_.supervision.work_until(
        deadline_, [&](const std::stop_token& stop) { failure = step(stop); });
    if (wake != Wake::ready) return stop_with(wake);
    return failure ? fail_with(std::move(failure)) : true;
  }

  // An instance meets the others: it fetches what they have in common, runs the coordination
  // command and waits until all have done so, or, as a subtask, until it is ended.
  bool coordinate() {
    if (!spec_.coordination) return true;
    const std::string shared = host_.root + "/" + spec_.coordination->shared_directory;
    if (const Status made = make_directories(shared + "/wd"); !made)
      return fail_with(disk_failure(made.error(), "ResourceDirectoryCreateFailed"));
    return set_up_node() && fetch(spec_.coordination->common_resource_files, shared) &&
           launch(spec_.coordination->command_line, shared + "/wd") && await_coordination() &&
           await_others();
  }

  // From now on the other instances may start commands here.
  bool set_up_node() {
    auto node = InstanceNode::set_up(spec_.run, host_.root, environment_, host_.environment);
    if (!node) return fail_with(disk_failure(node.error(), "ResourceDirectoryCreateFailed"));
    node_ = *std::move(node);
    host_.supervision.attend(node_->shell().fd(), [this] { node_->shell().serve(); });
    return true;
  }

  // Nothing can be started any more when the last process has ended.
  std::optional<int> end_processes(pid_t awaited) {
    host_.supervision.attend(-1, {});
    node_.reset();
    return end_descendants(awaited);
  }

  // What the command left in the background stays.
  bool await_coordination() {
    const Wake wake = host_.supervision.wait_for(command_.exited.get(), deadline_);
    if (wake != Wake::ready) return stop_with(wake);
    end_.exit_code = exit_code(wait_child(command_.pid).value_or(SIGKILL));
    return *end_.exit_code == 0 || fail_with(exit_code_failure());
  }

  bool await_others() {
    host_.supervision.report_coordinated();
    if (spec_.run.instance != 0) return stop_with(host_.supervision.wait_for(-1, deadline_));
    end_.exit_code.reset();  // the application's is to come
    const Wake wake = host_.supervision.wait_for_proceed(deadline_);
    return wake == Wake::ready || stop_with(wake);
  }

  bool launch(const std::string& command_line, const std::string& directory) {
    const CommandPlace place{directory, environment_, stdout_.get(), stderr_.get(),
                             node_ ? &node_->view() : nullptr};
    Failure failure = agent::launch(command_line, place, command_);
    return failure ? fail_with(std::move(failure)) : true;
  }

  void await_command() {
    const Wake wake = host_.supervision.wait_for(command_.exited.get(), deadline_);
    end_.exit_code = exit_code(end_processes(command_.pid).value_or(SIGKILL));
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
  Environment environment_;
  Deadline deadline_;
  RunEnd end_;
  UniqueFd stdout_;
  UniqueFd stderr_;
  std::unique_ptr<InstanceNode> node_;  // an instance's, until its processes are ended
  Command command_;                     // the coordination's, then the application's
  bool abandoned_ = false;
};

}  // namespace

std::optional<RunEnd> carry_out(const RunSpec& spec, const RunHost& host) {
  return Run(spec, host).carry_out();
}

}  // namespace dms::agent
