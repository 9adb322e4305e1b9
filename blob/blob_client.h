// An AzureBlob with all that it stands on: the network, signing and retry.
//
// Thread-safe, as AzureBlob is.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "blob/azure_blob.h"
#include "core/auth/credential.h"
#include "core/config.h"
#include "core/curl_transport.h"
#include "core/retry.h"

namespace dms::blob {

struct BlobConfig {
  std::string account;
  std::string key;  // Base64; a secret
  // The service's URL, path-style or host-style. Empty: https://<account>.<domain>.
  std::string endpoint;
  std::string domain = "blob.core.windows.net";
  std::string sas;  // query text with or without '?', used when there is no key; a secret
  // Tokens of Microsoft Entra, used when there is neither key nor SAS.
  std::shared_ptr<Credential> credential;
  RetryPolicy retry;
  CurlOptions curl;
};

// Owns an AzureBlob and its transports. Movable; the AzureBlob keeps its address.
class BlobClient {
 public:
  // With config.credential, an account without key and SAS is opened by its tokens.
  // Requires: account.key is for account.endpoint's account; `clock` outlives this.
  BlobClient(BlobAccount account, const BlobConfig& config = {}, Clock& clock = system_clock(),
             std::stop_token stop = {});
  ~BlobClient();
  BlobClient(BlobClient&&) noexcept;
  BlobClient& operator=(BlobClient&&) noexcept;

  AzureBlob& operator*() const;
  AzureBlob* operator->() const;

 private:
  struct Stack;
  std::unique_ptr<Stack> stack_;
};

// A client of the configured account. Connects to nothing yet. A stop request on `stop` ends every
// call.
// Errors: invalid_argument for a key that is not Base64, an endpoint that is no URL, for neither
// account nor endpoint, and for tokens that would travel unprotected.
Result<BlobClient> make_azure_blob(const BlobConfig& config, Clock& clock = system_clock(),
                                   std::stop_token stop = {});
// The same of a configuration file: with the storage key, or without one and with _AUTH_MODE = aad
// with tokens.
Result<BlobClient> create_blob_client(const Config& config, Clock& clock = system_clock(),
                                      std::stop_token stop = {});

}  // namespace dms::blob
