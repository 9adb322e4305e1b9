// What conditional headers (If-Match, If-Modified-Since …) are compared by, in both services.
#pragma once

#include <chrono>
#include <string_view>

#include "core/time.h"

namespace dms::service {

// An ETag without the quotes that headers put around it.
inline std::string_view unquoted(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"')
    return etag.substr(1, etag.size() - 2);
  return etag;
}

// HTTP dates have seconds only.
inline std::chrono::sys_seconds seconds_of(Timestamp moment) {
  return std::chrono::floor<std::chrono::seconds>(moment.at);
}

}  // namespace dms::service
