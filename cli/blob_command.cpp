// dmsbatch blob: files into storage and back, many at once.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/blob_sharing.h"
#include "cli/blob_work.h"
#include "cli/commands.h"
#include "cli/connection.h"
#include "cli/interrupts.h"

namespace dms::cli {
namespace {

using BlobWork = Status (*)(const BlobJob&);

CLI::App* add(CLI::App& noun, Invocation& invocation, const char* name, const char* description,
              const std::shared_ptr<BlobArguments>& arguments, BlobWork work) {
  auto* verb = noun.add_subcommand(name, description);
  add_client_options(*verb, invocation);
  verb->callback([arguments, work, &invocation] {
    invocation.command = [arguments, work, &invocation] {
      const Interrupts interrupts;
      const std::stop_token stop = interrupts.token();
      return with_service(
          invocation, Accounts::storage,
          [&](Connection& connection) {
            return work(BlobJob{*arguments, invocation, connection, stop});
          },
          stop);
    };
  });
  return verb;
}

CLI::Option* add_operand(CLI::App& verb, const char* name, std::string& value, const char* help) {
  return verb.add_option(name, value, help)->type_name("");
}

void add_names(CLI::App& verb, BlobArguments& arguments) {
  verb.add_option("--include", arguments.names.include,
                  "Take only what fits: '*.csv' anywhere, 'runs/*/out.txt' from the root.")
      ->type_name("PATTERN")
      ->allow_extra_args(false);
  verb.add_option("--exclude", arguments.names.exclude, "Leave out what fits.")
      ->type_name("PATTERN")
      ->allow_extra_args(false);
  verb.add_flag("--dry-run", arguments.dry_run, "Show what would be done, do nothing.");
}

void add_transfer_options(CLI::App& verb, BlobArguments& arguments) {
  add_names(verb, arguments);
  verb.add_option("--parallel", arguments.parallel, "Files in flight (16).")
      ->check(CLI::Range(1, 256))
      ->type_name("N");
  auto* replace = verb.add_flag("--replace", arguments.replace, "Transfer unchanged files, too.");
  verb.add_flag("--keep", arguments.keep, "Leave files alone that the target has.")
      ->excludes(replace);
}

void add_md5_option(CLI::App& verb, BlobArguments& arguments) {
  verb.add_flag("--no-md5-check", arguments.no_md5_check,
                "Do not hold what is downloaded against its Content-MD5.");
}

constexpr const char* place_help = "CONTAINER or CONTAINER/PREFIX.";

void add_transfers(CLI::App& noun, Invocation& invocation) {
  auto up = std::make_shared<BlobArguments>();
  auto* verb = add(noun, invocation, "upload",
                   "Upload a file, or a directory with all below it; unchanged files are skipped.",
                   up, upload_blobs);
  add_operand(*verb, "PATH", up->from, "A file or a directory.")->required();
  add_operand(*verb, "TO", up->to, place_help)->required();
  add_transfer_options(*verb, *up);

  auto down = std::make_shared<BlobArguments>();
  verb = add(noun, invocation, "download",
             "Download a blob, or all below a prefix; unchanged files are skipped.", down,
             download_blobs);
  add_operand(*verb, "FROM", down->from, place_help)->required();
  add_operand(*verb, "PATH", down->to, "A file or a directory.")->required();
  add_transfer_options(*verb, *down);
  add_md5_option(*verb, *down);

  auto both = std::make_shared<BlobArguments>();
  verb = add(noun, invocation, "sync",
             "Bring a target up to its source; one of them is blob:CONTAINER/PREFIX.", both,
             sync_blobs);
  add_operand(*verb, "FROM", both->from, "The source.")->required();
  add_operand(*verb, "TO", both->to, "The target.")->required();
  verb->add_flag("--delete", both->remove_extra, "Remove what only the target has.");
  add_transfer_options(*verb, *both);
  add_md5_option(*verb, *both);
}

void add_service_verbs(CLI::App& noun, Invocation& invocation) {
  auto between = std::make_shared<BlobArguments>();
  auto* verb = add(noun, invocation, "copy",
                   "Have the service copy a blob or all below a prefix; no byte passes here.",
                   between, copy_blobs);
  add_operand(*verb, "FROM", between->from, place_help)->required();
  add_operand(*verb, "TO", between->to, place_help)->required();
  verb->add_option("--from-config", between->source_config,
                   "The configuration file of the account that FROM is in.")
      ->type_name("FILE");
  add_transfer_options(*verb, *between);

  auto listed = std::make_shared<BlobArguments>();
  verb = add(noun, invocation, "list", "List containers, or the blobs of a folder.", listed,
             list_blobs);
  add_operand(*verb, "PLACE", listed->from,
              "CONTAINER or CONTAINER/PREFIX; all containers when left out.");
  verb->add_flag("--flat", listed->flat, "All blobs below, not one level.");

  auto removed = std::make_shared<BlobArguments>();
  verb = add(noun, invocation, "delete", "Delete a blob, or all below a prefix.", removed,
             delete_blobs);
  add_operand(*verb, "PLACE", removed->from, place_help)->required();
  add_names(*verb, *removed);
  verb->add_flag("--yes", removed->yes, "Delete a folder without asking.");
}

}  // namespace

void add_blob_command(CLI::App& app, Invocation& invocation) {
  auto* noun = app.add_subcommand("blob", "Files in storage: up, down and across.");
  noun->require_subcommand(1);
  noun->footer(
      "Examples:\n"
      "  dmsbatch blob upload study inputs/study       a directory, unchanged files are skipped\n"
      "  dmsbatch blob download results/melt out --include '*.csv'\n"
      "  dmsbatch blob sync results blob:archive/2026 --delete --dry-run\n"
      "  dmsbatch blob list results/melt/\n"
      "  dmsbatch blob delete results/melt/ --yes\n"
      "  dmsbatch blob sas results/melt/out.csv --for 12h    a link for somebody without the key\n"
      "A transfer that broke goes on where it stopped when the same command is given again.");
  add_transfers(*noun, invocation);
  add_service_verbs(*noun, invocation);
  add_blob_sharing(*noun, invocation);
}

}  // namespace dms::cli
