// Options and commands that users of the Python dmsbatch know and that are called otherwise here.
//
// One thread.
#pragma once

#include <string>

#include "cli/commands.h"
#include "core/config.h"

namespace dms::cli {

// Where the Python tool looks an account up through the management API. The account is that of the
// configuration here; a name that is given must be its.
struct PythonAccount {
  std::string subscription_id;
  std::string resource_group;
  std::string name;
  std::string log_level;
};

// --batch-account, --resource-group, --subscription-id, --log-level.
void add_batch_account(CLI::App& command, PythonAccount& account);

// Errors: invalid_argument when the configuration is another account's.
Status check_batch_account(const PythonAccount& account, const Config& config);

}  // namespace dms::cli
