// Rows of kind "application".
#include "core/codec.h"
#include "service/bad_row.h"
#include "service/core/rows.h"

namespace dms::service {

namespace {

constexpr const char* application_kind = "application";

struct StoredPackage {
  std::string version;
  std::string zip_path;
  Timestamp uploaded;
  template <class S = StoredPackage>
  static constexpr auto fields() {
    return std::tuple{required("version", &S::version), required("zipPath", &S::zip_path),
                      required("uploaded", &S::uploaded)};
  }
};

struct StoredApplication {
  std::string id;
  std::string display_name;
  std::optional<std::string> default_version;
  std::vector<StoredPackage> packages;
  template <class S = StoredApplication>
  static constexpr auto fields() {
    return std::tuple{required("id", &S::id), required("displayName", &S::display_name),
                      field("defaultVersion", &S::default_version),
                      field("packages", &S::packages)};
  }
};

}  // namespace

Change application_row(const ApplicationRecord& application) {
  StoredApplication stored{
      application.id, application.display_name, application.default_version, {}};
  for (const auto& [version, package] : application.packages)
    stored.packages.push_back({version, package.zip_path, package.uploaded});
  return Change::put(application_kind, application.id, encode(stored));
}

Change erase_application_row(const ApplicationRecord& application) {
  return Change::erase(application_kind, application.id);
}

Status load_applications(Core& core, Store& store) {
  Status status = ok();
  const auto load = [&](std::string_view key, std::string_view value) -> Status {
    auto stored = decode<StoredApplication>(value);
    if (!stored) return bad_row(application_kind, key, stored.error().message);
    ApplicationRecord& record = core.applications[{stored->id}];
    record.id = stored->id;
    record.display_name = stored->display_name;
    record.default_version = stored->default_version;
    for (auto& package : stored->packages)
      record.packages[package.version] = {package.version, package.zip_path, package.uploaded};
    return ok();
  };
  DMS_CHECK(store.load(application_kind, [&](std::string_view key, std::string_view value) {
    if (status) status = load(key, value);
  }));
  return status;
}

}  // namespace dms::service
