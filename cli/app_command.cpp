// dmsbatch app: application packages, which nodes install for pools and tasks that refer to them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "blob/zip.h"
#include "cli/commands.h"
#include "cli/connection.h"
#include "cli/listing.h"
#include "cli/packages.h"
#include "cli/verb.h"
#include "core/file.h"

namespace dms::cli {
namespace {

namespace fs = std::filesystem;

// A directory's content as a zip in a temporary place, or a zip as it is.
class PackedApplication {
 public:
  static Result<PackedApplication> pack(const fs::path& path) {
    PackedApplication packed;
    packed.zip_ = path;
    std::error_code ignored;
    if (!fs::is_directory(path, ignored)) {
      DMS_CHECK(blob::list_zip(path).context("the package"));
      return packed;
    }
    DMS_TRY(packed.temporary_, make_temp_directory("dmsbatch-app-"));
    packed.zip_ = fs::path(packed.temporary_) / "package.zip";
    DMS_CHECK(blob::zip_directory(path, packed.zip_));
    return packed;
  }
  PackedApplication(PackedApplication&& other) noexcept
      : zip_(std::move(other.zip_)), temporary_(std::exchange(other.temporary_, {})) {}
  PackedApplication& operator=(PackedApplication&&) = delete;
  ~PackedApplication() {
    std::error_code ignored;
    if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
  }

  const fs::path& zip() const { return zip_; }

 private:
  PackedApplication() = default;
  fs::path zip_;
  std::string temporary_;
};

Status add(Connection& connection, const Invocation& invocation,
           const std::vector<std::string>& operands) {
  const std::string& name = operands[0];
  const std::string& version = operands[1];
  DMS_TRY(const auto packages, open_packages(connection.config, invocation.clock));
  DMS_TRY(const auto packed, PackedApplication::pack(operands[2]));
  DMS_CHECK(packages->put(name, version, packed.zip().string()));
  if (invocation.json)
    fmt::print("{{\"application\":\"{}\",\"version\":\"{}\"}}\n", name, version);
  else
    fmt::print("application {} has version {}\n", name, version);
  return ok();
}

Status list_applications(Connection& connection, const Invocation& invocation,
                         const std::vector<std::string>&) {
  Listing listing(invocation.output(), {{"APPLICATION", 24}, {"NAME", 24}, {"VERSIONS", 0}});
  DMS_CHECK((*connection.batch)->list_applications([&](const batch::ApplicationSummary& one) {
    listing.add(encode(one),
                {one.id, one.display_name, fmt::format("{}", fmt::join(one.versions, " "))});
    return ok();
  }));
  listing.finish();
  return ok();
}

Status set_default(Connection& connection, const Invocation& invocation,
                   const std::vector<std::string>& operands) {
  DMS_TRY(const auto packages, open_packages(connection.config, invocation.clock));
  DMS_CHECK(packages->set_default(operands[0], operands[1]));
  if (invocation.json)
    fmt::print("{{\"application\":\"{}\",\"defaultVersion\":\"{}\"}}\n", operands[0], operands[1]);
  else
    fmt::print("version {} is the default of {}\n", operands[1], operands[0]);
  return ok();
}

Status remove_application(Connection& connection, const Invocation& invocation,
                          const std::string& name, const std::string& version) {
  DMS_TRY(const auto packages, open_packages(connection.config, invocation.clock));
  DMS_CHECK(packages->remove(name, version));
  if (invocation.json)
    fmt::print("{{\"deleted\":\"{}\",\"version\":\"{}\"}}\n", name, version);
  else if (version.empty())
    fmt::print("application {} is deleted with all its versions\n", name);
  else
    fmt::print("version {} of application {} is deleted\n", version, name);
  return ok();
}

void add_delete(CLI::App& noun, Invocation& invocation) {
  auto version = std::make_shared<std::string>();
  auto* verb = add_verb(
      noun, invocation,
      {"delete",
       "Delete a version of an application, or the application with all versions. What nodes have "
       "installed stays there.",
       {{"NAME", "The application's id."}}},
      [version](Connection& connection, const Invocation& asked,
                const std::vector<std::string>& operands) {
        return remove_application(connection, asked, operands[0], *version);
      });
  verb->add_option("VERSION", *version, "The version; all of them when it is left out.")
      ->type_name("");
}

}  // namespace

void add_app_command(CLI::App& app, Invocation& invocation) {
  auto* noun = app.add_subcommand(
      "app", "The application packages: programs that nodes install for pools and tasks.");
  noun->require_subcommand(1);
  noun->footer(
      "Examples:\n  dmsbatch app add lammps 2023.8 ./lammps      a directory, or a zip\n"
      "  dmsbatch app default lammps 2023.8\n  dmsbatch app list\n"
      "A task that refers to it finds it at $AZ_BATCH_APP_PACKAGE_lammps_2023_8, and, when it is "
      "the default, at $AZ_BATCH_APP_PACKAGE_lammps.");
  add_verb(*noun, invocation,
           {"add",
            "Upload a version of an application; one that is there is replaced.",
            {{"NAME", "The application's id."},
             {"VERSION", "The version: letters, digits, '.', '-', '_'."},
             {"PATH", "A directory, which is zipped, or a zip archive."}}},
           add);
  add_verb(*noun, invocation, {"list", "List all applications and their versions.", {}},
           list_applications);
  add_verb(*noun, invocation,
           {"default",
            "Set the version that is meant where none is named.",
            {{"NAME", "The application's id."}, {"VERSION", "The version."}}},
           set_default);
  add_delete(*noun, invocation);
}

}  // namespace dms::cli
