#include "node/names.h"

#include <algorithm>

namespace dms::node {
std::vector<std::string> path_parts(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const auto slash = std::min(path.find('/'), path.size());
    const auto part = path.substr(0, slash);
    if (!part.empty() && part != ".") parts.emplace_back(part);
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return parts;
}

std::string join_parts(const std::vector<std::string>& parts) {
  std::string path;
  for (const auto& part : parts) {
    if (!path.empty()) path += '/';
    path += part;
  }
  return path;
}

std::optional<std::string> clean_name(std::string_view name) {
  if (name.starts_with('/')) return std::nullopt;
  const auto parts = path_parts(name);
  if (std::find(parts.begin(), parts.end(), "..") != parts.end()) return std::nullopt;
  return join_parts(parts);
}

std::optional<std::string> link_target_inside(std::string_view name, std::string_view target) {
  if (target.empty() || target.starts_with('/')) return std::nullopt;
  auto place = path_parts(name);
  place.pop_back();  // the directory that the link stands in
  bool named = false;
  for (auto& part : path_parts(target)) {
    if (part != "..") {
      named = true;
      place.push_back(std::move(part));
    } else if (named || place.empty()) {
      return std::nullopt;
    } else {
      place.pop_back();
    }
  }
  return join_parts(place);
}

}  // namespace dms::node
