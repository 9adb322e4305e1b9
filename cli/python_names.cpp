// copy-container-path, and what the Python dmsbatch has and this one does by other means.
#include "cli/python_names.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <memory>

#include "cli/blob_work.h"
#include "cli/connection.h"
#include "cli/interrupts.h"

namespace dms::cli {
namespace {

// What has no command of its own here, and what to do instead.
struct Absent {
  const char* name;
  const char* instead;
};

constexpr std::array absent{
    Absent{
        "mount-blob",
        "a container is not mounted by this program. dmsbatch blob download CONTAINER/PATH DIR "
        "brings files here, dmsbatch blob sync DIR blob:CONTAINER/PATH takes them back, and both "
        "move only what differs. On nodes, mount_container: true in a job file mounts its "
        "container. blobfuse2 mounts one by itself: blobfuse2 mount DIR --config-file FILE"},
    Absent{"unmount-all-blobs",
           "no container is mounted by this program: blobfuse2 unmount all ends those of "
           "blobfuse2"},
};
constexpr std::array absent_of_schism{
    Absent{"set-keys",
           "keys are not written into a script: dmsbatch config-generate --file FILE makes a "
           "configuration to be filled in, which only its owner reads, and _AUTH_MODE = aad in it "
           "needs no Batch key"},
    Absent{"upload-batch-scripts",
           "scripts go to storage by dmsbatch blob upload schism_scripts/batch batch, and to nodes "
           "as a package by dmsbatch app add batch_setup VERSION DIR"},
};

// Takes any arguments, so that a line that worked elsewhere gets its answer and no complaint about
// its options.
void add_absent(CLI::App& app, Invocation& invocation, const Absent& what) {
  auto* command = app.add_subcommand(what.name, "Says what to use instead.");
  command->group("");
  command->allow_extras();
  command->callback([&invocation, what] {
    invocation.command = [what] {
      print_error(fail(Code::invalid_argument, fmt::format("{}: {}", what.name, what.instead)));
      return exit_failed;
    };
  });
}

struct CopyArguments {
  std::string from_container, from_path, to_container, to_path;
  std::string from_account, to_account;
  std::string from_group, to_group, log_level;  // not needed here
  int expires_in_days = 1;                      // signatures last as long as the copy needs
  BlobArguments blobs;
};

std::string place_of(const std::string& container, const std::string& path) {
  return path.empty() || path == "." || path == "/" ? container : container + "/" + path;
}

// Each name that is given must be that of the configuration it belongs to.
Status check_accounts(const CopyArguments& arguments, const Config& config) {
  const std::string& from = arguments.from_account;
  const std::string& to = arguments.to_account.empty() ? from : arguments.to_account;
  if (!to.empty() && to != config.storage_account_name)
    return fail(
        Code::invalid_argument,
        fmt::format("the copy goes to account {}, and the configuration is that of {}: name "
                    "another by --config",
                    to, config.storage_account_name));
  if (!from.empty() && from != to && arguments.blobs.source_config.empty())
    return fail(Code::invalid_argument,
                fmt::format("the copy comes from account {}, and its key is not known: name its "
                            "configuration by --from-config",
                            from));
  return ok();
}

Status copy(Connection& connection, const Invocation& invocation, CopyArguments& arguments,
            const std::stop_token& stop) {
  DMS_CHECK(check_accounts(arguments, connection.config));
  BlobArguments& blobs = arguments.blobs;
  blobs.from = place_of(arguments.from_container, arguments.from_path);
  blobs.to = place_of(arguments.to_container,
                      arguments.to_path.empty() ? arguments.from_path : arguments.to_path);
  return copy_blobs(BlobJob{blobs, invocation, connection, stop});
}

void add_copy(CLI::App& app, Invocation& invocation) {
  auto arguments = std::make_shared<CopyArguments>();
  CopyArguments& own = *arguments;
  auto* command = app.add_subcommand("copy-container-path",
                                     "The same as blob copy, as the Python dmsbatch has it.");
  const auto add = [&](const char* name, std::string& value, const char* help) {
    return command->add_option(name, value, help)->type_name("NAME");
  };
  add("--src-container", own.from_container, "The container to copy from.")->required();
  add("--src-path", own.from_path, "The folder or blob in it; all of it when left out.");
  add("--dst-container", own.to_container, "The container to copy to.")->required();
  add("--dst-path", own.to_path, "By default the path it comes from.");
  add("--src-storage-account-name", own.from_account, "The account to copy from.");
  add("--dst-storage-account-name", own.to_account, "By default the account it comes from.");
  add("--src-resource-group-name", own.from_group, "Not needed.");
  add("--dst-resource-group-name", own.to_group, "Not needed.");
  add("--log-level", own.log_level, "Not needed.");
  command->add_option("--expires-in-days", own.expires_in_days, "Not needed.")->type_name("N");
  add("--from-config", own.blobs.source_config, "The configuration of the account to copy from.");
  command->add_flag("--overwrite,!--no-overwrite", own.blobs.replace,
                    "Replace what is there already (no).");
  command->add_flag("--dry-run", own.blobs.dry_run, "Show what would be done, do nothing.");
  add_client_options(*command, invocation);
  command->callback([arguments, &invocation] {
    invocation.command = [arguments, &invocation] {
      arguments->blobs.keep = !arguments->blobs.replace;
      const Interrupts interrupts;
      const std::stop_token stop = interrupts.token();
      return with_service(
          invocation, Accounts::storage,
          [&](Connection& connection) { return copy(connection, invocation, *arguments, stop); },
          stop);
    };
  });
}

}  // namespace

void add_batch_account(CLI::App& command, PythonAccount& account) {
  command.add_option("--batch-account", account.name, "The account of the configuration.")
      ->type_name("NAME");
  command.add_option("--resource-group", account.resource_group, "Not needed.")->type_name("NAME");
  command.add_option("--subscription-id", account.subscription_id, "Not needed.")->type_name("ID");
  command.add_option("--log-level", account.log_level, "Not needed.")->type_name("LEVEL");
}

Status check_batch_account(const PythonAccount& account, const Config& config) {
  if (account.name.empty() || account.name == config.batch_account_name) return ok();
  return fail(Code::invalid_argument,
              fmt::format("the configuration is that of account {}, not of {}: name another by "
                          "--config",
                          config.batch_account_name, account.name));
}

void add_python_names(CLI::App& app, CLI::App& schism, Invocation& invocation) {
  add_copy(app, invocation);
  add_restart_stuck_pool(app, invocation);
  add_restart_stuck_pool(schism, invocation);
  for (const Absent& what : absent) add_absent(app, invocation, what);
  for (const Absent& what : absent_of_schism) add_absent(schism, invocation, what);
}

}  // namespace dms::cli
