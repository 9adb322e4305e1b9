#include <fmt/format.h>

#include "batch/azure_batch.h"
#include "core/curl_transport.h"
#include "core/retry.h"
#include "core/signing.h"

namespace dms::batch {
namespace {

// Signed stands below Retrying, so that every try bears a fresh date.
class NetworkBatchClient final : public BatchClient {
 public:
  NetworkBatchClient(Url endpoint, SharedKey key, Clock& clock)
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

}  // namespace

Result<std::unique_ptr<BatchClient>> BatchClient::create(const Config& config, Clock& clock) {
  if (config.auth_mode != AuthMode::shared_key) {
    return fail(Code::invalid_argument,
                fmt::format("_AUTH_MODE = {} is not supported here yet: use shared_key with "
                            "_BATCH_ACCOUNT_KEY",
                            text_of(config.auth_mode)));
  }
  if (config.batch_account_name.empty())
    return fail(Code::invalid_argument, "_BATCH_ACCOUNT_NAME is missing");
  if (config.batch_account_key.empty())
    return fail(Code::invalid_argument, "_BATCH_ACCOUNT_KEY is missing");
  if (config.batch_account_url.empty())
    return fail(Code::invalid_argument, "_BATCH_ACCOUNT_URL is missing");
  DMS_TRY(Url endpoint, Url::parse(config.batch_account_url).context("_BATCH_ACCOUNT_URL"));
  DMS_TRY(SharedKey key, SharedKey::parse(config.batch_account_name, config.batch_account_key)
                             .context("_BATCH_ACCOUNT_KEY"));
  return std::unique_ptr<BatchClient>(
      std::make_unique<NetworkBatchClient>(std::move(endpoint), std::move(key), clock));
}

}  // namespace dms::batch
