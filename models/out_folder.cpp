#include "models/out_folder.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <utility>

#include "core/file.h"

namespace dms::models {

namespace fs = std::filesystem;

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
  DMS_TRY(folder.scratch_, make_temp_directory(".dmsbatch-", wanted.string()));
  return folder;
}

OutFolder::OutFolder(OutFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      scratch_(std::exchange(other.scratch_, {})),
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
