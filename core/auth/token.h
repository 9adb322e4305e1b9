// Tokens of Microsoft Entra, and the seam through which they are had.
#pragma once

#include <stop_token>
#include <string>

#include "core/http.h"
#include "core/result.h"
#include "core/time.h"

namespace dms {

// A secret: whoever has the text may act as its owner until it ends.
struct Token {
  std::string text;
  Timestamp expires_at;
};

// Gets tokens from wherever this kind of source has them. Thread-safe and blocking.
class TokenSource {
 public:
  virtual ~TokenSource() = default;

  // A token for the service that `resource` stands for ("https://batch.core.windows.net/").
  //
  // Errors say what to do and hold no secret: permission for what the user must set right,
  // invalid_argument for a wrong setting, unavailable for what may pass (no request of the
  // caller's was sent), internal for an answer that cannot be read, cancelled. Never not_found or
  // timeout, which a caller would take for the fate of its own request.
  virtual Result<Token> token(const std::string& resource, std::stop_token stop) = 0;
};

// Whether secrets may be sent to `url`: over https, or to this machine itself.
// Errors: invalid_argument saying what would be exposed; `secret` is its name ("a token").
Status check_private(const Url& url, std::string_view secret);

}  // namespace dms
