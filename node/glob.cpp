#include "node/glob.h"

#include <algorithm>
#include <string>

#include "node/utf8.h"

namespace dms::node {
namespace {

// Characters as numbers that sort like their code points. A byte that is no UTF-8 stands for
// itself, so that any file name can be matched.
std::u32string characters(std::string_view text) {
  std::u32string result;
  while (!text.empty()) {
    char32_t character = 0;
    const auto part = text.substr(0, std::max<std::size_t>(utf8_sequence(text), 1));
    for (const char byte : part) character = character << 8 | static_cast<unsigned char>(byte);
    result += character;
    text.remove_prefix(part.size());
  }
  return result;
}

// Matches one character against the bracket that opens at `at`. Sets `at` behind its end, or
// leaves it when the bracket is not closed.
bool bracket_matches(std::u32string_view pattern, std::size_t& at, char32_t character) {
  std::size_t i = at + 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool found = false;
  for (const std::size_t first = i; i < pattern.size(); ++i) {
    if (pattern[i] == ']' && i > first) {
      at = i + 1;
      return found != negated;
    }
    const bool range = i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']';
    const char32_t low = pattern[i];
    if (range) i += 2;
    found = found || (low <= character && character <= pattern[i]);
  }
  return false;
}

// Matches one character against the pattern's element at `at`, which is not a star. Sets `at`
// behind the element on success.
bool element_matches(std::u32string_view pattern, std::size_t& at, char32_t character) {
  if (pattern[at] == '[') {
    auto behind = at;
    const bool matches = bracket_matches(pattern, behind, character);
    if (behind != at) {
      if (matches) at = behind;
      return matches;
    }
  } else if (pattern[at] == '?') {
    ++at;
    return true;
  }
  return pattern[at] == character && ++at != 0;
}

}  // namespace

bool has_wildcards(std::string_view pattern) {
  return pattern.find_first_of("*?[") != std::string_view::npos;
}

// Greedy with one point to come back to: only the last star can need to take one character more.
bool glob_matches(std::string_view pattern_text, std::string_view name_text) {
  if (name_text.starts_with('.') && !pattern_text.starts_with('.')) return false;
  const auto pattern = characters(pattern_text);
  const auto name = characters(name_text);
  constexpr auto none = std::u32string::npos;
  std::size_t p = 0;
  std::size_t n = 0;
  std::size_t behind_star = none;
  std::size_t star_took_to = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      behind_star = ++p;
      star_took_to = n;
    } else if (p < pattern.size() && element_matches(pattern, p, name[n])) {
      ++n;
    } else if (behind_star != none) {
      p = behind_star;
      n = ++star_took_to;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace dms::node
