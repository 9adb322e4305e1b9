// `dmsbatch node-shell`: what stands for ssh between the nodes of a multi-instance task on the
// local service. Not for people.
#include <CLI/CLI.hpp>

#include "agent/node_shell.h"
#include "cli/commands.h"

namespace dms::cli {

void add_node_shell_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("node-shell", "Runs a command on another node of a task");
  command->group("");  // hidden
  command->set_help_flag();
  command->prefix_command();  // all that follows is ssh's
  command->callback([command, &invocation] {
    invocation.command = [command] { return agent::run_node_shell(command->remaining()); };
  });
}

}  // namespace dms::cli
