#include "service/core/packages.h"

#include <algorithm>

#include "batch/errors.h"
#include "service/core/rows.h"

namespace dms::service {

using batch::batch_error;

namespace {

constexpr std::size_t longest_version = 64;

bool valid_version(std::string_view text) {
  const auto fits = [](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '_' || c == '.';
  };
  return !text.empty() && text.size() <= longest_version && text.front() != '.' &&
         std::all_of(text.begin(), text.end(), fits);
}

ApplicationRecord* find_application(Core& core, const std::string& id) {
  const auto it = core.applications.find({id});
  return it == core.applications.end() ? nullptr : &it->second;
}

Error no_package(const std::string& why) {
  Error error = fail(Code::not_found, why);
  error.service_code = "ApplicationPackageError";
  return error;
}

// A moment as a directory's name, in order and without what paths and lists of paths dislike.
std::string stamp(Timestamp time) {
  std::string text = time.iso8601();
  std::erase_if(text, [](char c) { return c == ':' || c == '-'; });
  return text;
}

Result<PackageUse> resolve(const Core& core, const batch::ApplicationPackageReference& reference) {
  const auto application = core.applications.find({reference.application_id});
  if (application == core.applications.end())
    return no_package("there is no application " + reference.application_id);
  const ApplicationRecord& record = application->second;
  const auto& version = reference.version ? reference.version : record.default_version;
  if (!version)
    return no_package("the application " + record.id +
                      " has no default version and none was named");
  const auto package = record.packages.find(*version);
  if (package == record.packages.end())
    return no_package("the application " + record.id + " has no version " + *version);
  return PackageUse{
      .application = reference.application_id,
      .version = *version,
      .is_default = version == record.default_version,
      .directory = "applications/" + record.id + *version + "/" + stamp(package->second.uploaded),
      .archive = package->second.zip_path};
}

Error bad_reference(const std::string& why) {
  return batch_error("InvalidApplicationPackageReferences", why);
}

std::string variable_name(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '.' || c == '-' || c == '#'; }, '_');
  return "AZ_BATCH_APP_PACKAGE_" + name;
}

}  // namespace

Status check_package_name(std::string_view application, std::string_view version) {
  if (!valid_id(application))
    return batch_error("InvalidPropertyValue",
                       "the application's id '" + std::string(application) +
                           "': ids have 1 to 64 of letters, digits, hyphen and underscore");
  if (!valid_version(version))
    return batch_error("InvalidPropertyValue",
                       "the version '" + std::string(version) +
                           "': versions have 1 to 64 of letters, digits, hyphen, underscore and "
                           "period, and do not begin with a period");
  return ok();
}

Status add_package(Core& core, Effects& out, const std::string& application,
                   const std::string& version, const std::string& zip_path, Timestamp now) {
  DMS_CHECK(check_package_name(application, version));
  ApplicationRecord& record = core.applications[{application}];
  if (record.id.empty()) record.id = record.display_name = application;
  record.packages[version] = {version, zip_path, now};
  out.changes.push_back(application_row(record));
  return ok();
}

Status patch_application(Core& core, Effects& out, const std::string& application,
                         const ApplicationPatch& patch) {
  ApplicationRecord* record = find_application(core, application);
  if (!record) return batch_error("ApplicationNotFound");
  if (patch.default_version && !record->packages.contains(*patch.default_version))
    return batch_error("InvalidPropertyValue", "defaultVersion is '" + *patch.default_version +
                                                   "', which " + record->id + " does not have");
  if (patch.display_name) record->display_name = *patch.display_name;
  if (patch.default_version) record->default_version = patch.default_version;
  out.changes.push_back(application_row(*record));
  return ok();
}

Result<std::vector<std::string>> delete_package(Core& core, Effects& out,
                                                const std::string& application,
                                                const std::string& version) {
  ApplicationRecord* record = find_application(core, application);
  if (!record || !record->packages.contains(version)) return batch_error("ApplicationNotFound");
  if (record->packages.size() == 1) return delete_application(core, out, application);
  std::vector<std::string> zips{record->packages.at(version).zip_path};
  record->packages.erase(version);
  if (record->default_version == version) record->default_version.reset();
  out.changes.push_back(application_row(*record));
  return zips;
}

Result<std::vector<std::string>> delete_application(Core& core, Effects& out,
                                                    const std::string& application) {
  const ApplicationRecord* record = find_application(core, application);
  if (!record) return batch_error("ApplicationNotFound");
  std::vector<std::string> zips;
  for (const auto& [version, package] : record->packages) zips.push_back(package.zip_path);
  out.changes.push_back(erase_application_row(*record));
  core.applications.erase({application});
  return zips;
}

batch::ApplicationSummary show_application(const ApplicationRecord& application) {
  batch::ApplicationSummary summary{application.id, application.display_name, {}};
  for (const auto& [version, package] : application.packages) summary.versions.push_back(version);
  return summary;
}

Status check_pool_packages(const Core& core, const PackageReferences& references) {
  for (const auto& reference : references)
    if (const auto use = resolve(core, reference); !use) return bad_reference(use.error().message);
  return ok();
}

Status check_task_packages(const Core& core, const PackageReferences& references) {
  for (const auto& reference : references)
    if (!core.applications.contains({reference.application_id}))
      return bad_reference("there is no application " + reference.application_id);
  return ok();
}

Result<std::vector<PackageUse>> resolve_packages(const Core& core,
                                                 const PackageReferences& references) {
  std::vector<PackageUse> packages;
  for (const auto& reference : references) {
    DMS_TRY(PackageUse use, resolve(core, reference));
    packages.push_back(std::move(use));
  }
  return packages;
}

void set_package_variables(std::vector<batch::EnvironmentSetting>& environment,
                           const std::string& node_root, const std::vector<PackageUse>& packages) {
  const auto set = [&](const std::string& name, const std::string& directory) {
    std::erase_if(environment, [&](const auto& setting) { return setting.name == name; });
    environment.push_back({name, directory});
  };
  for (const auto& use : packages) {
    const std::string directory = node_root + "/" + use.directory;
    set(variable_name(use.application + "_" + use.version), directory);
    if (use.is_default) set(variable_name(use.application), directory);
  }
}

std::vector<agent::Package> packages_of_run(const std::vector<PackageUse>& packages) {
  std::vector<agent::Package> list;
  for (const auto& use : packages) list.push_back({use.directory, use.archive});
  return list;
}

agent::RunSpec run_spec_of_packages(const NodeRecord& node, int attempt) {
  agent::RunSpec spec;
  spec.run = {.kind = agent::RunKind::packages,
              .task_id = "applications",
              .incarnation = node.boot_process_id,
              .attempt = attempt,
              .required_slots = 0};
  spec.task_directory = "applications";
  spec.packages = packages_of_run(node.packages);
  return spec;
}

}  // namespace dms::service
