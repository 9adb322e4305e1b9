#include "blob/blob_client.h"

#include <fmt/format.h>

#include <optional>

namespace dms::blob {

// Each member uses those above it.
struct BlobClient::Stack {
  Stack(BlobAccount account, const BlobConfig& config, Clock& clock, std::stop_token stop)
      : curl(config.curl),
        retrying(signed_or_plain(account, clock), clock, config.retry),
        blob(std::move(account), retrying, clock, std::move(stop)) {}

  // Signing stands below retry, so that each try has a fresh date.
  Transport& signed_or_plain(const BlobAccount& account, Clock& clock) {
    if (!account.key) return curl;
    return signer.emplace(curl, *account.key, Protocol::blob, clock);
  }

  CurlTransport curl;
  std::optional<Signed> signer;
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
  return BlobClient(std::move(account), config, clock, std::move(stop));
}

}  // namespace dms::blob
