// Application packages: what an account has uploaded, and what of it runs and nodes need.
//
// An application has versions, each one a zip, and may have a default version. The packages of a
// pool are those its applications had when the node booted. Source: REST reference, "Application",
// and "Deploy applications to compute nodes with Batch application packages".
#pragma once

#include "service/core/state.h"

namespace dms::service {

// -- the account's applications --

// The zip of a version is at `zip_path` now; a version that was there is replaced.
// Errors: batch_error InvalidPropertyValue for a bad id or version.
Status add_package(Core& core, Effects& out, const std::string& application,
                   const std::string& version, const std::string& zip_path, Timestamp now);
Status check_package_name(std::string_view application, std::string_view version);

struct ApplicationPatch {
  std::optional<std::string> display_name;
  std::optional<std::string> default_version;
  template <class S = ApplicationPatch>
  static constexpr auto fields() {
    return std::tuple{field("displayName", &S::display_name),
                      field("defaultVersion", &S::default_version)};
  }
};
// Errors: batch_error ApplicationNotFound, InvalidPropertyValue for a version that is not there.
Status patch_application(Core& core, Effects& out, const std::string& application,
                         const ApplicationPatch& patch);
// Gives the zips that nobody needs once the change is durable; the application goes with its last
// version. Errors: batch_error ApplicationNotFound.
Result<std::vector<std::string>> delete_package(Core& core, Effects& out,
                                                const std::string& application,
                                                const std::string& version);
Result<std::vector<std::string>> delete_application(Core& core, Effects& out,
                                                    const std::string& application);

batch::ApplicationSummary show_application(const ApplicationRecord& application);

// -- their use --

using PackageReferences = std::vector<batch::ApplicationPackageReference>;

// Errors: batch_error InvalidApplicationPackageReferences, naming the application: of a pool for
// any package that is not there, of a task for an application that is not there.
Status check_pool_packages(const Core& core, const PackageReferences& references);
Status check_task_packages(const Core& core, const PackageReferences& references);

// What the references mean now. Errors: not_found, service code ApplicationPackageError, for a
// version that is not there, or none named and no default.
Result<std::vector<PackageUse>> resolve_packages(const Core& core,
                                                 const PackageReferences& references);
// AZ_BATCH_APP_PACKAGE_<id>_<version>, and without the version when it is the default.
void set_package_variables(std::vector<batch::EnvironmentSetting>& environment,
                           const std::string& node_root, const std::vector<PackageUse>& packages);
std::vector<agent::Package> packages_of_run(const std::vector<PackageUse>& packages);

// The run that installs the node's packages after a boot.
agent::RunSpec run_spec_of_packages(const NodeRecord& node, int attempt);

}  // namespace dms::service
