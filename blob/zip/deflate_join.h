// Deflate streams (RFC 1951) joined to one, so that the pieces of a file can be compressed at the
// same time. Private to blob/.
//
// Free functions without state, safe from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace dms::blob {

struct DeflateEnd {
  std::uint64_t last_block_bit = 0;  // where the last block begins; its first bit says "last"
  std::uint64_t end_bit = 0;         // behind its last bit
  std::uint64_t content_bytes = 0;   // what the whole stream unpacks to
};

// Walks through a stream without unpacking it. Errors: corrupt.
Result<DeflateEnd> find_deflate_end(std::string_view stream);

// Changes a whole stream so that another may follow: no block is the last any more, and an empty
// stored block fills the last byte. At most five bytes longer.
// Errors: corrupt when it does not unpack to `content_bytes`.
Status open_deflate_end(std::string& stream, std::uint64_t content_bytes);

}  // namespace dms::blob
