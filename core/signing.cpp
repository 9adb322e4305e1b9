#include "core/signing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "core/crypto.h"
#include "core/fields.h"

namespace dms {
namespace {

std::string to_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

// The points on which clients differ when they write the string to sign.
enum class Names { as_sent, lower_case };
enum class Values {
  plain,
  plus_is_blank,  // '+' is read as a blank, and parameters that then say nothing are dropped
};
enum class HeaderOrder { bytewise, without_hyphens };

struct Reading {
  Names names = Names::as_sent;
  Values values = Values::plain;
  HeaderOrder order = HeaderOrder::bytewise;
};

constexpr std::array<std::string_view, 5> conditions = {
    "If-Modified-Since", "If-Match", "If-None-Match", "If-Unmodified-Since", "Range"};

// The twelve lines before the canonical headers.
std::string head_lines(const Request& request, std::string_view content_length,
                       std::string_view date_header) {
  const Headers& headers = request.headers;
  std::string text = request.method + "\n";
  const auto line = [&](std::string_view value) { text.append(trim(value)).append("\n"); };
  line(headers.get("Content-Encoding"));
  line(headers.get("Content-Language"));
  line(content_length);
  line(headers.get("Content-MD5"));
  line(headers.get("Content-Type"));
  line(headers.contains(date_header) ? "" : headers.get("Date"));
  for (const auto name : conditions) line(headers.get(name));
  return text;
}

std::string canonical_headers(const Request& request, std::string_view prefix, HeaderOrder order) {
  std::vector<std::pair<std::string, std::string>> found;  // name, "name:value\n"
  for (const auto& [name, value] : request.headers) {
    std::string lower = to_lower(name);
    if (!lower.starts_with(prefix)) continue;
    std::string line = fmt::format("{}:{}\n", lower, trim(value));
    if (order == HeaderOrder::without_hyphens) std::erase(lower, '-');
    found.emplace_back(std::move(lower), std::move(line));
  }
  std::sort(found.begin(), found.end());
  std::string text;
  for (const auto& entry : found) text += entry.second;
  return text;
}

std::string canonical_query(std::string_view raw, const Reading& reading) {
  std::map<std::string, std::vector<std::string>> parameters;
  std::string text(raw);
  if (reading.values == Values::plus_is_blank) std::replace(text.begin(), text.end(), '+', ' ');
  for (auto& [name, value] : parse_query(text)) {
    if (reading.values == Values::plus_is_blank && value.empty()) continue;
    parameters[reading.names == Names::lower_case ? to_lower(name) : name].push_back(value);
  }
  std::string out;
  for (auto& [name, values] : parameters) {
    std::sort(values.begin(), values.end());
    out.append("\n").append(name).append(":");
    for (std::size_t i = 0; i < values.size(); ++i) out.append(i ? "," : "").append(values[i]);
  }
  return out;
}

std::string batch_text(const Request& request, std::string_view account,
                       std::string_view content_length, const Reading& reading) {
  return head_lines(request, content_length, "ocp-date") +
         canonical_headers(request, "ocp-", reading.order) +
         fmt::format("/{}{}", account, request.url.path) +
         canonical_query(request.url.query, reading);
}

// Parameters with a second '=' are left out by some readers, and so by some writers.
std::string without_double_equals(std::string_view raw) {
  std::string out;
  while (!raw.empty()) {
    const std::string_view piece = raw.substr(0, raw.find('&'));
    raw.remove_prefix(std::min(piece.size() + 1, raw.size()));
    if (std::count(piece.begin(), piece.end(), '=') > 1) continue;
    out.append(out.empty() ? "" : "&").append(piece);
  }
  return out;
}

std::string blob_text(const Request& request, std::string_view account,
                      std::string_view content_length, const Reading& reading) {
  return head_lines(request, content_length, "x-ms-date") +
         canonical_headers(request, "x-ms-", reading.order) +
         fmt::format("/{}{}", account, request.url.path) +
         canonical_query(request.url.query, reading);
}

// What a client will send as Content-Length; empty for methods without a body.
std::string content_length_to_send(const Request& request) {
  const bool has_body_method =
      request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  const std::uint64_t size = request.source ? request.source->size() : request.body.size();
  return has_body_method || size > 0 ? std::to_string(size) : "";
}

std::string without_zero(std::string text) { return text == "0" ? "" : text; }

constexpr Reading blob_reading{.names = Names::lower_case};

}  // namespace

Result<SharedKey> SharedKey::parse(std::string_view account, std::string_view base64_key) {
  if (account.empty()) return fail(Code::invalid_argument, "the account name is empty");
  auto key = base64_decode(trim(base64_key));
  if (!key || key->empty()) {
    return fail(
        Code::invalid_argument,
        fmt::format("the key of account '{}' is not Base64; copy it again, whole", account));
  }
  return SharedKey{std::string(account), *std::move(key)};
}

std::string batch_string_to_sign(const Request& request, std::string_view account) {
  return batch_text(request, account, content_length_to_send(request), {});
}

std::string blob_string_to_sign(const Request& request, std::string_view account) {
  return blob_text(request, account, without_zero(content_length_to_send(request)), blob_reading);
}

std::string signature(const SharedKey& key, std::string_view string_to_sign) {
  return base64_encode(hmac_sha256(key.key, string_to_sign));
}

Result<Response> Signed::send(const Request& request, std::stop_token stop) {
  Request copy = request;
  const std::string date = clock_.now().rfc1123();
  std::string text;
  if (protocol_ == Protocol::batch) {
    copy.headers.set("ocp-date", date);
    text = batch_string_to_sign(copy, key_.account);
  } else {
    copy.headers.set("x-ms-date", date);
    if (!copy.headers.contains("x-ms-version"))
      copy.headers.set("x-ms-version", std::string(default_blob_version));
    text = blob_string_to_sign(copy, key_.account);
  }
  copy.headers.set("Authorization",
                   fmt::format("SharedKey {}:{}", key_.account, signature(key_, text)));
  return next_.send(copy, std::move(stop));
}

namespace {

Error refused(Code code, int status, std::string_view service_code, std::string message) {
  Error error = fail(code, std::move(message));
  error.http_status = status;
  error.service_code = service_code;
  return error;
}

Error not_authenticated(std::string message) {
  return refused(Code::permission, 403, "AuthenticationFailed", std::move(message));
}

// The signature in "SharedKey account:signature".
Result<std::string> read_authorization(const Request& request, const SharedKey& key) {
  const auto header = request.headers.find("Authorization");
  if (!header) return not_authenticated("the request has no Authorization header");
  const std::string_view text = trim(*header);
  const std::size_t blank = text.find(' ');
  const std::size_t colon = text.find(':', std::min(blank, text.size()));
  const std::string_view scheme = text.substr(0, blank);
  if (colon == text.npos || !equal_ignoring_case(scheme, "SharedKey") || colon + 1 == text.size())
    return refused(Code::invalid_argument, 400, "InvalidAuthenticationInfo",
                   "the Authorization header is not of the form 'SharedKey account:signature'");
  const std::string_view account = trim(text.substr(blank, colon - blank));
  if (account != key.account)
    return not_authenticated(fmt::format("the account '{}' is unknown here", account));
  return std::string(text.substr(colon + 1));
}

Status check_date(const Request& request, std::string_view date_header, Timestamp now) {
  const auto header = request.headers.contains(date_header) ? request.headers.find(date_header)
                                                            : request.headers.find("Date");
  if (!header)
    return not_authenticated(fmt::format("the request has neither {} nor Date", date_header));
  const auto date = Timestamp::parse(trim(*header));
  if (!date) return not_authenticated(fmt::format("its date '{}' cannot be read", *header));
  if (std::chrono::abs(now.at - date->at) > signature_lifetime)
    return not_authenticated(fmt::format(
        "its date '{}' is more than 15 minutes from the service's, {}", *header, now.rfc1123()));
  return ok();
}

using TextWriter = std::string (*)(const Request&, std::string_view account,
                                   std::string_view content_length, const Reading&);

// Whether `given` signs a reading of the request, the plainest tried first. The time taken tells
// which reading matched, which is no secret, and nothing about a signature that does not match.
bool signs_a_reading(const Request& request, const SharedKey& key, std::string_view given,
                     TextWriter write, std::initializer_list<HeaderOrder> orders) {
  const std::string_view sent = request.headers.get("Content-Length");
  for (const auto order : orders)
    for (const auto values : {Values::plain, Values::plus_is_blank})
      for (const auto names : {Names::as_sent, Names::lower_case})
        for (const std::string_view length : {sent, std::string_view(""), std::string_view("0")}) {
          const std::string text = write(request, key.account, length, {names, values, order});
          if (equal_in_constant_time(signature(key, text), given)) return true;
        }
  return false;
}

constexpr auto batch_orders = {HeaderOrder::bytewise};
constexpr auto blob_orders = {HeaderOrder::bytewise, HeaderOrder::without_hyphens};

Error wrong_signature(std::string_view string_to_sign) {
  return not_authenticated(fmt::format(
      "the signature is not the one that the account's key gives; the string to sign is '{}'",
      string_to_sign));
}

}  // namespace

Status verify_batch_signature(const Request& request, const SharedKey& key, Timestamp now) {
  DMS_TRY(const std::string given, read_authorization(request, key));
  DMS_CHECK(check_date(request, "ocp-date", now));
  if (signs_a_reading(request, key, given, batch_text, batch_orders)) return ok();
  return wrong_signature(
      batch_text(request, key.account, request.headers.get("Content-Length"), {}));
}

Status verify_blob_signature(const Request& request, const SharedKey& key, Timestamp now) {
  DMS_TRY(const std::string given, read_authorization(request, key));
  DMS_CHECK(check_date(request, "x-ms-date", now));
  if (signs_a_reading(request, key, given, blob_text, blob_orders)) return ok();
  Request reduced{.method = request.method, .url = request.url, .headers = request.headers};
  reduced.url.query = without_double_equals(request.url.query);
  if (reduced.url.query != request.url.query &&
      signs_a_reading(reduced, key, given, blob_text, blob_orders))
    return ok();
  return wrong_signature(blob_text(request, key.account,
                                   without_zero(std::string(request.headers.get("Content-Length"))),
                                   blob_reading));
}

}  // namespace dms
