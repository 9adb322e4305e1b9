// Many files at once: a directory into a container, back, between containers, and away.
//
// What stands for what, with the names of azcopy in the metadata:
//   file          a blob <prefix>/<path>; permissions is st_mode in decimal
//   empty folder  an empty blob with hdi_isfolder=true; "<path>/" of other tools is read, too
//   link          a blob that holds the link's target, with is_symlink=true
//
// Functions are thread-safe and blocking; each starts a few threads and joins them. A file that
// cannot be transferred is a failure in the summary and the others go on. The whole ends with an
// error when going on makes no sense: cancelled, exhausted (a full disk), unavailable, timeout, and
// permission when it is the service that refuses. What was done then stays, and the same call again
// does the rest.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "blob/azure_blob.h"
#include "blob/name_filter.h"
#include "blob/transfer_meter.h"

namespace dms::blob {

// A folder in a container. Slashes around the prefix make no difference; "" is the container.
struct BlobPlace {
  std::string container;
  std::string prefix;
};

struct TransferStep {
  enum class What { upload, download, copy, remove, skip } what = What::skip;
  std::string name;  // below the root of the transfer
  std::uint64_t size_bytes = 0;
};

struct TransferOptions {
  NameFilter names;
  // A file whose size, Content-MD5 and mode are those of the other side is unchanged. The side that
  // is here is hashed only when the sizes are equal.
  enum class Existing { skip_unchanged, replace, keep } existing = Existing::skip_unchanged;
  // What the filter takes and only the target has. It is removed last, and not after a failure.
  enum class Extra { keep, remove } extra = Extra::keep;
  enum class Run { real, dry } run = Run::real;
  int parallel = 16;                             // files in flight
  std::uint64_t budget_bytes = 64 * mebibyte;    // in flight together, for uploads in memory
  ContentMd5 content_md5 = ContentMd5::checked;  // of what is downloaded
  TransferMeter* meter = nullptr;
  // Told each step when it is done, in a dry run when it would be; by one thread at a time.
  std::function<void(const TransferStep&)> told = {};
};

struct TransferFailure {
  std::string name;
  Error error;
};

struct TransferSummary {
  std::uint64_t files = 0, bytes = 0;  // transferred; empty folders and links are files, too
  std::uint64_t skipped_files = 0, skipped_bytes = 0;
  std::uint64_t removed = 0;
  std::vector<TransferFailure> failures;
};

// Creates the container when it is missing and the account has a key. Follows no links.
// A file or folder that cannot be read is a failure of its own.
// Errors: not_found when the directory is missing, or when extra blobs would be removed and the
// directory has nothing at all that the filter takes.
Result<TransferSummary> upload_directory(const std::filesystem::path& directory, AzureBlob& blobs,
                                         const BlobPlace& to, const TransferOptions& options = {},
                                         const std::stop_token& stop = {});

// One file as a directory has it, to the blob that `to` names: skipped when it is unchanged, with
// its mode. A link is followed. Its failure is an error; here and below, the filter is held against
// the last part of the name.
Result<TransferSummary> upload_file(const std::filesystem::path& file, AzureBlob& blobs,
                                    const BlobPlace& to, const TransferOptions& options = {},
                                    const std::stop_token& stop = {});

// Writes nothing outside of the directory: a name that would leave it, a link that may lead out and
// what lies behind a link that is here are failures. So is a file that is a folder, too. Links come
// last. Folders that are left empty when extra files are removed go with them.
// Errors: not_found when the container or the folder is missing, or when extra files would be
// removed and the source has none at all.
Result<TransferSummary> download_directory(AzureBlob& blobs, const BlobPlace& from,
                                           const std::filesystem::path& directory,
                                           const TransferOptions& options = {},
                                           const std::stop_token& stop = {});

// One blob, as get_blob_properties tells it, to the file of this name.
Result<TransferSummary> download_file(AzureBlob& blobs, const std::string& container, BlobItem blob,
                                      const std::filesystem::path& file,
                                      const TransferOptions& options = {},
                                      const std::stop_token& stop = {});

// Has the target's service read the source's, see AzureBlob::copy_blob. No byte passes here.
// Errors: not_found as above.
Result<TransferSummary> copy_directory(AzureBlob& source, const BlobPlace& from, AzureBlob& target,
                                       const BlobPlace& to, const TransferOptions& options = {},
                                       const std::stop_token& stop = {});

// One blob, as get_blob_properties tells it, to the blob that `to` names.
Result<TransferSummary> copy_one(AzureBlob& source, const std::string& container, BlobItem blob,
                                 AzureBlob& target, const BlobPlace& to,
                                 const TransferOptions& options = {},
                                 const std::stop_token& stop = {});

// Whether the blob stands for a folder, by its name or its metadata.
bool stands_for_folder(const BlobItem& item);

// With all blobs that stand for the folder itself, when nothing is filtered.
Result<TransferSummary> delete_directory(AzureBlob& blobs, const BlobPlace& place,
                                         const TransferOptions& options = {},
                                         const std::stop_token& stop = {});

}  // namespace dms::blob
