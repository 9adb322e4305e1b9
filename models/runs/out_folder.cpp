#include "models/runs/out_folder.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "core/file.h"

namespace dms::models {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view scratch_prefix = ".dmsbatch-";
constexpr std::string_view lock_name = "lock";

// Whether the process that made this folder is gone. One that has no lock yet may just be making
// it.
bool is_abandoned(const fs::path& scratch) {
  std::error_code error;
  if (fs::exists(scratch / lock_name, error))
    return FileLock::try_lock((scratch / lock_name).string()).has_value();
  const auto age = fs::file_time_type::clock::now() - fs::last_write_time(scratch, error);
  return !error && age > std::chrono::hours(1);
}

void remove_abandoned(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> abandoned;
  fs::directory_iterator entries(folder, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const fs::path& path = entries->path();
    if (path.filename().string().starts_with(scratch_prefix) && entries->is_directory(error) &&
        is_abandoned(path))
      abandoned.push_back(path);
  }
  for (const fs::path& path : abandoned) fs::remove_all(path, error);
}

}  // namespace

bool is_results_folder(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error) || fs::exists(path / results_marker, error)) return true;
  fs::directory_iterator entries(path, error);
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    const bool ours = std::any_of(
        results_names.begin(), results_names.end(),
        [&](std::string_view pattern) { return fnmatch(pattern.data(), name.c_str(), 0) == 0; });
    if (!ours) return false;
  }
  return !error;
}

Result<OutFolder> OutFolder::open(const fs::path& path) {
  OutFolder folder;
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error).lexically_normal();
  const fs::path wanted = absolute.has_filename() ? absolute : absolute.parent_path();
  if (fs::exists(wanted, error) && !fs::is_directory(wanted, error))
    return fail(Code::invalid_argument,
                fmt::format("{} is not a folder: name another one with --out", wanted.string()));
  const bool made_here = fs::create_directories(wanted, error);
  if (error) return fail_errno("making the folder " + wanted.string(), error.value());
  folder.path_ = wanted;
  folder.made_here_ = made_here;
  remove_abandoned(wanted);
  DMS_TRY(folder.scratch_, make_temp_directory(scratch_prefix, wanted.string()));
  DMS_TRY(folder.lock_, FileLock::try_lock((folder.scratch_ / lock_name).string()));
  return folder;
}

OutFolder::OutFolder(OutFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      scratch_(std::exchange(other.scratch_, {})),
      lock_(std::move(other.lock_)),
      made_here_(other.made_here_) {}

OutFolder::~OutFolder() {
  std::error_code ignored;
  if (!scratch_.empty()) fs::remove_all(scratch_, ignored);
  if (made_here_ && !path_.empty()) fs::remove(path_, ignored);  // fails when it holds something
}

Status OutFolder::mark() const {
  if (!is_results_folder(path_)) return ok();
  return write_file_atomic((path_ / results_marker).string(),
                           "Results of a study: left out when this folder is below its inputs.\n");
}

}  // namespace dms::models
