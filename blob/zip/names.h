// Names that an archive's entries may have. Private to blob/.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dms::blob {

inline constexpr std::size_t longest_path = 4095;  // PATH_MAX, less its NUL

// Why an entry of this name may be unpacked nowhere, on no system: "holds '..'"; empty when it may.
std::string_view why_unsafe(std::string_view name);

// A name for a message: of any bytes one line of text, and not too long.
std::string shown_name(std::string_view name);

}  // namespace dms::blob
