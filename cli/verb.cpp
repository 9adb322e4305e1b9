#include "cli/verb.h"

#include <CLI/CLI.hpp>
#include <memory>

namespace dms::cli {

CLI::App* add_verb(CLI::App& noun, Invocation& invocation, const Verb& verb, VerbWork work) {
  auto* command = noun.add_subcommand(verb.name, verb.description);
  auto values = std::make_shared<std::vector<std::string>>(verb.operands.size());
  for (std::size_t at = 0; at < verb.operands.size(); ++at)
    command->add_option(verb.operands[at].name, (*values)[at], verb.operands[at].help)
        ->required()
        ->type_name("");
  add_client_options(*command, invocation);
  command->callback([values, work = std::move(work), &invocation] {
    invocation.command = [values, work, &invocation] {
      return with_service(invocation, Accounts::batch, [&](Connection& connection) {
        return work(connection, invocation, *values);
      });
    };
  });
  return command;
}

}  // namespace dms::cli
