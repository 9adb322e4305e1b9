#include "service/blob/blob_headers.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "blob/errors.h"
#include "core/fields.h"
#include "service/conditions.h"

namespace dms::service {

using blob::blob_error;

namespace {

std::string first_of(const Request& request, std::initializer_list<std::string_view> names) {
  for (const auto name : names)
    if (const auto value = request.headers.find(name); value && !value->empty())
      return std::string(*value);
  return {};
}

constexpr std::string_view metadata_prefix = "x-ms-meta-";
constexpr std::string_view public_access_header = "x-ms-blob-public-access";

bool is_metadata(std::string_view header) {
  return equal_ignoring_case(header.substr(0, metadata_prefix.size()), metadata_prefix);
}

bool is_identifier(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return letter(name.front()) && std::all_of(name.begin(), name.end(), [&](char c) {
           return letter(c) || (c >= '0' && c <= '9');
         });
}

}  // namespace

blob::BlobHttpHeaders own_http_headers_of(const Request& request) {
  blob::BlobHttpHeaders http;
  http.content_type = first_of(request, {"x-ms-blob-content-type"});
  http.content_encoding = first_of(request, {"x-ms-blob-content-encoding"});
  http.content_language = first_of(request, {"x-ms-blob-content-language"});
  http.content_disposition = first_of(request, {"x-ms-blob-content-disposition"});
  http.cache_control = first_of(request, {"x-ms-blob-cache-control"});
  http.content_md5 = first_of(request, {"x-ms-blob-content-md5"});
  if (http.content_type.empty()) http.content_type = "application/octet-stream";
  return http;
}

blob::BlobHttpHeaders http_headers_of(const Request& request) {
  blob::BlobHttpHeaders http = own_http_headers_of(request);
  if (!request.headers.contains("x-ms-blob-content-type"))
    if (const auto type = first_of(request, {"Content-Type"}); !type.empty())
      http.content_type = type;
  if (http.content_encoding.empty())
    http.content_encoding = first_of(request, {"Content-Encoding"});
  if (http.content_language.empty())
    http.content_language = first_of(request, {"Content-Language"});
  if (http.cache_control.empty()) http.cache_control = first_of(request, {"Cache-Control"});
  return http;
}

blob::Metadata metadata_of(const Request& request) {
  blob::Metadata metadata;
  for (const auto& [name, value] : request.headers) {
    if (!is_metadata(name)) continue;
    std::string key = name.substr(metadata_prefix.size());
    std::transform(key.begin(), key.end(), key.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    metadata[key] = value;
  }
  return metadata;
}

Status check_metadata(const Request& request) {
  for (const auto& [header, value] : request.headers) {
    if (!is_metadata(header)) continue;
    const std::string name = header.substr(metadata_prefix.size());
    if (name.empty()) return blob_error("EmptyMetadataKey");
    if (!is_identifier(name))
      return blob_error("InvalidMetadata", "the name '" + name + "' is no identifier");
  }
  return ok();
}

void set_modified(Headers& headers, std::string_view etag, Timestamp last_modified) {
  headers.set("ETag", "\"" + std::string(etag) + "\"");
  headers.set("Last-Modified", last_modified.rfc1123());
}

Result<blob::PublicAccess> public_access_of(const Request& request) {
  const auto word = request.headers.get(public_access_header);
  if (word.empty()) return blob::PublicAccess::none;
  if (word == "blob") return blob::PublicAccess::blob;
  if (word == "container") return blob::PublicAccess::container;
  return blob_error("InvalidHeaderValue", fmt::format("{} is '{}' and not blob or container",
                                                      public_access_header, word));
}

void set_public_access(Headers& headers, blob::PublicAccess access) {
  if (access != blob::PublicAccess::none)
    headers.set(std::string(public_access_header),
                access == blob::PublicAccess::blob ? "blob" : "container");
}

void set_blob_headers(Headers& headers, const blob::BlobItem& item) {
  const auto& properties = item.properties;
  set_modified(headers, properties.etag, properties.last_modified);
  if (properties.creation_time)
    headers.set("x-ms-creation-time", properties.creation_time->rfc1123());
  headers.set("x-ms-blob-type", properties.blob_type);
  headers.set("x-ms-server-encrypted", "true");
  headers.set("Accept-Ranges", "bytes");
  const auto& http = properties.http;
  const std::pair<const char*, const std::string&> texts[] = {
      {"Content-Type", http.content_type},
      {"Content-Encoding", http.content_encoding},
      {"Content-Language", http.content_language},
      {"Content-Disposition", http.content_disposition},
      {"Cache-Control", http.cache_control}};
  for (const auto& [name, value] : texts)
    if (!value.empty()) headers.set(name, value);
  for (const auto& [name, value] : item.metadata)
    headers.set(std::string(metadata_prefix) + name, value);
}

blob::LeaseWords words_of(const Lease& lease, Timestamp now) {
  blob::LeaseWords words{.state = std::string(word_of(lease.state(now))),
                         .status = lease.is_active(now) ? "locked" : "unlocked",
                         .duration = {}};
  if (lease.state(now) == LeaseState::leased)
    words.duration = lease.duration ? "fixed" : "infinite";
  return words;
}

void set_lease_headers(Headers& headers, const Lease& lease, Timestamp now) {
  const auto words = words_of(lease, now);
  headers.set("x-ms-lease-state", words.state);
  headers.set("x-ms-lease-status", words.status);
  if (!words.duration.empty()) headers.set("x-ms-lease-duration", words.duration);
}

void set_copy_headers(Headers& headers, const std::optional<blob::CopyState>& copy) {
  if (!copy) return;
  headers.set("x-ms-copy-id", copy->id);
  headers.set("x-ms-copy-status", copy->status);
  headers.set("x-ms-copy-source", copy->source);
  headers.set("x-ms-copy-progress", copy->progress);
  if (copy->completed) headers.set("x-ms-copy-completion-time", copy->completed->rfc1123());
}

Result<std::optional<ByteRange>> range_of(const Request& request, std::uint64_t size) {
  const std::string text = first_of(request, {"x-ms-range", "Range"});
  constexpr std::string_view unit = "bytes=";
  if (!text.starts_with(unit)) return std::optional<ByteRange>{};
  const char* end = text.data() + text.size();
  std::uint64_t first = 0;
  const auto from = std::from_chars(text.data() + unit.size(), end, first);
  if (from.ec != std::errc{} || from.ptr == end || *from.ptr != '-')
    return std::optional<ByteRange>{};
  std::uint64_t last = size ? size - 1 : 0;
  if (from.ptr + 1 != end) {
    const auto to = std::from_chars(from.ptr + 1, end, last);
    if (to.ec != std::errc{} || to.ptr != end || last < first) return std::optional<ByteRange>{};
  }
  if (first >= size) return blob_error("InvalidRange");
  return std::optional<ByteRange>{{first, std::min(last, size - 1) - first + 1}};
}

Status check_blob_conditions(const Request& request, const blob::BlobProperties* current) {
  const bool read = request.method == "GET" || request.method == "HEAD";
  const auto failed = [&] {
    Error error = blob_error("ConditionNotMet");
    if (read) error.http_status = 304;
    return error;
  };
  const auto matches = [&](std::string_view tag) {
    return current && (tag == "*" || unquoted(tag) == current->etag);
  };
  if (const auto tag = request.headers.find("If-Match"); tag && !matches(*tag)) {
    Error error = failed();
    error.http_status = 412;
    return error;
  }
  if (const auto tag = request.headers.find("If-None-Match"); tag && matches(*tag)) {
    if (*tag == "*" && !read) return blob_error("BlobAlreadyExists");
    return failed();
  }
  if (!current) return ok();
  if (const auto date = request.headers.find("If-Modified-Since")) {
    auto since = Timestamp::parse(*date);
    if (!since) return blob_error("InvalidHeaderValue", "If-Modified-Since is not a date");
    if (seconds_of(current->last_modified) <= seconds_of(*since)) return failed();
  }
  if (const auto date = request.headers.find("If-Unmodified-Since")) {
    auto since = Timestamp::parse(*date);
    if (!since) return blob_error("InvalidHeaderValue", "If-Unmodified-Since is not a date");
    if (seconds_of(current->last_modified) > seconds_of(*since)) {
      Error error = failed();
      error.http_status = 412;
      return error;
    }
  }
  return ok();
}

Result<std::string> checked_md5(const Request& request, const std::string& actual,
                                std::string_view header) {
  if (const auto said = request.headers.find(header)) {
    const auto expected = base64_decode(*said);
    if (!expected || expected->size() != actual.size()) return blob_error("InvalidMd5");
    if (*expected != actual) return blob_error("Md5Mismatch");
  }
  return base64_encode(actual);
}

std::vector<FileRange> ranges_of(const Content& content, const std::vector<Piece>& pieces,
                                 ByteRange range) {
  std::vector<FileRange> ranges;
  std::uint64_t start = 0;
  for (const auto& piece : pieces) {
    const std::uint64_t end = start + static_cast<std::uint64_t>(piece.size);
    const std::uint64_t from = std::max(start, range.offset);
    const std::uint64_t to = std::min(end, range.offset + range.length);
    if (from < to) ranges.push_back({content.path(piece.file), from - start, to - from});
    start = end;
  }
  return ranges;
}

Status check_container_conditions(const Request& request, const blob::ContainerItem& current) {
  // A container's entity tag is no condition (REST reference, "Specifying conditional headers").
  Request dates{.method = request.method};
  for (const std::string_view name : {"If-Modified-Since", "If-Unmodified-Since"})
    if (const auto value = request.headers.find(name)) dates.headers.set(name, std::string(*value));
  blob::BlobProperties properties;
  properties.last_modified = current.last_modified;
  return check_blob_conditions(dates, &properties);
}

}  // namespace dms::service
