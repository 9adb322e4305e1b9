#include "blob/rest.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "blob/errors.h"
#include "blob/xml.h"
#include "core/fields.h"
#include "core/utf8.h"

namespace dms::blob {
namespace {

constexpr std::string_view metadata_prefix = "x-ms-meta-";

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  if (what.empty()) return;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

std::string described(const Names& names) {
  if (names.container.empty()) return {};
  if (names.blob.empty()) return fmt::format(" '{}'", names.container);
  return fmt::format(" '{}/{}'", names.container, names.blob);
}

// The service's message without its second and third line, which repeat the request id and time.
std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

bool is_container_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

}  // namespace

Status check_blob_name(std::string_view name) {
  constexpr std::size_t longest = 1024;
  const auto characters = count_characters(name);
  if (name.empty() || characters > longest)
    return fail(Code::invalid_argument,
                fmt::format("a blob's name has 1 to 1024 characters, not {}", characters));
  if (!is_utf8(name))
    return fail(Code::invalid_argument, fmt::format("the blob's name '{}' is not UTF-8", name));
  if (name.find_first_of(std::string_view("\n\0", 2)) != name.npos)
    return fail(Code::invalid_argument, "a blob's name cannot hold a line feed or a NUL");
  for (std::size_t begin = 0; begin <= name.size();) {
    const auto end = std::min(name.find('/', begin), name.size());
    const auto segment = name.substr(begin, end - begin);
    if (segment == "." || segment == "..")
      return fail(Code::invalid_argument,
                  fmt::format("the blob's name '{}' has a segment '{}'", name, segment));
    begin = end + 1;
  }
  return ok();
}

Status check_container_name(std::string_view name) {
  if (name == "$root" || name == "$web" || name == "$logs") return ok();
  const bool good = name.size() >= 3 && name.size() <= 63 && name.front() != '-' &&
                    name.back() != '-' && name.find("--") == name.npos &&
                    std::all_of(name.begin(), name.end(), is_container_character);
  if (good) return ok();
  return fail(Code::invalid_argument,
              fmt::format("'{}' is no container name: use 3 to 63 of a-z, 0-9 and single hyphens, "
                          "beginning and ending with a letter or digit",
                          name));
}

Rest::Rest(Transport& transport, Url endpoint, std::string sas, std::stop_token stop)
    : transport_(transport),
      endpoint_([&] {
        while (!endpoint.path.empty() && endpoint.path.back() == '/') endpoint.path.pop_back();
        endpoint.query.clear();
        return std::move(endpoint);
      }()),
      sas_(std::move(sas)),
      stop_(std::move(stop)) {}

Url Rest::url(const Names& names) const {
  Url url = endpoint_;
  if (!names.container.empty()) url.path += "/" + percent_encode(names.container);
  if (!names.blob.empty()) url.path += "/" + percent_encode(names.blob, Slashes::keep);
  if (url.path.empty()) url.path = "/";
  return url;
}

Url Rest::url_of(const Row& row, const Names& names, const Query& query) const {
  Url out = url(names);
  // Path-style endpoints take the account's operations at "/account/".
  if (names.container.empty() && out.path.back() != '/') out.path += '/';
  const auto add = [&out](std::string_view text) {
    if (text.empty()) return;
    if (!out.query.empty()) out.query += '&';
    out.query += text;
  };
  if (const auto mark = row.path.find('?'); mark != row.path.npos) add(row.path.substr(mark + 1));
  add(format_query(query));
  add(sas_);
  return out;
}

std::string Rest::without_secrets(std::string text) const {
  if (sas_.empty()) return text;
  for (const auto& [name, value] : parse_query(sas_)) {
    if (name != "sig") continue;
    replace_all(text, percent_encode(value), "REDACTED");
    replace_all(text, value, "REDACTED");
  }
  return text;
}

// What an answer without a body of the service's own says. The local service's front tells a full
// disk in plain text.
static std::string words_of(const Response& response) {
  if (response.status == 507)
    return "the disk of the service is full (507); make room there and try again";
  return fmt::format("the service answered {}", response.status);
}

Error Rest::error_of(const Row& row, const Names& names, const Response& response) const {
  std::string service_code(response.headers.get("x-ms-error-code"));
  std::string message;
  if (auto body = read_error_body(response.body)) {
    if (service_code.empty()) service_code = body->code;
    message = first_line(body->message);
  }
  if (message.empty()) {
    // A HEAD has no body, and an answer from something in between is not the service's XML.
    const ErrorRow* known = find_error(service_code);
    message = known != nullptr ? std::string(known->message) : words_of(response);
  }
  const bool failed = response.status < 200 || response.status >= 300;
  Error error =
      fail(failed ? code_of_answer(response.status, service_code) : Code::internal,
           without_secrets(fmt::format("{}{}: {}{}", row.name, described(names), message,
                                       service_code.empty() ? "" : " (" + service_code + ")")));
  error.http_status = response.status;
  error.service_code = std::move(service_code);
  error.request_id = response.headers.get("x-ms-request-id");
  return error;
}

Result<Response> Rest::send(const Row& row, const Names& names, Call call,
                            std::stop_token stop) const {
  if (row.path.find("{container}") != row.path.npos)
    DMS_CHECK(check_container_name(names.container));
  if (row.path.find("{blob}") != row.path.npos) DMS_CHECK(check_blob_name(names.blob));
  Request request;
  request.method = row.method;
  request.url = url_of(row, names, call.query);
  request.headers = std::move(call.headers);
  request.headers.set("x-ms-version", std::string(storage_version));
  request.body = std::move(call.body);
  request.source = call.source;
  request.sink = call.sink;
  request.idempotency = call.idempotency.value_or(
      row.repeat == Repeat::unsafe ? Idempotency::not_idempotent : Idempotency::idempotent);
  auto response = transport_.send(request, stop);
  if (!response) {
    Error error = std::move(response).error();
    error.message =
        without_secrets(fmt::format("{}{}: {}", row.name, described(names), error.message));
    return error;
  }
  const bool ranged = request.headers.contains("x-ms-range") && response->status == 206;
  if (response->status != row.status && !ranged) return error_of(row, names, *response);
  return response;
}

std::string unquoted(std::string_view etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"')
    etag = etag.substr(1, etag.size() - 2);
  return std::string(etag);
}

Metadata metadata_from_headers(const Headers& headers) {
  Metadata metadata;
  for (const auto& [name, value] : headers)
    if (equal_ignoring_case(name.substr(0, metadata_prefix.size()), metadata_prefix))
      metadata.emplace(lower(name.substr(metadata_prefix.size())), value);
  return metadata;
}

void add_metadata(Headers& headers, const Metadata& metadata) {
  for (const auto& [name, value] : metadata)
    headers.add(std::string(metadata_prefix) + name, value);
}

Result<BlobItem> blob_from_headers(std::string_view name, const Headers& headers) {
  BlobItem item;
  item.name = name;
  auto& out = item.properties;
  if (const auto created = headers.find("x-ms-creation-time")) {
    DMS_TRY(out.creation_time, Timestamp::parse(*created));
  }
  DMS_TRY(out.last_modified, Timestamp::parse(headers.get("Last-Modified")));
  out.etag = unquoted(headers.get("ETag"));
  const auto length = headers.get("Content-Length");
  const auto [end, problem] =
      std::from_chars(length.data(), length.data() + length.size(), out.content_length);
  if (problem != std::errc{} || end != length.data() + length.size())
    return fail(Code::internal, fmt::format("the answer's Content-Length is '{}'", length));
  out.http.content_type = headers.get("Content-Type");
  out.http.content_encoding = headers.get("Content-Encoding");
  out.http.content_language = headers.get("Content-Language");
  out.http.content_disposition = headers.get("Content-Disposition");
  out.http.cache_control = headers.get("Cache-Control");
  out.http.content_md5 = headers.get("Content-MD5");
  out.blob_type = headers.get("x-ms-blob-type");
  item.metadata = metadata_from_headers(headers);
  return item;
}

}  // namespace dms::blob
