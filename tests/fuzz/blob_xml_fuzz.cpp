// The XML of the Blob service. The input's first byte names the document, the rest is its text.
#include "blob/xml.h"
#include "tests/fuzz/fuzz.h"

using namespace dms;
using namespace dms::blob;

namespace {

// What is read is written so that it is read again as the same.
template <class Read, class Write>
void round_trip(std::string_view text, Read read, Write write) {
  const auto first = read(text);
  if (!first) {
    fuzz::require(first.error().code == Code::corrupt, "bad XML is corrupt", first.error().message);
    return;
  }
  const std::string written = write(*first);
  const auto second = read(written);
  fuzz::require(second.has_value(), "what was written is read again", written);
  fuzz::require(*second == *first, "what was read again is the same", written);
}

// Defaults of parameters are not part of a function's type.
std::string write_both_lists(const BlockList& list) { return write_block_list(list); }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::text_of(data, size);
  switch (fuzz::take_byte(text) % 6) {
    case 0: round_trip(text, read_blob_list, write_blob_list); break;
    case 1: round_trip(text, read_container_list, write_container_list); break;
    case 2: round_trip(text, read_block_list, write_both_lists); break;
    case 3: round_trip(text, read_block_refs, write_block_refs); break;
    case 4: round_trip(text, read_error_body, write_error_body); break;
    case 5: round_trip(text, read_access_policies, write_access_policies); break;
  }
  return 0;
}
