// Texts of HTTP heads: targets, hosts, URLs, queries, dates, answers. The input is a target, a
// line break, a host, a line break, and any text.
#include <algorithm>

#include "core/http.h"
#include "core/time.h"
#include "service/http_head.h"
#include "tests/fuzz/fuzz.h"

using namespace dms;
using namespace dms::service;

namespace {

void check_request_url(std::string_view target, std::string_view host) {
  const auto url = request_url(target, host);
  if (!url) return;
  fuzz::require(!url->host.empty() && !url->path.empty(), "a URL has a host and a path", target);
  if (target.starts_with('/') && !target.ends_with('?'))
    fuzz::require(url->target() == target, "a target keeps its bytes", target);
}

void check_url(std::string_view text) {
  redact_url(text);
  const auto url = Url::parse(text);
  if (!url) return;
  const std::string written = url->to_string();
  const auto again = Url::parse(written);
  fuzz::require(again && again->to_string() == written, "a URL is read as it was written", written);
  fuzz::require(again->origin() == url->origin() && again->target() == url->target(),
                "and means the same", written);
}

void check_query(std::string_view text) {
  fuzz::require(percent_decode(percent_encode(text)) == text, "encoding is undone", text);
  const Query query = parse_query(text);
  const std::string written = format_query(query);
  fuzz::require(format_query(parse_query(written)) == written, "a query is written alike", written);
}

void check_times(std::string_view text) {
  if (const auto moment = Timestamp::parse(text)) {
    fuzz::require(Timestamp::parse(moment->iso8601()).value() == *moment, "ISO 8601 is read", text);
    fuzz::require(Timestamp::parse(moment->rfc1123()).has_value(), "RFC 1123 is read", text);
    moment->etag();
  }
  if (const auto span = Duration::parse(text))
    fuzz::require(Duration::parse(span->iso8601()).value() == *span, "a span is read", text);
}

void check_answer(std::string_view name, std::string_view value) {
  const Answer answer{.headers = {{std::string(name), std::string(value)}, {"A", "b"}}};
  const std::string head = format_head(answer, value, 0, After::close);
  const bool left_out = std::count(head.begin(), head.end(), '\n') == 5;
  fuzz::require(left_out || std::count(head.begin(), head.end(), '\n') == 6,
                "no header breaks its line", head);
  fuzz::require(head.find("\r\n\r\n") == head.size() - 4, "only the end is an empty line", head);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::text_of(data, size);
  const std::string_view target = fuzz::take_until(text, "\n");
  const std::string_view host = fuzz::take_until(text, "\n");
  check_request_url(target, host);
  check_url(target);
  check_query(target);
  check_times(text);
  check_answer(host, text);
  return 0;
}
