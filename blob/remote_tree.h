// What a folder of a container holds, as a transfer sees it. Private to blob/.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "blob/local_tree.h"
#include "blob/transfer.h"

namespace dms::blob {

struct RemoteEntry {
  std::string name;  // below the place
  std::string blob;  // its whole name
  EntryKind kind = EntryKind::file;
  std::uint64_t size_bytes = 0;
  std::string md5;             // Base64; empty: the service names none
  std::optional<mode_t> mode;  // st_mode, when the metadata tell
};

// The prefix of all names in the place: "" or "a/b/".
std::string prefix_of(const BlobPlace& place);

// Every blob of the place that the filter takes, by name. Lists only folders in which something can
// be taken: flat when nothing is excluded, else level by level.
Result<std::map<std::string, RemoteEntry>> list_place(AzureBlob& blobs, const BlobPlace& place,
                                                      const NameFilter& filter);

// The same of a place that must be there. Errors, besides: not_found when it is a folder without
// anything in it or a blob of its name; patterns that take nothing are no error.
Result<std::map<std::string, RemoteEntry>> list_source(AzureBlob& blobs, const BlobPlace& place,
                                                       const NameFilter& filter);

// The metadata under which an entry is kept.
Metadata metadata_of(const LocalEntry& entry);

}  // namespace dms::blob
