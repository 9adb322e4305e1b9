// Texts that came from elsewhere: are they UTF-8?
#pragma once

#include <string_view>

namespace dms {

// Without overlong forms and surrogates.
bool is_utf8(std::string_view text);

// How many characters UTF-8 holds.
std::size_t count_characters(std::string_view text);

}  // namespace dms
