// A directory as a zip archive in a container.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "blob/azure_blob.h"
#include "blob/zip.h"
#include "core/result.h"

namespace dms::blob {

struct ZippedBlob {
  std::string name;
  std::string url;  // without a signature
  ZipSummary content;
};

// Zips what is below `directory` and uploads it as `blob`, or as "<directory's name>.zip" when that
// is empty, over an older one; creates the container when it is missing. The archive is sent while
// it is made and never stands in a file. Blocks that the service holds from an attempt that was cut
// short are not sent again. Safe from any thread.
// Errors: those of zip_directory and of AzureBlob's uploads.
Result<ZippedBlob> zip_and_upload(AzureBlob& client, std::string_view container,
                                  std::string_view blob, const std::filesystem::path& directory,
                                  const ZipOptions& options = {});

// The same for a name that tells the content: "<prefix><sha256>.zip". What is there already is
// neither zipped nor sent again, only read. May be repeated after any failure.
// Errors, besides: conflict when the directory changes meanwhile; nothing is then under the name.
Result<ZippedBlob> zip_and_upload_if_absent(AzureBlob& client, std::string_view container,
                                            std::string_view prefix,
                                            const std::filesystem::path& directory,
                                            const ZipOptions& options = {});

}  // namespace dms::blob
