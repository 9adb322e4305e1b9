#include "models/study/line_pattern.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

namespace dms::models {

namespace {

// As a message shows it.
std::string excerpt(const std::string& pattern) {
  constexpr std::size_t most = 60;
  return pattern.size() <= most ? pattern : pattern.substr(0, most) + "...";
}

}  // namespace

Result<LinePattern> LinePattern::compile(const std::string& pattern) {
  // Outputs are in whatever encoding their program writes: bytes are looked at.
  re2::RE2::Options options(re2::RE2::Latin1);
  options.set_log_errors(false);
  auto compiled = std::make_shared<const re2::RE2>(pattern, options);
  if (!compiled->ok())
    return fail(Code::invalid_argument, fmt::format("'{}' is no regular expression: {}",
                                                    excerpt(pattern), excerpt(compiled->error())));
  return LinePattern(std::move(compiled));
}

std::optional<std::string> LinePattern::find(std::string_view text) const {
  const int groups = std::min(pattern_->NumberOfCapturingGroups(), 1);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    re2::StringPiece found[2];
    if (pattern_->Match({line.data(), line.size()}, 0, line.size(), re2::RE2::UNANCHORED, found,
                        groups + 1))
      return std::string(found[groups].data() ? found[groups].as_string() : std::string());
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::nullopt;
}

}  // namespace dms::models
