// SharedKey signing of Batch and Blob requests: the client's side, and the check by the service.
//
// Sources: "Authenticate requests to the Azure Batch service" and "Authorize with Shared Key"
// (Blob). Everything here is thread-safe. A key never stands in an error.
#pragma once

#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/http.h"

namespace dms {

struct SharedKey {
  std::string account;
  std::string key;  // raw bytes

  // Errors: invalid_argument when the account is empty or the key is not Base64.
  static Result<SharedKey> parse(std::string_view account, std::string_view base64_key);
};

// What is signed, as the client sends it. The content length is that of `body` or `source` for
// methods with a body (POST, PUT, PATCH); Batch writes 0 where Blob writes nothing.
std::string batch_string_to_sign(const Request& request, std::string_view account);
std::string blob_string_to_sign(const Request& request, std::string_view account);

// Base64(HMAC-SHA256(key, text)).
std::string signature(const SharedKey& key, std::string_view string_to_sign);

enum class Protocol { batch, blob };

// The x-ms-version that a Blob request gets when it names none.
inline constexpr std::string_view default_blob_version = "2021-12-02";

// Signs a copy of each request and sends it on: sets ocp-date, or x-ms-date and (when absent)
// x-ms-version, and Authorization. Stands below Retrying, so that each try has a fresh date.
class Signed final : public Transport {
 public:
  // Requires: `next` and `clock` outlive this.
  Signed(Transport& next, SharedKey key, Protocol protocol, Clock& clock)
      : next_(next), key_(std::move(key)), protocol_(protocol), clock_(clock) {}

  Result<Response> send(const Request& request, std::stop_token stop = {}) override;

 private:
  Transport& next_;
  const SharedKey key_;
  const Protocol protocol_;
  Clock& clock_;
};

// How far a request's date may be from the service's.
inline constexpr std::chrono::minutes signature_lifetime{15};

// Accept a request that bears a fresh signature by `key`, as received: with its headers, and the
// path and query as on the wire. They accept what Microsoft's clients sign: a Content-Length as
// sent, empty or 0; query names as sent or in lower case; for Batch '+' as itself or as a blank,
// for Blob also query parameters with a second '=' left out and headers sorted without their
// hyphens.
//
// Errors: invalid_argument, 400 InvalidAuthenticationInfo for an Authorization header that is not
// "SharedKey account:signature"; permission, 403 AuthenticationFailed for no header, another
// account, a missing or stale date, or another signature. The message holds the string to sign of
// the plainest reading, as Azure's does, so that the writer of a client can compare.
Status verify_batch_signature(const Request& request, const SharedKey& key, Timestamp now);
Status verify_blob_signature(const Request& request, const SharedKey& key, Timestamp now);

}  // namespace dms
