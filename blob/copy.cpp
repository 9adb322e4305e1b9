// Copies that the service does by itself.
#include <fmt/format.h>

#include "blob/azure_blob.h"
#include "blob/operations.h"

namespace dms::blob {
namespace {

constexpr std::chrono::seconds copy_poll_interval{1};

// Whether the answer's headers say that a copy is over. Errors: conflict when it came to nothing.
Result<bool> is_copied(const Headers& headers) {
  const auto status = headers.get("x-ms-copy-status");
  if (status == "pending") return false;
  if (status == "success" || status.empty()) return true;
  return fail(Code::conflict, fmt::format("the copy was {}: {}", status,
                                          headers.get("x-ms-copy-status-description")));
}

}  // namespace

Result<BlobItem> AzureBlob::copy_blob(std::string_view container, std::string_view blob,
                                      std::string_view source_url, const CopyOptions& options) {
  const Names names{.container = container, .blob = blob};
  Headers headers{{"x-ms-copy-source", std::string(source_url)}};
  if (options.overwrite == Overwrite::no) headers.set("If-None-Match", "*");
  add_metadata(headers, options.metadata);
  DMS_TRY(auto answer, rest_.call(op::copy_blob, names,
                                  {.headers = std::move(headers),
                                   .idempotency = options.overwrite == Overwrite::no
                                                      ? Idempotency::not_idempotent
                                                      : Idempotency::idempotent}));
  const auto doing = fmt::format("copying to '{}/{}'", container, blob);
  DMS_TRY(bool done, is_copied(answer.headers).context(doing));
  const auto probe = [&]() -> Result<bool> {
    DMS_TRY(const auto head, rest_.call(op::get_blob_properties, names));
    return is_copied(head.headers);
  };
  if (!done)
    DMS_CHECK(poll_until(clock_, options.limit, copy_poll_interval, probe, rest_.stop_token())
                  .context(doing));
  return get_blob_properties(container, blob);
}

}  // namespace dms::blob
