// The digest of a file's content, and a memory for those of large files.
#pragma once

#include <filesystem>
#include <string>

#include "core/result.h"

namespace dms::models {

// Hex SHA-256. Errors: those of reading.
Result<std::string> sha256_of_file(const std::filesystem::path& path);

// The same, from $XDG_CACHE_HOME/dmsbatch/sha256 (~/.cache) when the file is there with the device,
// inode, size and times of change that it has now; what was computed is added to it. A file that
// changed within the last two seconds is not remembered: it may change again within one tick of its
// clock. That the cache cannot be read or written is no error.
// Errors: conflict when the file changes meanwhile; those of reading.
Result<std::string> cached_sha256_of_file(const std::filesystem::path& path);

}  // namespace dms::models
