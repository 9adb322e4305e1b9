// The identity that Azure gives to a machine (IMDS) or to an app (App Service, Functions).
//
// Sources: "How to use managed identities on an Azure VM to acquire an access token"; "How to use
// managed identities for App Service", REST endpoint reference.
#pragma once

#include <string>

#include "core/auth/token.h"
#include "core/clock.h"
#include "core/config.h"

namespace dms {

// Where tokens are asked for, and as whom.
struct IdentityEndpoint {
  Url url;
  std::string header;     // App Service's secret; empty means the machine's form (IMDS)
  std::string client_id;  // of a user-assigned identity; empty means the only or system's one

  bool is_imds() const { return header.empty(); }
};

// App Service's endpoint when IDENTITY_ENDPOINT and IDENTITY_HEADER are set, else IMDS.
// Errors: invalid_argument for an endpoint that is no URL, or one without IDENTITY_HEADER.
Result<IdentityEndpoint> find_identity_endpoint(const Environment& environment,
                                                std::string client_id);

// Asks once a call. The transport must not use a proxy.
class ManagedIdentity final : public TokenSource {
 public:
  // Requires: `network` and `clock` outlive the source.
  ManagedIdentity(IdentityEndpoint endpoint, Transport& network, Clock& clock)
      : endpoint_(std::move(endpoint)), network_(network), clock_(clock) {}

  Result<Token> token(const std::string& resource, std::stop_token stop) override;

  // Whether IMDS is there, asked through `probe`, whose limits decide how long this takes. A
  // request without the header Metadata is what only Azure's refuses with 400.
  bool answers(Transport& probe, std::stop_token stop) const;

 private:
  Request request_for(const std::string& resource) const;
  Error refused(const Response& answer) const;

  const IdentityEndpoint endpoint_;
  Transport& network_;
  Clock& clock_;
};

}  // namespace dms
