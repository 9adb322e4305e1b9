// Who this program is to Azure, as the configuration and the machine say.
#pragma once

#include <memory>
#include <string>

#include "core/auth/cached_tokens.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/http.h"

namespace dms {

// What token sources reach the world through; a test puts its own in each place.
struct TokenSeams {
  Transport& network;   // to the authority
  Transport& metadata;  // to a managed identity's address; uses no proxy
  Transport& probe;     // the same, but gives up within about a second
  Environment environment = process_environment;
  std::string az = "az";
};

// The source of tokens that the configuration names by _AAD_METHOD. Without one: the client secret
// when there is one; else the managed identity where an app has one (IDENTITY_ENDPOINT) or IMDS
// answers and gives a token; else az. The last two are decided at the first token and kept, so
// nothing is sent here. `authority` stands in for an empty _AAD_AUTHORITY.
//
// Errors: invalid_argument naming the key that is missing or wrong.
// Requires: what `seams` refers to, and `clock`, outlive the source.
Result<std::unique_ptr<TokenSource>> make_token_source(const Config& config,
                                                       std::string_view authority, TokenSeams seams,
                                                       Clock& clock);

// Tokens with their own connections (libcurl) and cache, one for all services of an account.
// Thread-safe.
class Credential {
 public:
  // Errors: those of make_token_source.
  // Requires: `clock` outlives the credential.
  static Result<std::unique_ptr<Credential>> create(const Config& config,
                                                    std::string_view authority, Clock& clock);
  virtual ~Credential() = default;
  virtual CachedTokens& tokens() = 0;
};

}  // namespace dms
