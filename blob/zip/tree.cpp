#include "blob/zip/tree.h"

#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

namespace dms::blob {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_name = 65'534;  // what a header holds, less a directory's '/'

// Without overlong forms and surrogates.
bool is_utf8(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  for (std::size_t at = 0; at < text.size();) {
    const unsigned first = byte(at);
    const std::size_t more = first < 0x80 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
    if ((first >= 0x80 && first < 0xC2) || first > 0xF4 || at + more >= text.size()) return false;
    for (std::size_t i = 1; i <= more; ++i)
      if ((byte(at + i) & 0xC0) != 0x80) return false;
    if ((first == 0xE0 && byte(at + 1) < 0xA0) || (first == 0xED && byte(at + 1) >= 0xA0) ||
        (first == 0xF0 && byte(at + 1) < 0x90) || (first == 0xF4 && byte(at + 1) >= 0x90))
      return false;
    at += more + 1;
  }
  return true;
}

bool excluded(const std::string& name, const std::vector<std::string>& patterns) {
  const auto last = name.substr(name.rfind('/') + 1);  // npos + 1 is 0
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    if (pattern.starts_with('/')) return fnmatch(pattern.c_str() + 1, name.c_str(), 0) == 0;
    return fnmatch(pattern.c_str(), name.c_str(), 0) == 0 ||
           fnmatch(pattern.c_str(), last.c_str(), 0) == 0;
  });
}

Result<TreeEntry> look_at(std::string name, const fs::path& path) {
  struct stat facts {};
  if (::lstat(path.c_str(), &facts) != 0) return fail_errno("reading " + path.string(), errno);
  if (!S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode) && !S_ISLNK(facts.st_mode))
    return fail(Code::invalid_argument,
                fmt::format("{} is neither file, directory nor link; exclude it", path.string()));
  if (!is_utf8(name))
    return fail(Code::invalid_argument,
                fmt::format("zipping {}: the name is not UTF-8", path.string()));
  if (name.size() > longest_name)
    return fail(Code::invalid_argument,
                fmt::format("zipping {}: the name is too long", path.string()));
  // Permissions only: set-id bits have no business on another machine.
  return TreeEntry{
      .name = std::move(name),
      .path = path,
      .mode = facts.st_mode & (S_IFMT | 0777),
      .size_bytes = S_ISREG(facts.st_mode) ? static_cast<std::uint64_t>(facts.st_size) : 0};
}

Status collect(const fs::path& directory, const std::string& prefix, const ZipOptions& options,
               std::vector<TreeEntry>& out) {
  std::error_code problem;
  fs::directory_iterator entries(directory, problem);
  if (problem) return fail_errno(fmt::format("reading {}", directory.string()), problem.value());
  for (; entries != fs::directory_iterator(); entries.increment(problem)) {
    std::string name = prefix + entries->path().filename().string();
    if (excluded(name, options.exclude)) continue;
    DMS_TRY(TreeEntry entry, look_at(std::move(name), entries->path()));
    out.push_back(entry);
    if (S_ISDIR(entry.mode)) DMS_CHECK(collect(entry.path, entry.name + "/", options, out));
  }
  if (problem) return fail_errno(fmt::format("reading {}", directory.string()), problem.value());
  return ok();
}

}  // namespace

Result<std::vector<TreeEntry>> list_tree(const fs::path& directory, const ZipOptions& options) {
  std::error_code problem;
  if (!fs::is_directory(directory, problem)) {
    if (problem) return fail_errno("reading " + directory.string(), problem.value());
    return fail(Code::invalid_argument, directory.string() + " is not a directory");
  }
  std::vector<TreeEntry> entries;
  DMS_CHECK(collect(directory, "", options, entries));
  std::sort(entries.begin(), entries.end(),
            [](const TreeEntry& a, const TreeEntry& b) { return a.name < b.name; });
  return entries;
}

}  // namespace dms::blob
