#include "models/job_file/source_text.h"

#include <algorithm>

namespace dms::models {
namespace {

std::size_t offset_of(std::string_view text, Mark mark) {
  std::size_t at = 0;
  for (int line = 1; line < mark.line; ++line) {
    const std::size_t end = text.find('\n', at);
    if (end == text.npos) return text.size();
    at = end + 1;
  }
  return std::min(text.size(), at + static_cast<std::size_t>(std::max(mark.column - 1, 0)));
}

Mark mark_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const std::size_t start = before.rfind('\n');
  return {static_cast<int>(lines) + 1,
          static_cast<int>(offset - (start == before.npos ? 0 : start + 1)) + 1};
}

}  // namespace

// The lines of the scalar are looked for one after another, from where it begins.
Mark place_in(const SourceText& source, Mark begin, std::string_view text, std::size_t offset) {
  std::size_t cursor = offset_of(source.text, begin);
  std::size_t line_start = 0;
  while (true) {
    const std::size_t line_end = std::min(text.find('\n', line_start), text.size());
    const std::string_view line = text.substr(line_start, line_end - line_start);
    const std::size_t indent = std::min(line.find_first_not_of(" \t"), line.size());
    const std::string_view content = line.substr(indent);
    const std::size_t found = source.text.find(content, cursor);
    if (found == source.text.npos) return begin;
    if (offset <= line_end) {
      const std::size_t into = offset - line_start;
      return mark_of(source.text, into >= indent ? found + (into - indent) : found);
    }
    cursor = found + content.size();
    line_start = line_end + 1;
  }
}

Error error_in(const SourceText& source, Mark begin, std::string_view text, std::size_t offset,
               std::string_view message) {
  return yaml_error(source.name, place_in(source, begin, text, offset), message);
}

}  // namespace dms::models
