// A service principal that shows its client secret.
//
// Source: "Microsoft identity platform and the OAuth 2.0 client credentials flow".
#pragma once

#include <memory>
#include <string>

#include "core/auth/token.h"
#include "core/clock.h"

namespace dms {

struct ClientSecretOptions {
  std::string authority;  // "https://login.microsoftonline.com"; without a scheme https is meant
  std::string tenant;     // an id or a domain
  std::string client_id;
  std::string secret;
};

// Posts the secret to {authority}/{tenant}/oauth2/v2.0/token. Asks once a call: retrying is left to
// the caller's transports.
class ClientSecret final : public TokenSource {
 public:
  // Errors: invalid_argument naming the setting that is missing or wrong; an authority that is
  // neither https nor this machine is wrong.
  // Requires: `network` and `clock` outlive the source.
  static Result<std::unique_ptr<ClientSecret>> create(ClientSecretOptions options,
                                                      Transport& network, Clock& clock);

  Result<Token> token(const std::string& resource, std::stop_token stop) override;

 private:
  ClientSecret(ClientSecretOptions options, Url url, Transport& network, Clock& clock)
      : options_(std::move(options)), url_(std::move(url)), network_(network), clock_(clock) {}
  Error refused(const Response& answer) const;

  const ClientSecretOptions options_;
  const Url url_;
  Transport& network_;
  Clock& clock_;
};

// Whether `tenant` has the form of an id or a domain. Errors: invalid_argument with the value.
Status check_tenant(std::string_view tenant);

}  // namespace dms
