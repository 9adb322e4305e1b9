// Turns an operation row into a request, and an answer into a Result. Private to blob/.
//
// Thread-safe; owns no threads. What it is given as SAS stands in no error.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "blob/wire.h"
#include "core/http.h"
#include "core/operation.h"

namespace dms::blob {

// What an operation is about; what its row has no hole for stays empty.
struct Names {
  std::string_view container = {};
  std::string_view blob = {};
};

// What goes along beside the row and the names.
struct Call {
  Query query = {};
  Headers headers = {};
  std::string body = {};
  BodySource* source = nullptr;
  BodySink* sink = nullptr;
  // Sent once only when the row may be repeated but this use of it may not.
  std::optional<Idempotency> idempotency = std::nullopt;
};

// 1 to 1024 characters, no segment "." or "..", which URLs do not keep.
// Errors: invalid_argument.
Status check_blob_name(std::string_view name);
// 3 to 63 of a-z, 0-9 and single hyphens inside; or $root, $web, $logs.
// Errors: invalid_argument.
Status check_container_name(std::string_view name);

class Rest {
 public:
  // Requires: `transport` outlives this; it signs when `sas` is empty and the service wants it.
  Rest(Transport& transport, Url endpoint, std::string sas, std::stop_token stop);

  // Sends the operation and brings the answer, which has the row's status, or 206 for a range.
  // Errors: invalid_argument for a name that the service would refuse; those of the transport; and
  // for another status what the service's error means (blob/errors.h), with http_status,
  // service_code and request_id.
  template <class In, class Out>
  Result<Response> call(const Operation<In, Out>& operation, const Names& names, Call what = {},
                        std::optional<std::stop_token> stop = std::nullopt) const {
    const Row row{operation.name, operation.method, operation.path, operation.status,
                  operation.repeat};
    return send(row, names, std::move(what), stop.value_or(stop_));
  }

  // The URL of the endpoint, a container or a blob, without the SAS.
  Url url(const Names& names) const;
  std::stop_token stop_token() const { return stop_; }
  bool has_sas() const { return !sas_.empty(); }

 private:
  struct Row {
    std::string_view name, method, path;
    int status;
    Repeat repeat;
  };

  Result<Response> send(const Row& row, const Names& names, Call call, std::stop_token stop) const;
  Url url_of(const Row& row, const Names& names, const Query& query) const;
  Error error_of(const Row& row, const Names& names, const Response& response) const;
  std::string without_secrets(std::string text) const;

  Transport& transport_;
  const Url endpoint_;  // path without a slash at its end
  const std::string sas_;
  const std::stop_token stop_;
};

// The blob's properties and metadata from the headers of an answer.
Result<BlobItem> blob_from_headers(std::string_view name, const Headers& headers);
// x-ms-meta-* headers.
Metadata metadata_from_headers(const Headers& headers);
void add_metadata(Headers& headers, const Metadata& metadata);
// A header's ETag without its quotes.
std::string unquoted(std::string_view etag);

}  // namespace dms::blob
