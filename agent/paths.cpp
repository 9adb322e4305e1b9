#include "agent/paths.h"

#include <sys/stat.h>

#include <cerrno>

namespace dms::agent {

Result<std::vector<std::string>> parts_below(std::string_view path) {
  const auto refused = [&](std::string_view why) {
    return fail(Code::invalid_argument, "the path '" + std::string(path) + "' " + std::string(why));
  };
  if (path.starts_with('/')) return refused("must be relative");
  if (path.find('\0') != std::string_view::npos) return refused("holds a NUL");
  std::vector<std::string> parts;
  for (std::string_view rest = path; !rest.empty();) {
    const std::size_t slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    if (part == "..") return refused("must not hold '..'");
    if (!part.empty() && part != ".") parts.emplace_back(part);
    rest.remove_prefix(slash == std::string_view::npos ? rest.size() : slash + 1);
  }
  if (parts.empty()) return refused("names nothing");
  return parts;
}

// The innermost is tried first: mostly all above it exist.
Status make_directories(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) == 0 || errno == EEXIST) return ok();
  if (errno != ENOENT || path.empty() || path == "/" || path == ".")
    return fail_errno("making the directory " + path, errno);
  DMS_CHECK(make_directories(directory_of(path), mode));
  if (::mkdir(path.c_str(), mode) == 0 || errno == EEXIST) return ok();
  return fail_errno("making the directory " + path, errno);
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace dms::agent
