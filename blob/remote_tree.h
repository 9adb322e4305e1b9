// What a folder of a container holds, as a transfer sees it. Private to blob/.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "blob/local_tree.h"
#include "blob/transfer.h"

namespace dms::blob {

struct RemoteEntry {
  std::string name;  // below the place
  EntryKind kind = EntryKind::file;
  std::uint64_t size_bytes = 0;
  std::string md5;             // Base64; empty: the service names none
  std::optional<mode_t> mode;  // st_mode, when the metadata tell
  std::string blob;            // its whole name
};

// The prefix of all names in the place: "" or "a/b/".
std::string prefix_of(const BlobPlace& place);

// "a/b/" and "c" of "a/b/c".
std::pair<std::string, std::string> split_name(std::string_view blob);

// What a blob is to a transfer, under this name.
RemoteEntry entry_of(std::string name, BlobItem&& item);

// Gives every blob of the place that the filter takes. Lists only folders in which something can be
// taken: flat when nothing is excluded, else level by level. The blob that has the place's prefix
// for its name, as other tools mark folders, has the name "", and is given when nothing is
// filtered.
Status list_blobs(AzureBlob& blobs, const BlobPlace& place, const NameFilter& filter,
                  const std::function<void(RemoteEntry&&)>& take);

// The same by name, without the place itself. Of two blobs for one folder, "a" and "a/", the last.
Result<std::map<std::string, RemoteEntry>> list_place(AzureBlob& blobs, const BlobPlace& place,
                                                      const NameFilter& filter);

// The same of a place that must be there. Errors, besides: not_found when it is a folder without
// anything in it or a blob of its name; patterns that take nothing are no error.
Result<std::map<std::string, RemoteEntry>> list_source(AzureBlob& blobs, const BlobPlace& place,
                                                       const NameFilter& filter);

// The metadata under which an entry is kept.
Metadata metadata_of(const LocalEntry& entry);

}  // namespace dms::blob
