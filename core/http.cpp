#include "core/http.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/fields.h"

namespace dms {

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const auto& [key, value] : entries_)
    if (equal_ignoring_case(key, name)) return value;
  return std::nullopt;
}

void Headers::set(std::string_view name, std::string value) {
  erase(name);
  entries_.emplace_back(name, std::move(value));
}

void Headers::add(std::string name, std::string value) {
  entries_.emplace_back(std::move(name), std::move(value));
}

void Headers::erase(std::string_view name) {
  std::erase_if(entries_, [&](const Entry& e) { return equal_ignoring_case(e.first, name); });
}

namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Every byte that is neither unreserved nor in `kept` becomes %XX.
std::string encode_except(std::string_view text, std::string_view kept) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c) || kept.find(c) != kept.npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    }
  }
  return out;
}

}  // namespace

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string percent_encode(std::string_view text, Slashes slashes) {
  return encode_except(text, slashes == Slashes::keep ? "/" : "");
}

std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
      if (high >= 0 && low >= 0) {
        out += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

namespace {

std::uint16_t default_port(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

// The URL is shown without its secrets.
Error bad_url(std::string_view text, std::string_view why) {
  return fail(Code::invalid_argument,
              fmt::format("'{}' is not an http or https URL: {}", redact_url(text), why));
}

bool holds_blank_or_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7f;
  });
}

// Splits "host:port", "[::1]:port" or a bare host. False when it is neither.
bool split_authority(std::string_view authority, Url& url) {
  const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
  if (bracket == authority.npos) return false;
  const std::size_t colon = authority.find(':', bracket);
  url.host = authority.substr(0, colon);
  if (url.host.empty() || url.host == "[]") return false;
  if (bracket != 0 && url.host.size() != bracket + 1) return false;
  if (colon == authority.npos) return true;
  const std::string_view digits = authority.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
  return error == std::errc{} && end == digits.data() + digits.size() && url.port != 0;
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == text.npos) return bad_url(text, "it must start with http:// or https://");
  if (holds_blank_or_control(text)) return bad_url(text, "it holds a blank or control character");
  Url url;
  for (const std::string_view scheme : {"http", "https"})
    if (equal_ignoring_case(text.substr(0, scheme_end), scheme)) url.scheme = scheme;
  if (url.scheme.empty()) return bad_url(text, "it must start with http:// or https://");
  url.port = default_port(url.scheme);

  std::string_view rest = text.substr(scheme_end + 3);
  rest = rest.substr(0, rest.find('#'));
  const std::size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  const std::string_view authority = rest.substr(0, authority_end);
  if (authority.find('@') != authority.npos)
    return bad_url(text, "user names and passwords do not belong in it");
  if (!split_authority(authority, url)) return bad_url(text, "its host or port is wrong");

  rest.remove_prefix(authority_end);
  const std::size_t question = std::min(rest.find('?'), rest.size());
  url.path = question == 0 ? "/" : rest.substr(0, question);
  if (question < rest.size()) url.query = rest.substr(question + 1);
  return url;
}

std::string Url::origin() const {
  std::string text = scheme + "://" + host;
  if (port != 0 && port != default_port(scheme)) text += fmt::format(":{}", port);
  return text;
}

std::string Url::target() const { return query.empty() ? path : path + "?" + query; }

std::string Url::to_string() const { return origin() + target(); }

namespace {

constexpr std::array<std::string_view, 10> secret_parameters = {
    "sig",      "signature", "token",         "access_token", "key",
    "password", "secret",    "client_secret", "accountkey",   "code"};

bool is_secret_parameter(std::string_view name) {
  return std::any_of(secret_parameters.begin(), secret_parameters.end(),
                     [&](std::string_view secret) { return equal_ignoring_case(secret, name); });
}

// "https://user:password@host" -> "https://REDACTED@host", for every URL in the text.
std::string without_userinfo(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t mark = text.find("://");
    if (mark == text.npos) return out.append(text);
    out.append(text.substr(0, mark + 3));
    text.remove_prefix(mark + 3);
    const std::size_t end = std::min(text.find_first_of("/?#\"'<> \t\r\n"), text.size());
    const std::size_t at = text.substr(0, end).rfind('@');
    if (at == text.npos) continue;
    out += "REDACTED";
    text.remove_prefix(at);
  }
}

}  // namespace

std::string redact_url(std::string_view url) {
  const std::string text = without_userinfo(url);
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    // A parameter starts after '?', '&' or ';' and its value ends where a URL in running text ends.
    const std::size_t mark = text.find_first_of("?&;", at);
    if (mark == text.npos) break;
    out.append(text, at, mark + 1 - at);
    at = mark + 1;
    const std::size_t name_end = text.find_first_of("=?&; \t\r\n", at);
    if (name_end == text.npos || text[name_end] != '=') continue;
    if (!is_secret_parameter(std::string_view(text).substr(at, name_end - at))) continue;
    const std::size_t value_end =
        std::min(text.find_first_of("&;#\"'<> \t\r\n", name_end), text.size());
    out.append(text, at, name_end + 1 - at).append("REDACTED");
    at = value_end;
  }
  return out.append(text, std::min(at, text.size()));
}

Query parse_query(std::string_view raw) {
  Query query;
  while (!raw.empty()) {
    const std::string_view piece = raw.substr(0, raw.find('&'));
    raw.remove_prefix(std::min(piece.size() + 1, raw.size()));
    if (piece.empty()) continue;
    const std::size_t equals = std::min(piece.find('='), piece.size());
    const std::string_view value = piece.substr(std::min(equals + 1, piece.size()));
    query.emplace_back(percent_decode(piece.substr(0, equals)), percent_decode(value));
  }
  return query;
}

std::string format_query(const Query& query) {
  std::string text;
  for (const auto& [name, value] : query) {
    if (!text.empty()) text += '&';
    text.append(encode_except(name, "$")).append("=").append(percent_encode(value));
  }
  return text;
}

}  // namespace dms
