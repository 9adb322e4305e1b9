// What a directory holds, as a transfer sees it. Private to blob/.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "blob/name_filter.h"
#include "core/result.h"

namespace dms::blob {

enum class EntryKind { file, folder, link, other };

struct LocalEntry {
  std::string name;  // below the directory, with '/'
  EntryKind kind = EntryKind::file;
  std::uint64_t size_bytes = 0;
  mode_t mode = 0;     // st_mode
  std::string target;  // of a link
};

struct WalkSteps {
  std::function<void(LocalEntry&&)> take;
  // What cannot be looked at, or no longer: the walk goes on behind it.
  std::function<void(std::string name, Error error)> fail;
};

// Takes every file, link and empty folder below the directory that the filter takes, in the order
// of their names. Follows no links, and looks into no folder in which nothing can be taken. Partial
// downloads are nobody's files and are left out.
// Errors: of the directory itself, not_found and what else the file system says, naming the path.
Status walk(const std::filesystem::path& directory, const NameFilter& filter,
            const WalkSteps& steps);

// What stands at a path, without following a link. Errors: not_found.
Result<LocalEntry> look_at(const std::filesystem::path& path, std::string name);

// Whether a blob of this name may become a file below a directory: no empty part, no "." or "..",
// no NUL. Errors: invalid_argument.
Status check_local_name(std::string_view name);

// Whether a link of this name with this target stays in the directory, whatever other links there
// are: it climbs no higher than it lies deep, and climbs before it descends.
bool stays_inside(std::string_view link, std::string_view target);

}  // namespace dms::blob
