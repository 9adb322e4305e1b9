// What the token sources have in common: reading answers, and errors in the terms of TokenSource.
// Thread-safe. `who` names the answering side in errors ("login.microsoftonline.com").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/auth/token.h"
#include "core/http.h"

namespace dms {

// A token as it came, checked: it can stand in a header and has not ended.
// Errors: internal, permission (it has ended: a clock is wrong). None holds the text.
Result<Token> checked_token(std::string text, Timestamp expires_at, Timestamp now,
                            std::string_view who);

// The moment of seconds since 1970, or nothing when that is out of all reason.
std::optional<Timestamp> moment_of_epoch(std::int64_t seconds);

// The token of a 200 answer of the OAuth form: access_token with expires_in or expires_on.
// Errors: those of checked_token. The text of the answer never stands in one.
Result<Token> read_token(std::string_view json, Timestamp now, std::string_view who);

// An OAuth refusal; empty when the answer holds none.
struct Refusal {
  std::string error;        // "invalid_client"
  std::string description;  // its first sentence or line, redacted, without trace ids
};
Refusal read_refusal(std::string_view json);
// "error: description", or "HTTP status 400".
std::string describe(const Refusal& refusal, int status);

// A status after which the same request may succeed.
bool is_passing(int status);

// The error of a transport that brought no answer. What may pass is `unavailable`.
Error no_answer(Error error, std::string_view who);

}  // namespace dms
