#include "batch/azure_batch.h"
#include "core/auth/bearer.h"
#include "core/auth/cloud.h"
#include "core/auth/credential.h"
#include "core/curl_transport.h"
#include "core/retry.h"
#include "core/signing.h"

namespace dms::batch {
namespace {

// Signed stands below Retrying, so that every try bears a fresh date.
class KeyBatchClient final : public BatchClient {
 public:
  KeyBatchClient(Url endpoint, SharedKey key, Clock& clock)
      : signed_(network_, std::move(key), Protocol::batch, clock),
        retrying_(signed_, clock),
        batch_(std::move(endpoint), retrying_, clock) {}

  AzureBatch& operator*() override { return batch_; }

 private:
  CurlTransport network_;
  Signed signed_;
  Retrying retrying_;
  AzureBatch batch_;
};

// Bearer stands below Retrying, so that every try bears a token that is valid then.
class EntraBatchClient final : public BatchClient {
 public:
  EntraBatchClient(const Url& endpoint, std::unique_ptr<Credential> credential, Clock& clock)
      : credential_(std::move(credential)),
        bearer_(network_, credential_->tokens(), std::string(cloud_of(endpoint).batch_resource),
                endpoint),
        retrying_(bearer_, clock),
        batch_(endpoint, retrying_, clock) {}

  AzureBatch& operator*() override { return batch_; }

 private:
  CurlTransport network_;
  std::unique_ptr<Credential> credential_;
  Bearer bearer_;
  Retrying retrying_;
  AzureBatch batch_;
};

Result<std::unique_ptr<BatchClient>> create_with_key(Url endpoint, const Config& config,
                                                     Clock& clock) {
  if (config.batch_account_key.empty())
    return fail(Code::invalid_argument, "_BATCH_ACCOUNT_KEY is missing");
  DMS_TRY(SharedKey key, SharedKey::parse(config.batch_account_name, config.batch_account_key)
                             .context("_BATCH_ACCOUNT_KEY"));
  return std::unique_ptr<BatchClient>(
      std::make_unique<KeyBatchClient>(std::move(endpoint), std::move(key), clock));
}

Result<std::unique_ptr<BatchClient>> create_with_tokens(const Url& endpoint, const Config& config,
                                                        Clock& clock) {
  DMS_CHECK(check_private(endpoint, "a token").context("_BATCH_ACCOUNT_URL with _AUTH_MODE = aad"));
  DMS_TRY(
      auto credential,
      Credential::create(config, cloud_of(endpoint).authority, clock).context("_AUTH_MODE = aad"));
  return std::unique_ptr<BatchClient>(
      std::make_unique<EntraBatchClient>(endpoint, std::move(credential), clock));
}

}  // namespace

Result<std::unique_ptr<BatchClient>> BatchClient::create(const Config& config, Clock& clock) {
  if (config.batch_account_name.empty())
    return fail(Code::invalid_argument, "_BATCH_ACCOUNT_NAME is missing");
  if (config.batch_account_url.empty())
    return fail(Code::invalid_argument, "_BATCH_ACCOUNT_URL is missing");
  DMS_TRY(Url endpoint, Url::parse(config.batch_account_url).context("_BATCH_ACCOUNT_URL"));
  if (config.auth_mode == AuthMode::aad) return create_with_tokens(endpoint, config, clock);
  return create_with_key(std::move(endpoint), config, clock);
}

}  // namespace dms::batch
