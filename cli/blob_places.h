// How the command line names blobs and folders in storage.
#pragma once

#include <string>
#include <string_view>

#include "blob/transfer.h"

namespace dms::cli {

// Whether the text names a place in storage and not one on this machine: "blob:…".
bool is_blob_place(std::string_view text);

// "CONTAINER", "CONTAINER/PREFIX", "blob:CONTAINER/PREFIX" and "blob://CONTAINER/PREFIX". The
// prefix keeps a slash at its end.
// Errors: invalid_argument when there is no container.
Result<blob::BlobPlace> parse_blob_place(std::string_view text);

// Whether the place may be a single blob: it has a name without a slash at its end.
bool may_be_blob(const blob::BlobPlace& place);

}  // namespace dms::cli
