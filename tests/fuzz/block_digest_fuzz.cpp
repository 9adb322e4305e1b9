// A blob's digest by blocks as its metadata has it. The input's first line is the blob's size, the
// second its Content-MD5, the rest is the entry.
#include "blob/block_digest.h"

#include <charconv>

#include "core/crypto.h"
#include "tests/fuzz/fuzz.h"

using namespace dms;
using namespace dms::blob;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::text_of(data, size);
  const std::string_view number = fuzz::take_until(text, "\n");
  std::uint64_t size_bytes = 0;
  std::from_chars(number.data(), number.data() + number.size(), size_bytes);
  const std::string_view md5 = fuzz::take_until(text, "\n");
  const auto blocks = block_digest_of({{block_digest_name, std::string(text)}}, md5, size_bytes);
  if (!blocks) return 0;
  fuzz::require(!md5.empty() && text.ends_with(md5), "it is about this content", text);
  fuzz::require(blocks->block_bytes > 0 && blocks->block_bytes < size_bytes,
                "there are several blocks", text);
  fuzz::require((size_bytes - 1) / blocks->block_bytes < max_blocks, "there are not too many",
                text);
  const auto raw = base64_decode(blocks->digest);
  fuzz::require(raw && raw->size() == Md5::digest_bytes, "the digest is an MD5", text);
  return 0;
}
