// The one way in which a row of the store that cannot be read is told.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace dms::service {

inline Error bad_row(std::string_view kind, std::string_view key, std::string_view why) {
  return fail(Code::corrupt, "the store's row " + std::string(kind) + " " + std::string(key) +
                                 " cannot be read: " + std::string(why));
}

}  // namespace dms::service
