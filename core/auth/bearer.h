// Requests that bear a token.
#pragma once

#include <string>

#include "core/auth/cached_tokens.h"
#include "core/http.h"

namespace dms {

// Sends a copy of each request with "Authorization: Bearer TOKEN". After a 401 it takes a fresh
// token, once, rewinds the source and sends again; any second answer is given back. Stands below
// Retrying, so that each try has a valid token. Thread-safe.
//
// A token goes to `origin` only, and only over https or to this machine itself: a link in an answer
// cannot lead it elsewhere. Errors, beside those of the transport and of TokenSource:
// invalid_argument for such a request, of which nothing is sent.
class Bearer final : public Transport {
 public:
  // Requires: `next` and `tokens` outlive this.
  Bearer(Transport& next, CachedTokens& tokens, std::string resource, const Url& origin)
      : next_(next), tokens_(tokens), resource_(std::move(resource)), origin_(origin.origin()) {}

  Result<Response> send(const Request& request, std::stop_token stop = {}) override;

 private:
  Status check_target(const Url& url) const;

  Transport& next_;
  CachedTokens& tokens_;
  const std::string resource_;
  const std::string origin_;
};

}  // namespace dms
