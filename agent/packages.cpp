#include "agent/packages.h"

#include <cerrno>
#include <chrono>
#include <filesystem>

#include "agent/paths.h"
#include "blob/zip.h"
#include "core/clock.h"
#include "core/file.h"

namespace dms::agent {
namespace {

namespace fs = std::filesystem;

// Nobody but the agent's own processes writes there.
constexpr const char* workshop = "/volatile/packages";

bool is_installed(const fs::path& directory) {
  std::error_code ignored;
  return fs::is_directory(directory, ignored);
}

// One process of the node unpacks at a time.
Result<FileLock> take_lock(const std::string& root, const std::stop_token& stop) {
  while (true) {
    auto lock = FileLock::try_lock(root + "/volatile/packages.lock");
    if (lock || lock.error().code != Code::conflict) return lock;
    system_clock().sleep_for(std::chrono::milliseconds{50}, stop);
    if (stop.stop_requested()) return fail(Code::cancelled, "waiting for the node's packages");
  }
}

Status install(const std::string& root, const Package& package, const std::stop_token& stop) {
  DMS_CHECK(parts_below(package.directory));
  const fs::path directory = root + "/" + package.directory;
  if (is_installed(directory)) return ok();
  DMS_TRY(const FileLock lock, take_lock(root, stop));
  if (is_installed(directory)) return ok();
  const fs::path fresh = root + workshop;
  std::error_code error;
  fs::remove_all(fresh, error);  // what a runner that died has left
  if (!error) fs::create_directories(directory.parent_path(), error);
  if (error) return fail_errno("preparing " + directory.string(), error.value());
  DMS_CHECK(make_directories(fresh.string()));
  DMS_CHECK(blob::unpack_zip(package.archive, fresh, {.stop = stop}));
  fs::rename(fresh, directory, error);
  if (error) return fail_errno("renaming to " + directory.string(), error.value());
  return ok();
}

}  // namespace

Failure install_packages(const std::string& root, const std::vector<Package>& packages,
                         const std::stop_token& stop) {
  for (const Package& package : packages) {
    const Status installed = install(root, package, stop);
    if (installed) continue;
    const Error& error = installed.error();
    return failure(disk_failure_code(error, "ApplicationPackageError"),
                   {{"Package", package.directory}, {"Message", error.message}});
  }
  return std::nullopt;
}

}  // namespace dms::agent
