#include "models/study/task_id.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace dms::models {
namespace {

bool is_legal(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

std::string in_lower_case(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

}  // namespace

void append_legal(std::string& id, std::string_view text) {
  for (const char c : text) id += is_legal(c) ? c : '_';
}

std::string pattern_text(std::string_view pattern, std::span<const std::string> names,
                         std::span<const std::string> values) {
  std::string text;
  append_legal(text, substitute(pattern, names, values));
  return text;
}

Status check_task_id_pattern(std::string_view pattern, std::span<const std::string> names) {
  DMS_CHECK(check_names_in(pattern, names));
  const std::vector<std::string> nothing(names.size());
  for (const char c : substitute(pattern, names, nothing))
    if (!is_legal(c))
      return fail(
          Code::invalid_argument,
          fmt::format("'{}' may hold letters, digits, '-', '_' and {{NAME}} only", pattern));
  return ok();
}

Status check_task_ids(std::string_view pattern, const ParameterSpace& space) {
  const auto text_of = [&](std::uint64_t index) {
    return in_lower_case(pattern_text(pattern, space.names(), space.point(index)));
  };
  std::vector<std::pair<std::uint64_t, std::uint32_t>> by_hash;
  by_hash.reserve(space.size());
  for (std::uint64_t index = 0; index < space.size(); ++index) {
    const std::string text = text_of(index);
    if (text.empty() || text.size() > longest_pattern_text)
      return fail(
          Code::invalid_argument,
          fmt::format("run {} ({}) would be '{}', which has {} characters: there can be 1 "
                      "to {} before the digest",
                      index + 1, space.describe(index), text, text.size(), longest_pattern_text));
    by_hash.emplace_back(std::hash<std::string>{}(text), static_cast<std::uint32_t>(index));
  }
  std::sort(by_hash.begin(), by_hash.end());
  std::optional<std::pair<std::uint32_t, std::uint32_t>> same;  // the first one that comes again
  for (std::size_t at = 1; at < by_hash.size(); ++at) {
    const auto [hash, second] = by_hash[at];
    const auto [hash_before, first] = by_hash[at - 1];
    if (hash == hash_before && (!same || second < same->second) &&
        text_of(first) == text_of(second))
      same = {first, second};
  }
  if (!same) return ok();
  return fail(Code::invalid_argument,
              fmt::format("runs {} ({}) and {} ({}) would both be '{}'; put what tells them apart "
                          "into the pattern",
                          same->first + 1, space.describe(same->first), same->second + 1,
                          space.describe(same->second), text_of(same->first)));
}

}  // namespace dms::models
