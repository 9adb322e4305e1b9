// AzureBlob: containers, blobs and their signatures, in Azure, in an emulator or in the local
// service. The method names are those of the Python tool.
//
// Thread-safe and blocking. Owns no threads between calls; a large upload or download starts a few
// and joins them before it returns. Never retries by itself: that is the transport's business.
//
// Errors of every method that asks the service: not_found (404), already_exists or conflict (409),
// conflict (412), permission (401, 403), unavailable (5xx, not reached), timeout, cancelled, each
// with the service's own word in service_code; invalid_argument for a bad name, before anything is
// sent. No message holds a key or a signature.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "blob/byte_budget.h"
#include "blob/delegation.h"
#include "blob/rest.h"
#include "blob/transfer_meter.h"
#include "blob/wire.h"
#include "blob/wire_access.h"
#include "core/clock.h"
#include "core/http.h"
#include "core/result.h"
#include "core/signing.h"

namespace dms::blob {

// Where a storage account is, and what opens it: its key, or else a SAS, or else tokens of
// Microsoft Entra that the transport bears, or else nothing (public containers).
struct BlobAccount {
  Url endpoint;  // http://127.0.0.1:10000/account, https://account.blob.core.windows.net
  std::optional<SharedKey> key = {};
  std::string sas = {};  // query text without '?'
  bool has_tokens = false;
};

// A container's URL with its SAS, as tasks get it, taken apart.
struct ContainerUrl {
  BlobAccount account;
  std::string container;
};
// Errors: invalid_argument for a URL whose path does not end with a container's name; the message
// does not show the query.
Result<ContainerUrl> parse_container_url(std::string_view text);

enum class Creation { created, already_there };
enum class Overwrite { yes, no };

struct ListOptions {
  std::string prefix;
  std::string delimiter;  // "/" lists one level: blobs, and prefixes for what is below
  enum class Include { nothing, metadata } include = Include::nothing;
  int page_size = max_list_results;
};

struct BlobListing {
  std::vector<BlobItem> blobs;
  std::vector<std::string> prefixes;
};

struct UploadOptions {
  Overwrite overwrite = Overwrite::yes;  // no: already_exists when the blob is there
  std::string content_type = "application/octet-stream";
  Metadata metadata;
  std::uint64_t single_put_bytes = 64 * mebibyte;  // up to here one Put Blob, else blocks
  std::uint64_t block_bytes = 8 * mebibyte;        // more when the blob would have too many blocks
  int parallel = 4;  // blocks in flight; memory is bounded by parallel * block_bytes, or one block
  ByteBudget* budget = nullptr;    // of several transfers together; outlives the call
  TransferMeter* meter = nullptr;  // outlives the call
};

struct ReadOptions {
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;  // to the end
  std::uint64_t limit_bytes = 256 * mebibyte;
};

// Whether what came is held against the MD5 that the blob has. Lengths and the ETag always count.
enum class ContentMd5 { checked, ignored };

struct DownloadOptions {
  std::uint64_t range_bytes = 8 * mebibyte;  // up to here one GET, else ranges of this size
  // A GET brings several ranges, up to so many bytes, where they come in less than a second.
  std::uint64_t request_bytes = 32 * mebibyte;
  int parallel = 4;  // requests in flight
  ContentMd5 content_md5 = ContentMd5::checked;
  ByteBudget* budget = nullptr;    // of several transfers together; outlives the call
  TransferMeter* meter = nullptr;  // outlives the call
};

struct CopyOptions {
  Overwrite overwrite = Overwrite::yes;                 // no: already_exists when the blob is there
  Metadata metadata;                                    // empty: that of the source
  std::chrono::seconds limit = std::chrono::hours(24);  // for a copy that takes its time
};

struct BlobStamp {
  std::string etag;
  Timestamp last_modified;
};

struct TransferOptions;  // blob/transfer.h
struct TransferSummary;
struct ZipOptions;  // blob/zip.h
struct ZippedBlob;  // blob/zip_upload.h

struct SasRequest {
  std::string permissions = {};  // empty: what the method gives, as the Python tool does
  std::chrono::seconds lifetime = std::chrono::hours(24);
  std::optional<Timestamp> expiry = {};  // wins over lifetime
  std::optional<Timestamp> start = {};   // at once
  std::string addresses = {};            // one, or "a-b"
  std::string protocols = {};            // "https" or "https,http"; empty: both
  // A stored access policy of the container. What is not given beside it (permissions, expiry,
  // start) the policy has to say, and what is given it must not.
  std::string policy = {};
  BlobHttpHeaders answer = {};  // what answers shall say in place of the blob's own
};

class AzureBlob {
 public:
  // A stop request on `stop` ends every call, begun or not, with `cancelled`.
  // Requires: `transport` and `clock` outlive this; `transport` retries, and signs when the account
  // has a key, or bears tokens when it has them.
  AzureBlob(BlobAccount account, Transport& transport, Clock& clock = system_clock(),
            std::stop_token stop = {});

  // ---- containers ----

  Result<Creation> create_container(std::string_view container,
                                    PublicAccess access = PublicAccess::none);
  // With a SAS, which opens no container's properties, the container is listed instead.
  Result<bool> exists_container(std::string_view container);
  Status delete_container(std::string_view container);
  Result<std::vector<ContainerItem>> list_containers(std::string_view prefix = {});

  // ---- stored access policies ----
  //
  // What signatures that name one (SasRequest::policy) grant, kept with the container: a change or
  // its deletion changes or ends all of them, on Azure within half a minute. With the account's key
  // or tokens only. Letters may be given in any order.
  // Errors, besides: invalid_argument for more than five policies, an id that is not of 1 to 64
  // characters or stands twice, and letters that there are not.

  Result<ContainerAccess> get_container_access_policy(std::string_view container);
  // Replaces all policies and the public access.
  Status set_container_access_policy(std::string_view container, ContainerAccess access);
  // Adds the policy, or replaces that of its id, and leaves the rest as it is, also what others
  // change at the same time. May be repeated after any failure.
  Status set_access_policy(std::string_view container, const AccessPolicy& policy);
  // Errors: not_found when there is none of this id.
  Status delete_access_policy(std::string_view container, std::string_view id);

  // ---- blobs ----

  // Follows the pages to the last. The first keeps everything in memory; the second gives each page
  // to `page` and keeps none, and ends with the first error of `page`.
  Result<BlobListing> list_blobs_from_container(std::string_view container,
                                                const ListOptions& options = {});
  Status list_blobs_from_container(std::string_view container, const ListOptions& options,
                                   const std::function<Status(BlobList&& page)>& page);

  Result<BlobItem> get_blob_properties(std::string_view container, std::string_view blob);
  Result<bool> exists_blob(std::string_view container, std::string_view blob);
  // After an answer that was lost on its way, a blob that this call deleted is told as not_found.
  Status delete_blob(std::string_view container, std::string_view blob);

  // ---- upload ----
  //
  // A blob appears whole or not at all. Every Put Blob and block carries its MD5, and the blob
  // keeps one of its whole content and, in the metadata, a digest by blocks (dmsbatchblocks) by
  // which a download is checked in less time. Blocks of the same content that the service holds at
  // the same place, from an attempt that failed or was killed or from the blob as it is, are not
  // sent again. With Overwrite::no the write is not repeated after an answer that was lost, since
  // the second answer would take the first write for somebody else's: timeout.

  Result<BlobStamp> upload_blob(std::string_view container, std::string_view blob,
                                std::string_view content, const UploadOptions& options = {});
  Result<BlobStamp> upload_blob(std::string_view container, std::string_view blob,
                                BodySource& content, const UploadOptions& options = {});
  // Creates the container when it is missing and the account has a key or tokens.
  // Errors: conflict when the file changes (size, time of change) while it is read; nothing of it
  // is then in the blob.
  Result<BlobStamp> upload_file_to_container(std::string_view container, std::string_view blob,
                                             const std::filesystem::path& file,
                                             const UploadOptions& options = {});
  // Writes the blob unless there is one of this name, which then stays as it is. For names that
  // tell the content. May be repeated after any failure.
  Result<Creation> upload_if_absent(std::string_view container, std::string_view blob,
                                    BodySource& content, UploadOptions options = {});

  // A directory as one zip, sent while it is made: see zip_and_upload in blob/zip_upload.h.
  Result<ZippedBlob> zip_and_upload(std::string_view container, std::string_view blob,
                                    const std::filesystem::path& directory,
                                    const ZipOptions& options);
  Result<ZippedBlob> zip_and_upload(std::string_view container, std::string_view blob,
                                    const std::filesystem::path& directory);

  Status put_block(std::string_view container, std::string_view blob, std::string_view block_id,
                   std::string content);
  Result<BlobStamp> put_block_list(std::string_view container, std::string_view blob,
                                   const BlockRefs& blocks, const UploadOptions& options = {},
                                   std::string content_md5 = {});  // Base64; kept with the blob
  Result<BlockList> get_block_list(std::string_view container, std::string_view blob);

  // ---- copy ----

  // Has the service copy a blob to here, from a URL that it can read: one of the same account, or
  // one with a signature (get_blob_sas_url). Returns when the copy is whole.
  // Errors: not_found or permission when the service cannot read the source; conflict when the copy
  // came to nothing; timeout after the limit.
  Result<BlobItem> copy_blob(std::string_view container, std::string_view blob,
                             std::string_view source_url, const CopyOptions& options = {});

  // ---- download ----
  //
  // Errors, besides: corrupt when the length, the Content-MD5 that the service names or the digest
  // by blocks that goes with it does not fit what came.

  // The blob, or a range of it, as text; empty from its end on. Errors: exhausted when it is over
  // the limit.
  Result<std::string> read_blob(std::string_view container, std::string_view blob,
                                const ReadOptions& options = {});
  // Replaces `file` once the blob is here whole and right; makes its directories. A larger blob
  // comes in ranges of one and the same ETag into ".NAME.dmsbatch-part" beside the file. That stays
  // after a failure or a kill, and the next download fetches only what is missing there.
  // Errors: conflict when the blob changes meanwhile, or when somebody else downloads it to the
  // same file; exhausted when the disk is full.
  Status download_blob(std::string_view container, std::string_view blob,
                       const std::filesystem::path& file, const DownloadOptions& options = {});
  // The same below `directory`, at the blob's name; gives the file's path.
  // Errors: invalid_argument for a name that would leave the directory.
  Result<std::filesystem::path> download_blob_from_container(std::string_view container,
                                                             std::string_view blob,
                                                             const std::filesystem::path& directory,
                                                             const DownloadOptions& options = {});
  // All blobs below a prefix, with their folders: see download_directory.
  Result<TransferSummary> download_blobs_from_container(std::string_view container,
                                                        std::string_view prefix,
                                                        const std::filesystem::path& directory,
                                                        const TransferOptions& options);
  Result<TransferSummary> download_blobs_from_container(std::string_view container,
                                                        std::string_view prefix,
                                                        const std::filesystem::path& directory);

  // ---- signatures and URLs ----
  //
  // Signed with the account's key; without one, and with tokens, by a key that the service gives
  // for them, which is asked for when it is needed and kept (user delegation). Without permissions
  // in the request a container's signature grants "w", a blob's "rawd", and a blob's URL "rawdx".
  // Errors: invalid_argument when there is nothing to sign with, or the signature would last longer
  // than can be signed; with tokens also those of the service.

  Result<std::string> get_container_sas_token(std::string_view container,
                                              const SasRequest& request = {});
  Result<std::string> get_container_sas_url(std::string_view container,
                                            const SasRequest& request = {});
  Result<std::string> get_blob_sas_token(std::string_view container, std::string_view blob,
                                         const SasRequest& request = {});
  Result<std::string> get_blob_sas_url(std::string_view container, std::string_view blob,
                                       const SasRequest& request = {});
  // How long a signature can last at most.
  std::chrono::seconds longest_signature() const;
  // A URL by which another service may read the blob for a day: with a signature of its own when
  // there is a key or a token, else with the account's SAS.
  Result<std::string> readable_url(std::string_view container, std::string_view blob);
  // Without a signature; the blob's name percent-encoded.
  std::string container_url(std::string_view container) const;
  std::string blob_url(std::string_view container, std::string_view blob) const;

  // create_container, then its SAS; upload_file_to_container, then the blob's SAS URL.
  Result<std::string> create_container_and_create_sas(std::string_view container,
                                                      const SasRequest& request = {});
  Result<std::string> upload_blob_and_create_sas(std::string_view container, std::string_view blob,
                                                 const std::filesystem::path& file,
                                                 const SasRequest& request = {},
                                                 const UploadOptions& options = {});

 private:
  Result<BlobStamp> put_whole(const Names& names, BodySource& content, const UploadOptions& options,
                              Idempotency idempotency);
  Result<BlobStamp> put_blocks(const Names& names, BodySource& content,
                               const UploadOptions& options, Idempotency idempotency);
  Result<BlobStamp> upload(const Names& names, BodySource& content, const UploadOptions& options,
                           Idempotency idempotency);
  Result<BlobStamp> commit_blocks(const Names& names, const BlockRefs& blocks,
                                  const UploadOptions& options, std::string content_md5,
                                  Idempotency idempotency);
  Result<std::string> sign(const Names& names, const SasRequest& request);
  // Puts what `change` makes of the container's access, and does it anew when somebody else changed
  // it meanwhile.
  Status change_access(std::string_view container,
                       const std::function<Status(ContainerAccess& access)>& change);

  const BlobAccount account_;
  const Rest rest_;
  Clock& clock_;
  DelegationKeys delegation_;
};

}  // namespace dms::blob
