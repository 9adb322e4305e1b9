// Which service a client command speaks to, and the clients for it.
//
// One thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "batch/azure_batch.h"
#include "blob/blob_client.h"
#include "cli/commands.h"
#include "core/config_for.h"

namespace dms::cli {

// The configuration file that was named: by --config, else by DMSBATCH_CONFIG, else
// ~/.config/dmsbatch/config.ini if it is there. Nothing: the local service.
std::optional<std::string> named_config(const std::string& option,
                                        const Environment& environment = process_environment);

struct Connection {
  Config config;
  Accounts accounts = Accounts::both;
  std::unique_ptr<batch::BatchClient> batch;  // null with Accounts::storage
  std::optional<blob::BlobClient> blob;       // nothing with Accounts::batch
};

// Reads the configuration, starting the local service when none is named, and makes the clients of
// `accounts`; the configuration may lack the others. Its warnings go to stderr. Nothing else is
// sent.
Result<Connection> connect(const Invocation& invocation, Accounts accounts,
                           std::stop_token stop = {});
// The same for a configuration that is no file's.
Result<Connection> connect(Config config, const Invocation& invocation, Accounts accounts,
                           std::stop_token stop = {});

// The error with what the user can do about it, as far as the configuration tells.
Error explain(Error error, const Config& config, Accounts accounts = Accounts::both);

// "dmsbatch: <message>" on stderr.
void print_error(const Error& error);

// Connects, does the work and gives the exit code; errors are explained and printed. A stop request
// ends the work of the Blob client and makes it exit_interrupted.
int with_service(const Invocation& invocation, Accounts accounts,
                 const std::function<Status(Connection&)>& work, std::stop_token stop = {});

}  // namespace dms::cli
