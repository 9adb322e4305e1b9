// Headers of blob requests and answers.
#pragma once

#include "blob/wire.h"
#include "core/http.h"
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
void set_lease_headers(Headers& headers, const Lease& lease, Timestamp now);
void set_modified(Headers& headers, std::string_view etag, Timestamp last_modified);

struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};
// The range that a read asks for, x-ms-range before Range; nothing when it asks for all.
// Errors: InvalidRange.
Result<std::optional<ByteRange>> range_of(const Request& request, std::uint64_t size);

// If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since against a blob, null when there
// is none. Errors: ConditionNotMet (304 for reads), BlobAlreadyExists.
Status check_blob_conditions(const Request& request, const blob::BlobProperties* current);

}  // namespace dms::service
