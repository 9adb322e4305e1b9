// `dmsbatch node-agent`: what the local service starts, one for each node. Not for people.
#include <CLI/CLI.hpp>

#include "agent/agent.h"
#include "cli/commands.h"

namespace dms::cli {

void add_node_agent_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("node-agent", "Runs the tasks of one node for the service");
  command->group("");  // hidden
  auto options = std::make_shared<agent::AgentOptions>();
  command->add_option("--socket", options->socket_path)->required();
  command->add_option("--root", options->root)->required();
  command->add_option("--node", options->node_id)->required();
  command->add_option("--slots", options->slots)->required();
  command->callback([options, &invocation] {
    invocation.command = [options] { return agent::run_agent(*options); };
  });
}

}  // namespace dms::cli
