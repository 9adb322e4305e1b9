// The version of this program, as it stands in User-Agent headers and in `dmsbatch --version`.
#pragma once

#include <string_view>

namespace dms {

// CMakeLists.txt reads the project's version here.
inline constexpr std::string_view version = "0.1.0";

}  // namespace dms
