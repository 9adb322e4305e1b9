#include "blob/checked_sink.h"

#include <fmt/format.h>

#include <charconv>

namespace dms::blob {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || problem != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::uint64_t> content_length(const Headers& headers) {
  return number(headers.get("Content-Length"));
}

std::optional<std::uint64_t> whole_length(const Headers& headers) {
  const auto text = headers.get("Content-Range");
  const auto slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  return number(text.substr(slash + 1));
}

Status CheckedSink::begin(int status, const Headers& headers) {
  received_bytes_ = 0;
  md5_ = Md5();
  expected_bytes_ = content_length(headers);
  // With a range, Content-MD5 is about the range; the whole's has a name of its own.
  const bool whole = status == 206 && expected_bytes_ && expected_bytes_ == whole_length(headers);
  expected_md5_ = status == 200 ? headers.get("Content-MD5")
                  : whole       ? headers.get("x-ms-blob-content-md5")
                                : "";
  if (content_md5_ == ContentMd5::ignored) expected_md5_.clear();
  return restart(expected_bytes_.value_or(0));
}

Status CheckedSink::write(std::span<const char> bytes) {
  received_bytes_ += bytes.size();
  if (!expected_md5_.empty()) md5_.update(bytes);
  return keep(bytes);
}

Status CheckedSink::check() {
  if (expected_bytes_ && *expected_bytes_ != received_bytes_)
    return fail(Code::corrupt, fmt::format("{} bytes came where {} were announced", received_bytes_,
                                           *expected_bytes_));
  if (expected_md5_.empty()) return ok();
  const auto md5 = base64_encode(md5_.finish());
  if (md5 != expected_md5_)
    return fail(Code::corrupt,
                fmt::format("the content's MD5 is {}, the service's is {}", md5, expected_md5_));
  return ok();
}

}  // namespace dms::blob
