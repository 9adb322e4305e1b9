// A verb of a noun on the command line that asks the service: "dmsbatch pool show POOL".
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/connection.h"

namespace dms::cli {

struct Operand {
  const char* name;  // "POOL"
  const char* help;
};

struct Verb {
  const char* name;
  const char* description;
  std::vector<Operand> operands;  // each required
};

// `operands` are the values in the order of the verb's.
using VerbWork = std::function<Status(Connection& connection, const Invocation& invocation,
                                      const std::vector<std::string>& operands)>;

// Adds the verb with --config and --json; gives the subcommand, for options of its own.
CLI::App* add_verb(CLI::App& noun, Invocation& invocation, const Verb& verb, VerbWork work);

}  // namespace dms::cli
