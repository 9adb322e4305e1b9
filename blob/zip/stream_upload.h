// A ZipStream on its way into a blob. Private to blob/.
#pragma once

#include <functional>
#include <string>

#include "blob/azure_blob.h"
#include "blob/zip.h"
#include "blob/zip/stream.h"
#include "core/result.h"

namespace dms::blob {

struct StreamTarget {
  std::string container;
  std::string blob;
  UploadOptions options = {.content_type = "application/zip"};
  // Asked when everything was read and before the blob appears; its error is returned.
  std::function<Status(const ZipSummary&)> accept = {};
};

// Sends the archive in blocks while it is made, or in one Put Blob when it is no longer than a
// block. The blob appears whole or not at all; it keeps the MD5 of its content. Blocks that the
// service holds from an attempt that came to nothing are not sent again, since the same content
// makes the same blocks. Creates the container when it is missing. Memory: `parallel` blocks, and
// what the stream holds.
// Errors: those of ZipStream::read and AzureBlob.
Result<ZipSummary> upload_stream(AzureBlob& client, ZipStream& stream, const StreamTarget& target);

}  // namespace dms::blob
