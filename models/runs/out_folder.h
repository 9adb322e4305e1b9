// The folder where a study's results go: results.zip and results.csv, each replaced in one step.
//
// A file .dmsbatch-results marks it, so that a folder of results inside a folder of inputs is not
// taken for an input by the next run. Results may also go into a folder that holds other things,
// the inputs even: that one is not marked. One thread.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string_view>

#include "core/file.h"
#include "core/result.h"

namespace dms::models {

inline constexpr std::string_view results_marker = ".dmsbatch-results";

// The names of all that this program writes into such a folder, as shell patterns.
inline constexpr std::array<std::string_view, 3> results_names{"results.zip", "results.csv",
                                                               ".dmsbatch-*"};

// Whether the folder is one of results: marked, or without anything else in it, or not there yet.
bool is_results_folder(const std::filesystem::path& path);

class OutFolder {
 public:
  // Makes the folder when it is missing, and in it one of our own for what is under way. Removes
  // those of processes that were killed.
  // Errors: invalid_argument when the path is no folder; permission, exhausted.
  static Result<OutFolder> open(const std::filesystem::path& path);
  OutFolder(OutFolder&& other) noexcept;
  OutFolder& operator=(OutFolder&&) = delete;
  // Removes what is under way, and the folder itself when it was made here and holds nothing.
  ~OutFolder();

  const std::filesystem::path& path() const { return path_; }
  // On the same file system as the results, and gone at the end.
  const std::filesystem::path& scratch() const { return scratch_; }
  std::filesystem::path results_zip() const { return path_ / "results.zip"; }
  std::filesystem::path results_csv() const { return path_ / "results.csv"; }

  // Marks the folder, unless it holds other things. Call it before the first result is written.
  Status mark() const;

 private:
  OutFolder() = default;

  std::filesystem::path path_;     // absolute; empty once moved from
  std::filesystem::path scratch_;  // empty when it could not be made
  std::optional<FileLock> lock_;   // in it: says that its process lives
  bool made_here_ = false;
};

}  // namespace dms::models
