// UTF-8 in file names, which on Unix are bytes and need not be.
#pragma once

#include <string>
#include <string_view>

namespace dms::node {

// The length of the valid UTF-8 sequence at the front of the text, 0 when there is none.
// Requires: the text is not empty.
std::size_t utf8_sequence(std::string_view text);

// The name as valid UTF-8, as a zip archive must have it: bytes that are not are taken for Latin-1,
// which is what old programs write. A valid name is returned as it is.
std::string as_utf8(std::string_view name);

}  // namespace dms::node
