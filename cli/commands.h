// The nouns of the command line. Each adds its subcommands to the application and, when chosen,
// leaves what is to be done in the invocation; main does it after the whole line was read.
//
// One thread.
#pragma once

#include <functional>
#include <string>

#include "core/clock.h"

namespace CLI {
class App;
}

namespace dms::cli {

// How a command ended; other values come from the command that says so in its help.
inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_interrupted = 130;

enum class Output { text, json };

// What the command line asked for.
struct Invocation {
  Clock& clock;
  std::string config_file;       // --config; empty: looked for
  bool json = false;             // --json
  std::function<int()> command;  // of the chosen subcommand; gives the exit code

  Output output() const { return json ? Output::json : Output::text; }
};

void add_run_command(CLI::App& app, Invocation& invocation);
void add_study_commands(CLI::App& app, Invocation& invocation);  // plan, validate
void add_scale_command(CLI::App& app, Invocation& invocation);
void add_pool_command(CLI::App& app, Invocation& invocation);
void add_job_command(CLI::App& app, Invocation& invocation);
void add_task_command(CLI::App& app, Invocation& invocation);
void add_blob_command(CLI::App& app, Invocation& invocation);
void add_app_command(CLI::App& app, Invocation& invocation);
void add_job_file_commands(CLI::App& app,
                           Invocation& invocation);              // submit-job, create-pool, migrate
void add_config_command(CLI::App& app, Invocation& invocation);  // config-generate
void add_pool_restart(CLI::App& noun, Invocation& invocation);
void add_restart_stuck_pool(CLI::App& app, Invocation& invocation);
// copy-container-path and other names of the Python tool; `schism` is its group of commands.
void add_python_names(CLI::App& app, CLI::App& schism, Invocation& invocation);
void add_serve_command(CLI::App& app, Invocation& invocation);
void add_operations_command(CLI::App& app, Invocation& invocation);
void add_node_agent_command(CLI::App& app, Invocation& invocation);
void add_node_shell_command(CLI::App& app, Invocation& invocation);

// Adds --config and --json, which every client command takes.
void add_client_options(CLI::App& command, Invocation& invocation);

}  // namespace dms::cli
