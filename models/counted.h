// Numbers of things in notes for the user.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dms::models {

// "1 node", "2 nodes".
std::string counted(std::int64_t count, std::string_view noun);

}  // namespace dms::models
