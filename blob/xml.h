// The XML of the Blob service, both directions: the client reads what the local service writes.
//
// Free functions without state, safe from any thread. Readers take UTF-8 with or without a byte
// order mark, ignore elements they do not know, and know no entity but XML's own five. Errors of
// every reader: corrupt for text that is not the expected document; the message names what is
// wrong, not the text.
#pragma once

#include <string>
#include <string_view>

#include "blob/sas.h"
#include "blob/wire.h"
#include "blob/wire_access.h"
#include "core/result.h"

namespace dms::blob {

// The answer to List Blobs. Names with characters that XML cannot hold are written percent-encoded
// with Encoded="true".
std::string write_blob_list(const BlobList& list);
Result<BlobList> read_blob_list(std::string_view xml);

// The answer to List Containers.
std::string write_container_list(const ContainerList& list);
Result<ContainerList> read_container_list(std::string_view xml);

// Which parts of a block list an answer has: an absent part is left out, an empty one stands empty.
enum class BlockListParts { committed, uncommitted, all };

// The answer to Get Block List.
std::string write_block_list(const BlockList& list, BlockListParts parts = BlockListParts::all);
Result<BlockList> read_block_list(std::string_view xml);

// The body of Put Block List.
std::string write_block_refs(const BlockRefs& refs);
// Errors: corrupt with service_code InvalidXmlDocument.
Result<BlockRefs> read_block_refs(std::string_view xml);

// The body of Set Container ACL and the answer to Get Container ACL. Times are written with seven
// digits of a second and read in the forms of a signature (blob/sas.h); an empty element is absent.
std::string write_access_policies(const AccessPolicies& policies);
Result<AccessPolicies> read_access_policies(std::string_view xml);

// The body of Get User Delegation Key, and its answer.
std::string write_key_info(Timestamp start, Timestamp expiry);
Result<DelegationKey> read_delegation_key(std::string_view xml);

// The body of an error answer.
std::string write_error_body(const ErrorBody& error);
Result<ErrorBody> read_error_body(std::string_view xml);

}  // namespace dms::blob
