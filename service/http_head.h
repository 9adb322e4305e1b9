// The heads of HTTP/1.1 messages: where a request is addressed, and an answer's first lines.
//
// Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/http.h"
#include "service/exchange.h"

namespace dms::service {

// The URL of a request: path and query byte for byte from its target ("/a%20b?c", or in absolute
// form "http://host/a%20b?c"), host and port from the absolute form, else from the Host header.
// Errors: invalid_argument for a target that is neither (besides "*"), or a broken host.
Result<Url> request_url(std::string_view target, std::string_view host);

// The front's own answer to a head that it cannot pass on, if any: a transfer encoding but chunked,
// an expectation but 100-continue, no Host. `version` is 10 or 11.
std::optional<Answer> objection(int version, const Headers& headers);

// Whether the connection is used again after the answer. `kept_for_1_0` says so to a client of
// HTTP/1.0, which closes otherwise.
enum class After { close, keep, kept_for_1_0 };

// The status line and headers, up to and with the empty line. `reason` is the standard phrase; a
// header ":reason" of the answer replaces it. Content-Length is `length`, and left out when there
// is none (204, 304). The answer's own framing headers (Content-Length, Transfer-Encoding,
// Connection, Keep-Alive) are dropped; control characters in values become spaces.
std::string format_head(const Answer& answer, std::string_view reason,
                        std::optional<std::uint64_t> length, After after);

// An answer of the front itself, as plain text: what HTTP.sys would send below Azure's services.
Answer plain_answer(int status, std::string_view text);

}  // namespace dms::service
