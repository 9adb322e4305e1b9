// Headers of blob requests and answers.
#pragma once

#include "blob/wire.h"
#include "core/http.h"
#include "service/blob/content.h"
#include "service/blob/index.h"
#include "service/blob/lease.h"

namespace dms::service {

// The properties under which a write wants its blob served, x-ms-blob-… before the plain names.
blob::BlobHttpHeaders http_headers_of(const Request& request);
// The x-ms-blob-… headers alone, for requests whose plain headers speak of their own body.
blob::BlobHttpHeaders own_http_headers_of(const Request& request);
// x-ms-meta-…
blob::Metadata metadata_of(const Request& request);
// Errors: InvalidMetadata for a name that is no identifier, which no XML could hold;
// EmptyMetadataKey.
Status check_metadata(const Request& request);
void set_blob_headers(Headers& headers, const blob::BlobItem& item);
blob::LeaseWords words_of(const Lease& lease, Timestamp now);
void set_lease_headers(Headers& headers, const Lease& lease, Timestamp now);
void set_copy_headers(Headers& headers, const std::optional<blob::CopyState>& copy);
void set_modified(Headers& headers, std::string_view etag, Timestamp last_modified);

// x-ms-blob-public-access; without it only who has a key or a signature may read.
// Errors: InvalidHeaderValue for another word than "blob" and "container".
Result<blob::PublicAccess> public_access_of(const Request& request);
void set_public_access(Headers& headers, blob::PublicAccess access);

// The MD5 of a body as Base64, once it is what the client said it is, in Content-MD5 or another
// header. `actual` is raw. Errors: InvalidMd5, Md5Mismatch.
Result<std::string> checked_md5(const Request& request, const std::string& actual,
                                std::string_view header = "Content-MD5");

struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};
// The stretches of files that hold [offset, offset + length) of a blob.
std::vector<FileRange> ranges_of(const Content& content, const std::vector<Piece>& pieces,
                                 ByteRange range);
// The range that a read asks for, x-ms-range before Range; nothing when it asks for all.
// Errors: InvalidRange.
Result<std::optional<ByteRange>> range_of(const Request& request, std::uint64_t size);

// If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since against a blob, null when there
// is none. Errors: ConditionNotMet (304 for reads), BlobAlreadyExists.
Status check_blob_conditions(const Request& request, const blob::BlobProperties* current);
// The dates against a container. Errors: ConditionNotMet.
Status check_container_conditions(const Request& request, const blob::ContainerItem& current);

}  // namespace dms::service
