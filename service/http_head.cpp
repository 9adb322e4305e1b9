#include "service/http_head.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "core/time.h"

namespace dms::service {
namespace {

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 'a' - 'A') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

Error bad(std::string_view what, std::string_view value) {
  return fail(Code::invalid_argument, fmt::format("{} '{}'", what, value));
}

// "host", "host:port", "[::1]:port"
Status set_authority(Url& url, std::string_view authority) {
  url.port = 80;
  const std::size_t bracket = authority.find(']');
  const std::size_t colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
  url.host = authority.substr(0, colon);
  if (url.host.empty() || authority.find_first_of("/?#@ ") != authority.npos) {
    return bad("bad host", authority);
  }
  if (colon == authority.npos || colon + 1 == authority.size()) return ok();
  const std::string_view digits = authority.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    return bad("bad port in host", authority);
  }
  return ok();
}

bool is_framing(std::string_view name) {
  for (const std::string_view framing :
       {"Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive"}) {
    if (equal_ignoring_case(name, framing)) return true;
  }
  return false;
}

// Appends text that must not end its line.
void append_line_text(std::string& head, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    head += (byte < 0x20 && c != '\t') || byte == 0x7f ? ' ' : c;
  }
}

}  // namespace

Result<Url> request_url(std::string_view target, std::string_view host) {
  Url url;
  url.scheme = "http";
  std::string_view authority = host;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!equal_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::size_t end = std::min(target.find_first_of("/?"), target.size());
    authority = target.substr(0, end);
    target.remove_prefix(end);
    if (target.empty() || target.front() == '?') url.path = "/";
    break;
  }
  if (url.path.empty() && !target.starts_with('/') && target != "*") {
    return bad("bad request target", target);
  }
  DMS_CHECK(set_authority(url, authority));
  const std::size_t question = std::min(target.find('?'), target.size());
  url.path += target.substr(0, question);
  if (question < target.size()) url.query = target.substr(question + 1);
  return url;
}

std::optional<Answer> objection(int version, const Headers& headers) {
  if (const auto encoding = headers.find("Transfer-Encoding")) {
    if (version == 10) return plain_answer(400, "HTTP/1.0 has no transfer encodings");
    if (!equal_ignoring_case(*encoding, "chunked"))
      return plain_answer(501, "the only transfer encoding here is chunked");
  }
  const auto expect = headers.find("Expect");
  if (expect && !equal_ignoring_case(*expect, "100-continue"))
    return plain_answer(417, "the only expectation here is 100-continue");
  const auto hosts = std::count_if(headers.begin(), headers.end(), [](const auto& header) {
    return equal_ignoring_case(header.first, "Host");
  });
  if (hosts > 1 || (hosts == 0 && version > 10))
    return plain_answer(400, "a request has one Host header");
  return std::nullopt;
}

std::string format_head(const Answer& answer, std::string_view reason,
                        std::optional<std::uint64_t> length, After after) {
  std::string head = fmt::format("HTTP/1.1 {} ", answer.status);
  append_line_text(head, answer.headers.find(":reason").value_or(reason));
  head += "\r\n";
  for (const auto& [name, value] : answer.headers) {
    if (name.starts_with(':') || is_framing(name)) continue;
    append_line_text(head, name);
    head += ": ";
    append_line_text(head, value);
    head += "\r\n";
  }
  if (length) head += fmt::format("Content-Length: {}\r\n", *length);
  if (after == After::close) head += "Connection: close\r\n";
  if (after == After::kept_for_1_0) head += "Connection: keep-alive\r\n";
  head += "\r\n";
  return head;
}

Answer plain_answer(int status, std::string_view text) {
  const Timestamp now{std::chrono::floor<Ticks>(std::chrono::system_clock::now())};
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"},
                      {"Server", "Microsoft-HTTPAPI/2.0"},
                      {"Date", now.rfc1123()}},
          .body = std::string(text) + "\n"};
}

}  // namespace dms::service
