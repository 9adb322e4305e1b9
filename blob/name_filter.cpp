#include "blob/name_filter.h"

#include <algorithm>
#include <optional>

namespace dms::blob {
namespace {

std::string_view without_slashes(std::string_view pattern) {
  while (pattern.ends_with('/')) pattern.remove_suffix(1);
  while (pattern.starts_with('/')) pattern.remove_prefix(1);
  return pattern;
}

// "/*.txt" has its slash in front: about the whole path, too.
bool is_anchored(std::string_view pattern) {
  while (pattern.ends_with('/')) pattern.remove_suffix(1);
  return pattern.find('/') != pattern.npos;
}

// Calls `test` with the name and every folder above it, until one passes.
template <class Test>
bool any_ancestor(std::string_view name, Test test) {
  for (auto end = name.size(); end != name.npos;
       end = end == 0 ? name.npos : name.rfind('/', end - 1))
    if (test(name.substr(0, end))) return true;
  return false;
}

std::string_view last_part(std::string_view name) { return name.substr(name.rfind('/') + 1); }

bool fits(std::string_view pattern, std::string_view name) {
  const auto plain = without_slashes(pattern);
  const bool whole = is_anchored(pattern);
  return any_ancestor(
      name, [&](std::string_view path) { return matches(plain, whole ? path : last_part(path)); });
}

bool any_fits(const std::vector<std::string>& patterns, std::string_view name) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return fits(pattern, name); });
}

// What every name that the pattern fits begins with: "runs/7" of "runs/7*/out.txt".
std::string root_of(std::string_view pattern) {
  if (!is_anchored(pattern)) return "";
  const auto plain = without_slashes(pattern);
  return std::string(plain.substr(0, plain.find_first_of("*?")));
}

}  // namespace

bool matches(std::string_view pattern, std::string_view text) {
  // Goes back to the last star that can take one character more: to a narrow one until a slash
  // stops it, then to the wide one before it.
  struct Star {
    std::size_t next;  // in the pattern, behind it
    std::size_t end;   // in the text, of what it takes
  };
  std::optional<Star> narrow, wide;
  std::size_t p = 0, t = 0;
  while (true) {
    const auto rest = pattern.substr(p);
    if (rest.starts_with("**")) {
      p += 2;
      wide = Star{p, t};
      narrow.reset();
    } else if (rest.starts_with('*')) {
      narrow = Star{++p, t};
    } else if (t < text.size() && !rest.empty() &&
               (rest[0] == text[t] || (rest[0] == '?' && text[t] != '/'))) {
      ++p;
      ++t;
    } else if (t == text.size() && rest.empty()) {
      return true;
    } else if (narrow && narrow->end < text.size() && text[narrow->end] != '/') {
      p = narrow->next;
      t = ++narrow->end;
    } else if (wide && wide->end < text.size()) {
      narrow.reset();
      p = wide->next;
      t = ++wide->end;
    } else {
      return false;
    }
  }
}

bool NameFilter::takes(std::string_view name) const {
  return (include.empty() || any_fits(include, name)) && !any_fits(exclude, name);
}

bool NameFilter::may_take_below(std::string_view folder) const {
  if (any_fits(exclude, folder)) return false;
  const auto prefixes = roots();
  const std::string below = std::string(folder) + "/";
  return std::any_of(prefixes.begin(), prefixes.end(), [&](const std::string& root) {
    return root.starts_with(below) || below.starts_with(root);
  });
}

std::vector<std::string> NameFilter::roots() const {
  std::vector<std::string> all;
  for (const auto& pattern : include) all.push_back(root_of(pattern));
  std::sort(all.begin(), all.end());
  // What begins like another root is in it.
  std::vector<std::string> least;
  for (auto& root : all)
    if (least.empty() || !root.starts_with(least.back())) least.push_back(std::move(root));
  if (least.empty()) least.emplace_back();
  return least;
}

}  // namespace dms::blob
