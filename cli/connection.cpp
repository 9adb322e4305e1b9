#include "cli/connection.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "cli/executable.h"
#include "cli/local_service.h"
#include "cli/terminal.h"

namespace dms::cli {
namespace {

namespace fs = std::filesystem;

std::string text_of(const Environment& environment, const std::string& name) {
  return environment(name).value_or("");
}

// The local service has keys of its own, whatever keys of other accounts the environment holds.
std::optional<std::string> no_environment(const std::string&) { return std::nullopt; }

Result<Config> find_config(const Invocation& invocation, Accounts accounts) {
  if (const auto named = named_config(invocation.config_file))
    return load_config_for(accounts, *named);
  DMS_TRY(const std::string path,
          ensure_local_service(default_data_dir()).context("the local service"));
  return load_config(path, no_environment);
}

}  // namespace

std::optional<std::string> named_config(const std::string& option, const Environment& environment) {
  if (!option.empty()) return option;
  if (const std::string named = text_of(environment, "DMSBATCH_CONFIG"); !named.empty())
    return named;
  const std::string home = text_of(environment, "HOME");
  const fs::path usual = fs::path(home) / ".config/dmsbatch/config.ini";
  std::error_code ignored;
  if (!home.empty() && fs::exists(usual, ignored)) return usual.string();
  return std::nullopt;
}

Result<Connection> connect(const Invocation& invocation, Accounts accounts, std::stop_token stop) {
  DMS_TRY(Config config, find_config(invocation, accounts));
  return connect(std::move(config), invocation, accounts, stop);
}

Result<Connection> connect(Config found, const Invocation& invocation, Accounts accounts,
                           std::stop_token stop) {
  Connection connection{.config = std::move(found), .accounts = accounts};
  const Config& config = connection.config;
  const std::string path = config.source_path;
  for (const std::string& warning : config.warnings)
    fmt::print(stderr, "dmsbatch: warning: {}\n", warning);
  if (accounts != Accounts::storage) {
    DMS_TRY(connection.batch, batch::BatchClient::create(config, invocation.clock).context(path));
  }
  if (accounts != Accounts::batch) {
    DMS_TRY(connection.blob,
            blob::create_blob_client(config, invocation.clock, stop).context(path));
  }
  return connection;
}

namespace {

// What the user may have to set right when a service refuses who is asking.
std::string sign_in_advice(const Config& config, Accounts accounts) {
  const bool aad = config.auth_mode == AuthMode::aad;
  const bool token_for_storage = aad && config.storage_account_key.empty();
  std::string advice = aad ? "the service does not accept the token or the key: "
                           : "the service does not accept the key: ";
  if (accounts != Accounts::storage)
    advice += aad ? "does the identity have a role on the Batch account (Azure Batch Data "
                    "Contributor)? "
                  : "check _BATCH_ACCOUNT_KEY";
  if (accounts == Accounts::batch) return advice;
  if (token_for_storage)
    return advice +
           "does the identity have a role on the Storage account (Storage Blob Data Contributor)?";
  if (accounts == Accounts::both && !aad) return advice + " and _STORAGE_ACCOUNT_KEY";
  return advice + "check _STORAGE_ACCOUNT_KEY";
}

}  // namespace

Error explain(Error error, const Config& config, Accounts accounts) {
  // A service may show what it expected to be signed, over many lines.
  const std::string first_line = error.message.substr(0, error.message.find('\n'));
  if (error.code == Code::permission && error.service_code == "AuthenticationFailed") {
    error.message = fmt::format("{}\n  {} in {}, and this machine's clock", first_line,
                                sign_in_advice(config, accounts), config.source_path);
  } else if (accounts == Accounts::storage &&
             (error.code == Code::unavailable || error.code == Code::timeout)) {
    error.message = fmt::format("{}\n  {} does not answer; the same command does the rest",
                                first_line, config.blob_endpoint());
  } else if (error.code == Code::unavailable || error.code == Code::timeout) {
    error.message = fmt::format(
        "{}\n  {} does not answer. What was submitted is not lost: the same command goes on where "
        "this one stopped",
        first_line, config.batch_account_url);
  }
  return error;
}

void print_error(const Error& error) {
  std::string_view rest = error.message;
  while (true) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    fmt::print(stderr, "dmsbatch: {}\n", printable(rest.substr(0, end)));
    if (end == rest.size()) return;
    rest.remove_prefix(end + 1);
  }
}

int with_service(const Invocation& invocation, Accounts accounts,
                 const std::function<Status(Connection&)>& work, std::stop_token stop) {
  auto connection = connect(invocation, accounts, stop);
  if (!connection) {
    print_error(connection.error());
    return exit_failed;
  }
  if (auto done = work(*connection); !done) {
    const bool interrupted = done.error().code == Code::cancelled && stop.stop_requested();
    print_error(explain(std::move(done).error(), connection->config, accounts));
    return interrupted ? exit_interrupted : exit_failed;
  }
  return exit_ok;
}

}  // namespace dms::cli
