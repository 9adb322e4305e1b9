#include "blob/blob_client.h"

#include <fmt/format.h>

#include <optional>

#include "core/auth/bearer.h"
#include "core/auth/cloud.h"

namespace dms::blob {

// Each member uses those above it.
struct BlobClient::Stack {
  Stack(BlobAccount account, const BlobConfig& config, Clock& clock, std::stop_token stop)
      : credential(config.credential),
        curl(config.curl),
        retrying(signed_or_plain(account, clock), clock, config.retry),
        blob(std::move(account), retrying, clock, std::move(stop)) {}

  // Signing stands below retry, so that each try has a fresh date, or a token that is valid then.
  Transport& signed_or_plain(const BlobAccount& account, Clock& clock) {
    if (account.key) return signer.emplace(curl, *account.key, Protocol::blob, clock);
    if (!account.has_tokens) return curl;
    return bearer.emplace(curl, credential->tokens(), std::string(storage_resource),
                          account.endpoint);
  }

  const std::shared_ptr<Credential> credential;
  CurlTransport curl;
  std::optional<Signed> signer;
  std::optional<Bearer> bearer;
  Retrying retrying;
  AzureBlob blob;
};

BlobClient::BlobClient(BlobAccount account, const BlobConfig& config, Clock& clock,
                       std::stop_token stop)
    : stack_(std::make_unique<Stack>(std::move(account), config, clock, std::move(stop))) {}
BlobClient::~BlobClient() = default;
BlobClient::BlobClient(BlobClient&&) noexcept = default;
BlobClient& BlobClient::operator=(BlobClient&&) noexcept = default;

AzureBlob& BlobClient::operator*() const { return stack_->blob; }
AzureBlob* BlobClient::operator->() const { return &stack_->blob; }

Result<BlobClient> make_azure_blob(const BlobConfig& config, Clock& clock, std::stop_token stop) {
  if (config.endpoint.empty() && config.account.empty())
    return fail(Code::invalid_argument, "neither a storage account nor its endpoint is configured");
  BlobAccount account;
  const std::string endpoint = config.endpoint.empty()
                                   ? fmt::format("https://{}.{}", config.account, config.domain)
                                   : config.endpoint;
  DMS_TRY(account.endpoint, Url::parse(endpoint).context("the storage endpoint"));
  if (!config.key.empty()) {
    DMS_TRY(account.key, SharedKey::parse(config.account, config.key));
  }
  account.sas = config.sas.starts_with('?') ? config.sas.substr(1) : config.sas;
  account.has_tokens = config.credential && !account.key && account.sas.empty();
  if (account.has_tokens)
    DMS_CHECK(check_private(account.endpoint, "a token").context("the storage endpoint"));
  return BlobClient(std::move(account), config, clock, std::move(stop));
}

Result<BlobClient> create_blob_client(const Config& config, Clock& clock, std::stop_token stop) {
  BlobConfig blob{.account = config.storage_account_name,
                  .key = config.storage_account_key,
                  .endpoint = config.blob_endpoint()};
  if (blob.key.empty() && config.auth_mode == AuthMode::aad) {
    DMS_TRY(const Url endpoint, Url::parse(blob.endpoint).context("_STORAGE_ACCOUNT_DOMAIN"));
    DMS_TRY(blob.credential, Credential::create(config, cloud_of(endpoint).authority, clock)
                                 .context("_AUTH_MODE = aad"));
  }
  return make_azure_blob(blob, clock, std::move(stop));
}

}  // namespace dms::blob
