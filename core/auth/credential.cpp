#include "core/auth/credential.h"

#include <fmt/format.h>

#include <atomic>

#include "core/auth/az_program.h"
#include "core/auth/client_secret.h"
#include "core/auth/managed_identity.h"
#include "core/curl_transport.h"

namespace dms {
namespace {

// The managed identity when this machine has one, else whoever is signed in with az.
class AmbientIdentity final : public TokenSource {
 public:
  AmbientIdentity(IdentityEndpoint endpoint, AzOptions az, const TokenSeams& seams, Clock& clock)
      : is_app_(!endpoint.is_imds()),
        managed_(std::move(endpoint), seams.metadata, clock),
        az_(std::move(az), clock),
        probe_(seams.probe) {}

  Result<Token> token(const std::string& resource, std::stop_token stop) override {
    if (TokenSource* chosen = chosen_) return chosen->token(resource, std::move(stop));
    std::string before = "no client secret is set and no managed identity answers";
    if (is_app_ || managed_.answers(probe_, stop)) {
      Result<Token> got = managed_.token(resource, stop);
      if (got) chosen_ = &managed_;
      // A machine of Azure without an identity may still have a user.
      if (got || is_app_ || got.error().code != Code::permission) return got;
      before = std::move(got).error().message;
    }
    if (stop.stop_requested()) return fail(Code::cancelled, "the wait for a token was cancelled");
    Result<Token> got = az_.token(resource, std::move(stop));
    if (got) chosen_ = &az_;
    return std::move(got).context(before);
  }

 private:
  const bool is_app_;
  ManagedIdentity managed_;
  AzProgram az_;
  Transport& probe_;
  std::atomic<TokenSource*> chosen_ = nullptr;
};

AadMethod method_of(const Config& config) {
  if (config.aad_method == AadMethod::automatic && !config.aad_client_secret.empty())
    return AadMethod::client_secret;
  return config.aad_method;
}

template <class Source>
Result<std::unique_ptr<TokenSource>> as_source(std::unique_ptr<Source> source) {
  return std::unique_ptr<TokenSource>(std::move(source));
}

class NetworkCredential final : public Credential {
 public:
  CachedTokens& tokens() override { return *cached_; }

  Status start(const Config& config, std::string_view authority, Clock& clock) {
    DMS_TRY(source_, make_token_source(
                         config, authority,
                         {.network = network_, .metadata = metadata_, .probe = probe_}, clock));
    cached_.emplace(*source_, clock);
    return ok();
  }

 private:
  static CurlOptions options(std::chrono::milliseconds limit, Proxy proxy) {
    return {.connect_timeout = std::min(limit, std::chrono::milliseconds{10'000}),
            .total_timeout = limit,
            .proxy = proxy,
            .body_limit_bytes = std::uint64_t{1} << 20};
  }

  CurlTransport network_{options(std::chrono::seconds{60}, Proxy::environment)};
  CurlTransport metadata_{options(std::chrono::seconds{60}, Proxy::never)};
  CurlTransport probe_{options(std::chrono::seconds{1}, Proxy::never)};
  std::unique_ptr<TokenSource> source_;
  std::optional<CachedTokens> cached_;
};

}  // namespace

Result<std::unique_ptr<TokenSource>> make_token_source(const Config& config,
                                                       std::string_view authority, TokenSeams seams,
                                                       Clock& clock) {
  const AadMethod method = method_of(config);
  if (method == AadMethod::client_secret) {
    const auto& set = config.aad_authority;
    DMS_TRY(auto source,
            ClientSecret::create({.authority = set.empty() ? std::string(authority) : set,
                                  .tenant = config.aad_tenant_id,
                                  .client_id = config.aad_client_id,
                                  .secret = config.aad_client_secret},
                                 seams.network, clock));
    return as_source(std::move(source));
  }
  AzOptions az{.program = seams.az, .tenant = config.aad_tenant_id};
  if (!az.tenant.empty()) DMS_CHECK(check_tenant(az.tenant));
  if (method == AadMethod::az) return as_source(std::make_unique<AzProgram>(std::move(az), clock));
  DMS_TRY(auto endpoint, find_identity_endpoint(seams.environment, config.aad_client_id));
  if (method == AadMethod::managed_identity) {
    return as_source(std::make_unique<ManagedIdentity>(std::move(endpoint), seams.metadata, clock));
  }
  return as_source(
      std::make_unique<AmbientIdentity>(std::move(endpoint), std::move(az), seams, clock));
}

Result<std::unique_ptr<Credential>> Credential::create(const Config& config,
                                                       std::string_view authority, Clock& clock) {
  auto credential = std::make_unique<NetworkCredential>();
  DMS_CHECK(credential->start(config, authority, clock));
  return std::unique_ptr<Credential>(std::move(credential));
}

}  // namespace dms
