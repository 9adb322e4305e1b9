// AzureBlob: methods on directories, which other headers of this folder carry out.
#include "blob/azure_blob.h"
#include "blob/transfer.h"
#include "blob/zip_upload.h"

namespace dms::blob {

Result<TransferSummary> AzureBlob::download_blobs_from_container(
    std::string_view container, std::string_view prefix, const std::filesystem::path& directory,
    const TransferOptions& options) {
  return download_directory(*this,
                            {.container = std::string(container), .prefix = std::string(prefix)},
                            directory, options, rest_.stop_token());
}

Result<TransferSummary> AzureBlob::download_blobs_from_container(
    std::string_view container, std::string_view prefix, const std::filesystem::path& directory) {
  return download_blobs_from_container(container, prefix, directory, TransferOptions{});
}

Result<ZippedBlob> AzureBlob::zip_and_upload(std::string_view container, std::string_view blob,
                                             const std::filesystem::path& directory,
                                             const ZipOptions& options) {
  return blob::zip_and_upload(*this, container, blob, directory, options);
}

Result<ZippedBlob> AzureBlob::zip_and_upload(std::string_view container, std::string_view blob,
                                             const std::filesystem::path& directory) {
  return zip_and_upload(container, blob, directory, ZipOptions{});
}

}  // namespace dms::blob
