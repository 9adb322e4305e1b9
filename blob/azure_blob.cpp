#include "blob/azure_blob.h"

#include <fmt/format.h>

#include "blob/operations.h"
#include "blob/xml.h"

namespace dms::blob {
namespace {

// Whether the error says that the thing asked about is not there.
template <class T>
Result<bool> existence(const Result<T>& result) {
  if (result) return true;
  if (result.error().code == Code::not_found) return false;
  return result.error();
}

// The marker that asks for the page after `page`; nothing after the last.
Result<std::optional<std::string>> next_page(const std::string& marker,
                                             const std::string& next_marker) {
  if (next_marker.empty()) return std::optional<std::string>{};
  if (next_marker == marker)
    return fail(Code::internal, "the service answers with the same page again and again");
  return std::optional(next_marker);
}

}  // namespace

Result<ContainerUrl> parse_container_url(std::string_view text) {
  auto url = Url::parse(text);
  if (!url)
    return fail(Code::invalid_argument, fmt::format("'{}' is no container URL", redact_url(text)));
  while (!url->path.empty() && url->path.back() == '/') url->path.pop_back();
  ContainerUrl out;
  const auto slash = url->path.rfind('/');
  if (slash != std::string::npos) out.container = percent_decode(url->path.substr(slash + 1));
  DMS_CHECK(check_container_name(out.container));
  url->path.resize(slash);
  out.account.sas = std::exchange(url->query, {});
  out.account.endpoint = *std::move(url);
  return out;
}

AzureBlob::AzureBlob(BlobAccount account, Transport& transport, Clock& clock, std::stop_token stop)
    : account_(std::move(account)),
      rest_(transport, account_.endpoint, account_.key ? std::string() : account_.sas,
            std::move(stop)),
      clock_(clock),
      delegation_(rest_, clock) {}

// ---- containers ----

Result<Creation> AzureBlob::create_container(std::string_view container, PublicAccess access) {
  Headers headers;
  if (access != PublicAccess::none)
    headers.set("x-ms-blob-public-access", access == PublicAccess::blob ? "blob" : "container");
  const auto answer =
      rest_.call(op::create_container, {.container = container}, {.headers = headers});
  if (answer) return Creation::created;
  if (answer.error().code == Code::already_exists) return Creation::already_there;
  return answer.error();
}

Result<bool> AzureBlob::exists_container(std::string_view container) {
  if (rest_.has_sas())
    return existence(
        rest_.call(op::list_blobs, {.container = container}, {.query = {{"maxresults", "1"}}}));
  return existence(rest_.call(op::get_container_properties, {.container = container}));
}

Status AzureBlob::delete_container(std::string_view container) {
  DMS_CHECK(rest_.call(op::delete_container, {.container = container}));
  return ok();
}

Result<std::vector<ContainerItem>> AzureBlob::list_containers(std::string_view prefix) {
  std::vector<ContainerItem> all;
  std::optional<std::string> marker = "";
  while (marker) {
    Query query;
    if (!prefix.empty()) query.emplace_back("prefix", prefix);
    if (!marker->empty()) query.emplace_back("marker", *marker);
    DMS_TRY(const auto answer, rest_.call(op::list_containers, {}, {.query = std::move(query)}));
    DMS_TRY(auto page, read_container_list(answer.body));
    std::move(page.containers.begin(), page.containers.end(), std::back_inserter(all));
    DMS_TRY(marker, next_page(*marker, page.next_marker));
  }
  return all;
}

// ---- blobs ----

Status AzureBlob::list_blobs_from_container(std::string_view container, const ListOptions& options,
                                            const std::function<Status(BlobList&&)>& page_taker) {
  std::optional<std::string> marker = "";
  while (marker) {
    Query query;
    if (!options.prefix.empty()) query.emplace_back("prefix", options.prefix);
    if (!options.delimiter.empty()) query.emplace_back("delimiter", options.delimiter);
    if (options.include == ListOptions::Include::metadata)
      query.emplace_back("include", "metadata");
    if (!marker->empty()) query.emplace_back("marker", *marker);
    query.emplace_back("maxresults", std::to_string(options.page_size));
    DMS_TRY(const auto answer,
            rest_.call(op::list_blobs, {.container = container}, {.query = std::move(query)}));
    DMS_TRY(auto page, read_blob_list(answer.body));
    DMS_TRY(marker, next_page(*marker, page.next_marker));
    DMS_CHECK(page_taker(std::move(page)));
  }
  return ok();
}

Result<BlobListing> AzureBlob::list_blobs_from_container(std::string_view container,
                                                         const ListOptions& options) {
  BlobListing all;
  DMS_CHECK(list_blobs_from_container(container, options, [&all](BlobList&& page) {
    std::move(page.blobs.begin(), page.blobs.end(), std::back_inserter(all.blobs));
    std::move(page.prefixes.begin(), page.prefixes.end(), std::back_inserter(all.prefixes));
    return ok();
  }));
  return all;
}

Result<BlobItem> AzureBlob::get_blob_properties(std::string_view container, std::string_view blob) {
  DMS_TRY(const auto answer,
          rest_.call(op::get_blob_properties, {.container = container, .blob = blob}));
  return blob_from_headers(blob, answer.headers);
}

Result<bool> AzureBlob::exists_blob(std::string_view container, std::string_view blob) {
  return existence(rest_.call(op::get_blob_properties, {.container = container, .blob = blob}));
}

Status AzureBlob::delete_blob(std::string_view container, std::string_view blob) {
  DMS_CHECK(rest_.call(op::delete_blob, {.container = container, .blob = blob},
                       {.headers = {{"x-ms-delete-snapshots", "include"}}}));
  return ok();
}

}  // namespace dms::blob
