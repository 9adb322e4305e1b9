#include "models/counted.h"

#include <fmt/format.h>

namespace dms::models {

std::string counted(std::int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace dms::models
