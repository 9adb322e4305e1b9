// dmsbatch operations: what of the Batch service is spoken here.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "service/operations_page.h"

namespace dms::cli {

void add_operations_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand(
      "operations",
      "List the operations of the Batch service, with the local service's differences.");
  command->callback([&invocation] {
    invocation.command = [] {
      fmt::print("{}", service::operations_page());
      return exit_ok;
    };
  });
}

}  // namespace dms::cli
