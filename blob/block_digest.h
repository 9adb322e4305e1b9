// The digest of a blob by its blocks, which its metadata holds beside its Content-MD5. Private to
// blob/.
//
//   dmsbatchblocks = "1;<block size>;<digest>;<Content-MD5>"
//   digest         = Base64 of the MD5 of the raw MD5s of the blocks, one after the other
//
// The MD5 of the whole is one chain of steps for one core; blocks are hashed by several, and
// several at a time. The block size belongs to the digest, not to the blocks that the service
// keeps, and the last block is what is left: so the entry stays true in a copy. It counts only
// beside the Content-MD5 that it names, which tells a blob that was written anew by a tool that
// keeps metadata.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "blob/wire.h"

namespace dms::blob {

inline constexpr const char* block_digest_name = "dmsbatchblocks";

struct BlockDigest {
  std::uint64_t block_bytes = 0;
  std::string digest;  // Base64
  bool operator==(const BlockDigest&) const = default;
};

// Nothing when there is no entry, or none that this program understands, or it is about other
// content, or makes one block of the blob or more than a blob can have.
std::optional<BlockDigest> block_digest_of(const Metadata& metadata, std::string_view content_md5,
                                           std::uint64_t size_bytes);

// Makes the entry of content in several blocks; takes away an older one.
// `md5s`: raw, one after the other. `content_md5`: Base64.
void set_block_digest(Metadata& metadata, std::uint64_t block_bytes, std::string_view md5s,
                      std::string_view content_md5);

}  // namespace dms::blob
