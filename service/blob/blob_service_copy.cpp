// Copy Blob: within this service, at once and without copying a byte.
#include "blob/errors.h"
#include "service/blob/blob_headers.h"
#include "service/blob/blob_service.h"

namespace dms::service {

using blob::blob_error;

namespace {

Error source_unverified(std::string why, int http_status = 404) {
  Error error = blob_error("CannotVerifyCopySource", std::move(why));
  error.http_status = http_status;
  return error;
}

// The request that reading the source would be, with the conditions that are on the source.
Result<Request> source_request(const Request& copy) {
  auto url = Url::parse(copy.headers.get("x-ms-copy-source"));
  if (!url) return blob_error("InvalidHeaderValue", "x-ms-copy-source is not a URL");
  Request request{.method = "GET", .url = *std::move(url)};
  for (const std::string_view name :
       {"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"})
    if (const auto value = copy.headers.find("x-ms-source-" + std::string(name)))
      request.headers.set(name, std::string(*value));
  return request;
}

Status check_source_conditions(const Request& request, const blob::BlobProperties& current) {
  if (check_blob_conditions(request, &current)) return ok();
  return blob_error("SourceConditionNotMet");
}

// Without metadata of its own, the copy takes over that of its source.
void take_over(BlobRecord& record, const BlobRecord& source, const Request& request) {
  record.metadata = metadata_of(request);
  if (record.metadata.empty()) record.metadata = source.metadata;
  record.properties.http = source.properties.http;
  record.properties.content_length = source.properties.content_length;
}

}  // namespace

Result<const BlobRecord*> BlobService::copy_source(const BlobCall& call) {
  DMS_TRY(const Request request, source_request(call.request));
  const auto here = Url::parse(endpoint_);
  if (!here || request.url.origin() != here->origin())
    return source_unverified("the local service copies its own blobs only, those at " + endpoint_);
  auto source = take_apart(request);
  if (!source) return source_unverified(source.error().message, source.error().http_status);
  if (auto known = identify_caller(*source); !known)
    return source_unverified(known.error().message, known.error().http_status);
  // The account's key opens every blob of the account; a signature only what it says, and the
  // source needs one of its own.
  if (source->access.kind == Access::Kind::anonymous && call.access.kind == Access::Kind::account)
    source->access = call.access;
  if (auto allowed = check_read(*source, "r"); !allowed)
    return source_unverified(allowed.error().message, allowed.error().http_status);
  auto found = blob_of(*source);
  if (!found) return source_unverified(found.error().message);
  DMS_CHECK(check_source_conditions(request, (*found)->properties));
  return *found;
}

Result<Answer> BlobService::copy_blob(const BlobCall& call) {
  BlobRecord source;
  {
    std::lock_guard lock(mutex_);
    DMS_CHECK(check_write(call, "cw"));
    DMS_TRY(const BlobRecord* found, copy_source(call));
    source = *found;
  }
  const auto cloned = content_.clone(files_of(source.pieces));
  if (!cloned && cloned.error().code == Code::not_found)
    return source_unverified("the source was deleted or replaced meanwhile");
  DMS_TRY(const auto files, cloned);
  std::vector<NewContent> fresh;
  for (std::size_t i = 0; i < files.size(); ++i) {
    source.pieces[i].file = files[i];
    fresh.push_back({files[i], {}});
  }
  const std::string length = std::to_string(source.properties.content_length);
  const std::string_view url = call.request.headers.get("x-ms-copy-source");
  const blob::CopyState state{.id = new_guid(),
                              .source = std::string(url.substr(0, url.find('?'))),
                              .status = "success",
                              .progress = length + "/" + length,
                              .completed = clock_.now()};
  Answer answer{.status = 202};
  DMS_CHECK(replace_blob(call, fresh, answer.headers, [&](BlobRecord& record) {
    take_over(record, source, call.request);
    record.pieces = std::move(source.pieces);
    record.copy = state;
  }));
  answer.headers.set("x-ms-copy-id", state.id);
  answer.headers.set("x-ms-copy-status", state.status);
  return answer;
}

}  // namespace dms::service
