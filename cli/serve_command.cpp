// `dmsbatch serve`: the local service, in the foreground.
#include <signal.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/commands.h"
#include "cli/executable.h"
#include "cli/local_service.h"
#include "core/log.h"
#include "service/local_service.h"

namespace dms::cli {

namespace {

struct ServeOptions {
  std::string data_dir;
  std::string host = "127.0.0.1";
  std::optional<std::uint16_t> port;
  int idle_exit_seconds = 0;
  int auto_scale_sample_seconds = 30;
  int auto_scale_min_seconds = 300;
};

// Waits for SIGINT or SIGTERM, and for the idle limit when there is one.
void wait_for_end(service::LocalService& service, const ServeOptions& options,
                  const sigset_t& signals) {
  const timespec look_interval{1, 0};
  const std::chrono::seconds limit(options.idle_exit_seconds);
  while (::sigtimedwait(&signals, nullptr, &look_interval) < 0) {
    if (limit.count() > 0 && service.idle_time() >= limit) {
      log_info("nobody needed the service for " + std::to_string(limit.count()) +
               " s; it ends, and starts again when it is asked for");
      return;
    }
  }
}

// An answer may hold a file for each of a blob's blocks open.
void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int serve(const ServeOptions& options, Clock& clock) {
  // Blocked before the first thread, so that only this one takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  raise_file_limit();
  auto started = service::LocalService::start(
      {.data_dir =
           options.data_dir.empty() ? default_data_dir() : std::filesystem::path(options.data_dir),
       .host = options.host,
       .port = options.port,
       .agent_command = {own_executable(), "node-agent"},
       .auto_scale_times = {std::chrono::seconds(options.auto_scale_sample_seconds),
                            std::chrono::seconds(options.auto_scale_min_seconds)}},
      clock);
  if (!started) {
    std::fprintf(stderr, "dmsbatch serve: %s\n", started.error().message.c_str());
    return exit_failed;
  }
  service::LocalService& service = **started;
  std::printf("ready %s %s\n", service.config().batch_account_url.c_str(),
              service.config().blob_endpoint().c_str());
  std::fflush(stdout);
  wait_for_end(service, options, signals);
  service.stop();
  return exit_ok;
}

}  // namespace

void add_serve_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand(
      "serve", "Runs the local Batch and Blob service in the foreground, until Ctrl-C");
  command->footer(
      "It writes DIR/config.ini with the account, its keys and its address; give that file to\n"
      "other commands with --config, or to Microsoft's clients. It prints one line\n"
      "'ready <batch url> <blob url>' when it answers.\n\n"
      "  dmsbatch serve --data-dir /tmp/batch --port 0");
  auto options = std::make_shared<ServeOptions>();
  command->add_option("--data-dir", options->data_dir,
                      "Where everything is kept (default: that of the commands without a config)");
  command->add_option("--port", options->port, "Port; 0 picks a free one (default: the last one)");
  command->add_option("--host", options->host, "Address to listen on")->capture_default_str();
  command
      ->add_option(
          "--idle-exit", options->idle_exit_seconds,
          "End after this many seconds without a request, a run or a waiting task; 0 never")
      ->check(CLI::NonNegativeNumber);
  command
      ->add_option("--autoscale-sample-interval", options->auto_scale_sample_seconds,
                   "Seconds between two samples of what autoscale formulas read; Azure's are 30")
      ->capture_default_str()
      ->check(CLI::Range(1, 3600));
  command
      ->add_option("--autoscale-min-interval", options->auto_scale_min_seconds,
                   "The shortest autoScaleEvaluationInterval to accept, in seconds; Azure's is 300")
      ->capture_default_str()
      ->check(CLI::Range(1, 300));
  command->callback([options, &invocation] {
    invocation.command = [options, &invocation] { return serve(*options, invocation.clock); };
  });
}

}  // namespace dms::cli
