// Spans of time as people write them. On the wire they are core/time.h's Duration.
//
// A pure function.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace dms {

// "90s", "30m", "2h", "1d", "1h30m"; nothing for another text, a bare number, no time at all and
// more than Duration::unlimited().
std::optional<std::chrono::seconds> parse_span(std::string_view text);

}  // namespace dms
