// The program dmsbatch: reads the command line and does what it says.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/commands.h"
#include "core/suggest.h"
#include "core/version.h"

namespace dms::cli {
namespace {

constexpr const char* description =
    R"(dmsbatch runs models on Azure Batch, or on this machine as if it were Azure Batch.

With no account configured a service on this machine does the work; it starts by itself.

  dmsbatch run study.yml               run a parameter study, bring the results back
  dmsbatch plan study.yml              what it would run, without running it
  dmsbatch job list                    the jobs there are
  dmsbatch task logs JOB TASK          what a run printed
)";

constexpr const char* footer =
    R"(Which account: --config FILE; else the environment variable DMSBATCH_CONFIG; else
~/.config/dmsbatch/config.ini; else the local service.

Exit codes: 0 done, 1 failed, 2 wrong command line, 130 interrupted.
"dmsbatch COMMAND --help" tells more.)";

void add_version_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("version", "Print the version of this program.");
  command->add_flag("--json", invocation.json, "Write JSON.");
  command->callback([&invocation] {
    invocation.command = [&invocation] {
      if (invocation.json)
        fmt::print("{{\"version\":\"{}\"}}\n", version);
      else
        fmt::print("dmsbatch {}\n", version);
      return exit_ok;
    };
  });
}

// What to say of a first word that is no command; "" when it is one, or an option.
std::string unknown_command(const CLI::App& app, int count, char** arguments) {
  if (count < 2 || arguments[1][0] == '-') return "";
  std::vector<std::string> shown;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->check_name(arguments[1])) return "";
    if (!command->get_group().empty()) shown.push_back(command->get_name());
  }
  return fmt::format("no such command '{}'{}; dmsbatch --help shows all", arguments[1],
                     did_you_mean(arguments[1], shown));
}

int run(int count, char** arguments) {
  CLI::App app(description);
  app.name("dmsbatch");
  app.footer(footer);
  app.set_version_flag("--version", fmt::format("dmsbatch {}", version));
  app.require_subcommand(1);
  Invocation invocation{.clock = system_clock()};
  add_run_command(app, invocation);
  add_study_commands(app, invocation);
  add_scale_command(app, invocation);
  add_pool_command(app, invocation);
  add_job_command(app, invocation);
  add_task_command(app, invocation);
  add_blob_command(app, invocation);
  add_app_command(app, invocation);
  add_job_file_commands(app, invocation);
  add_config_command(app, invocation);
  add_serve_command(app, invocation);
  add_operations_command(app, invocation);
  add_node_agent_command(app, invocation);
  add_node_shell_command(app, invocation);
  add_version_command(app, invocation);
  if (const std::string hint = unknown_command(app, count, arguments); !hint.empty()) {
    fmt::print(stderr, "dmsbatch: {}\n", hint);
    return exit_usage;
  }
  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? exit_ok : exit_usage;
  }
  return invocation.command();
}

}  // namespace

void add_client_options(CLI::App& command, Invocation& invocation) {
  command.add_option("--config", invocation.config_file, "The account's configuration file.")
      ->type_name("FILE");
  command.add_flag("--json", invocation.json, "Write JSON.");
}

}  // namespace dms::cli

int main(int count, char** arguments) {
  try {
    return dms::cli::run(count, arguments);
  } catch (const std::exception& problem) {
    fmt::print(stderr, "dmsbatch: {}\n", problem.what());
    return dms::cli::exit_failed;
  }
}
