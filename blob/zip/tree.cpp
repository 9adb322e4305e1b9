#include "blob/zip/tree.h"

#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "blob/zip/ignore.h"
#include "blob/zip/names.h"
#include "core/file.h"
#include "core/utf8.h"

namespace dms::blob {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_entry_name = 65'534;  // what a header holds, less a directory's '/'

bool excluded(const std::string& name, const std::vector<std::string>& patterns) {
  const auto last = name.substr(name.rfind('/') + 1);  // npos + 1 is 0
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    if (pattern.starts_with('/')) return fnmatch(pattern.c_str() + 1, name.c_str(), 0) == 0;
    return fnmatch(pattern.c_str(), name.c_str(), 0) == 0 ||
           fnmatch(pattern.c_str(), last.c_str(), 0) == 0;
  });
}

Result<TreeEntry> entry_of(std::string name, const fs::path& path, const struct stat& facts) {
  if (!S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode) && !S_ISLNK(facts.st_mode))
    return fail(Code::invalid_argument,
                fmt::format("{} is neither file, directory nor link; exclude it", path.string()));
  if (!is_utf8(name))
    return fail(Code::invalid_argument,
                fmt::format("zipping {}: the name is not UTF-8", path.string()));
  if (name.size() > longest_entry_name)
    return fail(Code::invalid_argument,
                fmt::format("zipping {}: the name is too long", path.string()));
  // Permissions only: set-id bits have no business on another machine.
  return TreeEntry{
      .name = std::move(name),
      .path = path,
      .mode = facts.st_mode & (S_IFMT | 0777),
      .size_bytes = S_ISREG(facts.st_mode) ? static_cast<std::uint64_t>(facts.st_size) : 0};
}

// A walk down a directory, with the ignore files of the directories on its way.
class TreeWalk {
 public:
  explicit TreeWalk(const ZipOptions& options) : options_(options) {}

  Status collect(const fs::path& directory, const std::string& prefix) {
    DMS_TRY(auto file, read_ignore_file(directory));
    const bool has_file = file.has_value();
    if (has_file) levels_.push_back({prefix.size(), *std::move(file)});
    std::error_code problem;
    fs::directory_iterator entries(directory, problem);
    if (problem) return fail_errno("reading " + directory.string(), problem.value());
    for (; entries != fs::directory_iterator(); entries.increment(problem))
      DMS_CHECK(look_at(prefix + entries->path().filename().string(), entries->path()));
    if (problem) return fail_errno("reading " + directory.string(), problem.value());
    if (has_file) levels_.pop_back();
    return ok();
  }

  std::vector<TreeEntry> take() { return std::move(found_); }

 private:
  struct Level {
    std::size_t prefix_bytes;  // of names, up to the directory of the file
    IgnoreFile file;
  };

  Status look_at(std::string name, const fs::path& path) {
    if (excluded(name, options_.exclude)) return ok();
    struct stat facts {};
    if (::lstat(path.c_str(), &facts) != 0) return fail_errno("reading " + path.string(), errno);
    if (ignored(name, S_ISDIR(facts.st_mode) ? IsDirectory::yes : IsDirectory::no)) return ok();
    DMS_TRY(TreeEntry entry, entry_of(std::move(name), path, facts));
    const std::string below = entry.name + "/";
    found_.push_back(std::move(entry));
    return S_ISDIR(facts.st_mode) ? collect(path, below) : ok();
  }

  // The file nearest to the entry that says something decides.
  bool ignored(std::string_view name, IsDirectory directory) const {
    for (auto level = levels_.rbegin(); level != levels_.rend(); ++level)
      if (const auto said = level->file.verdict(name.substr(level->prefix_bytes), directory))
        return *said == Ignored::yes;
    return false;
  }

  static Result<std::optional<IgnoreFile>> read_ignore_file(const fs::path& directory) {
    const fs::path path = directory / ignore_file_name;
    struct stat facts {};
    if (::lstat(path.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode))
      return std::optional<IgnoreFile>();
    DMS_TRY(const std::string text, read_file(path.string()));
    return std::optional<IgnoreFile>(text);
  }

  const ZipOptions& options_;
  std::vector<Level> levels_;  // from the top down
  std::vector<TreeEntry> found_;
};

}  // namespace

Result<std::vector<TreeEntry>> list_tree(const fs::path& directory, const ZipOptions& options) {
  std::error_code problem;
  if (!fs::is_directory(directory, problem)) {
    if (problem) return fail_errno("reading " + directory.string(), problem.value());
    return fail(Code::invalid_argument, directory.string() + " is not a directory");
  }
  TreeWalk walk(options);
  DMS_CHECK(walk.collect(directory, ""));
  auto entries = walk.take();
  std::sort(entries.begin(), entries.end(),
            [](const TreeEntry& a, const TreeEntry& b) { return a.name < b.name; });
  return entries;
}

}  // namespace dms::blob
