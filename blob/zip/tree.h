// What below a directory goes into an archive. Private to blob/.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "blob/zip.h"
#include "core/result.h"

namespace dms::blob {

struct TreeEntry {
  std::string name;  // below the directory, with '/' between its parts and none at its end
  std::filesystem::path path;
  mode_t mode = 0;               // as st_mode: kind and permissions, without set-id bits
  std::uint64_t size_bytes = 0;  // of a file, when it was listed
};

// Everything below `directory` that is not excluded, in byte order of the names.
// Errors: those of zip_directory.
Result<std::vector<TreeEntry>> list_tree(const std::filesystem::path& directory,
                                         const ZipOptions& options);

}  // namespace dms::blob
