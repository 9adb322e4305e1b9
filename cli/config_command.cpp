// dmsbatch config-generate: a configuration file to be filled in.
#include <fcntl.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "cli/connection.h"
#include "core/config.h"
#include "core/file.h"

namespace dms::cli {
namespace {

Status generate(const std::string& path) {
  // The file is made by this call or not at all: one that is there may hold keys.
  auto file = open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (!file && file.error().code == Code::already_exists)
    return fail(Code::already_exists, path + " is there already: it is not overwritten");
  if (!file) return std::move(file).error();
  DMS_CHECK(write_all(file->get(), blank_config()));
  fmt::print("{} is to be filled in; keep it to yourself (its mode is 0600)\n", path);
  return ok();
}

}  // namespace

void add_config_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand(
      "config-generate", "Write a configuration file to be filled in: accounts, keys, addresses.");
  command->alias("gen-config");  // of the first Python dmsbatch
  auto path = std::make_shared<std::string>();
  command->add_option("-f,--file", *path, "The file, which must not be there yet.")
      ->required()
      ->type_name("FILE");
  command->callback([path, &invocation] {
    invocation.command = [path] {
      const Status done = generate(*path);
      if (!done) print_error(done.error());
      return done ? exit_ok : exit_failed;
    };
  });
}

}  // namespace dms::cli
