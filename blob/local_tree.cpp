#include "blob/local_tree.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace dms::blob {
namespace {

namespace fs = std::filesystem;

EntryKind kind_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return EntryKind::file;
    case S_IFDIR: return EntryKind::folder;
    case S_IFLNK: return EntryKind::link;
    default: return EntryKind::other;
  }
}

bool is_partial_download(std::string_view name) {
  return name.starts_with('.') && name.ends_with(".dmsbatch-part");
}

Result<std::vector<std::string>> names_in(const fs::path& directory) {
  std::vector<std::string> names;
  std::error_code problem;
  fs::directory_iterator it(directory, problem);
  for (; !problem && it != fs::directory_iterator(); it.increment(problem))
    names.push_back(it->path().filename().string());
  if (problem) return fail_errno("reading " + directory.string(), problem.value());
  std::sort(names.begin(), names.end());
  return names;
}

struct FolderWalk {
  const NameFilter& filter;
  const WalkSteps& steps;

  void folder(const fs::path& path, const std::vector<std::string>& names,
              const std::string& prefix) const {
    for (const auto& name : names)
      if (!is_partial_download(name)) entry(path / name, prefix + name);
  }

  void entry(const fs::path& path, const std::string& name) const {
    auto found = look_at(path, name);
    if (!found) return fail(name, std::move(found).error());
    if (found->kind != EntryKind::folder) return take(*std::move(found));
    if (!filter.may_take_below(name)) return;
    const auto names = names_in(path);
    if (!names) return steps.fail(name, names.error());
    return names->empty() ? take(*std::move(found)) : folder(path, *names, name + "/");
  }

  void take(LocalEntry&& found) const {
    if (filter.takes(found.name)) steps.take(std::move(found));
  }
  void fail(const std::string& name, Error error) const {
    if (filter.takes(name)) steps.fail(name, std::move(error));
  }
};

std::vector<std::string_view> parts_between_slashes(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    parts.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

}  // namespace

Result<LocalEntry> look_at(const fs::path& path, std::string name) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return fail_errno("reading " + path.string(), errno);
  LocalEntry entry{.name = std::move(name), .kind = kind_of(info.st_mode), .mode = info.st_mode};
  if (entry.kind == EntryKind::file) entry.size_bytes = static_cast<std::uint64_t>(info.st_size);
  if (entry.kind != EntryKind::link) return entry;
  std::error_code problem;
  entry.target = fs::read_symlink(path, problem).string();
  if (problem) return fail_errno("reading the link " + path.string(), problem.value());
  return entry;
}

Status walk(const fs::path& directory, const NameFilter& filter, const WalkSteps& steps) {
  DMS_TRY(const auto names, names_in(directory));
  FolderWalk{filter, steps}.folder(directory, names, "");
  return ok();
}

Status check_local_name(std::string_view name) {
  for (const auto part : parts_between_slashes(name))
    if (part.empty() || part == "." || part == ".." || part.find('\0') != part.npos)
      return fail(Code::invalid_argument,
                  fmt::format("the blob '{}' cannot be a file below a directory", name));
  return ok();
}

bool stays_inside(std::string_view link, std::string_view target) {
  if (target.empty() || target.starts_with('/')) return false;
  auto depth = parts_between_slashes(link).size() - 1;
  bool descended = false;
  for (const auto part : parts_between_slashes(target)) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      descended = true;
    } else if (descended || depth == 0) {
      return false;
    } else {
      --depth;
    }
  }
  return true;
}

}  // namespace dms::blob
