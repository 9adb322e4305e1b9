#include "node/collect.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "node/glob.h"
#include "node/names.h"

namespace dms::node {
namespace {

std::string join(const std::string& base, const std::string& name) {
  return base.empty() ? name : base + '/' + name;
}

// A thing that went away between two looks is as good as never seen.
bool is_gone(int error_number) { return error_number == ENOENT || error_number == ENOTDIR; }

// The names in a directory, sorted, without "." and "..".
Status list_directory(const std::string& path, std::vector<std::string>& names) {
  const char* const open_path = path.empty() ? "." : path.c_str();
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(open_path), closedir);
  if (!directory) {
    return is_gone(errno) ? Status() : fail_errno("reading the directory " + path, errno);
  }
  errno = 0;
  while (const dirent* const entry = readdir(directory.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  if (errno != 0) return fail_errno("reading the directory " + path, errno);
  std::sort(names.begin(), names.end());
  return {};
}

bool is_directory(const std::string& path) {
  struct stat facts = {};
  return stat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode);
}

bool is_directory_itself(const std::string& path) {
  struct stat facts = {};
  return lstat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode);
}

std::string read_link(const std::string& path, off_t size) {
  std::string target(static_cast<std::size_t>(std::max<off_t>(size, 255)) + 1, '\0');
  const auto length = readlink(path.c_str(), target.data(), target.size());
  target.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
  return target;
}

// "**/**" is "**", and "**/*" matches what "**" matches.
std::vector<std::string> without_repetition(const std::vector<std::string>& parts) {
  std::vector<std::string> result;
  for (const auto& part : parts) {
    if (part != "**" || result.empty() || result.back() != "**") result.push_back(part);
  }
  if (result.size() >= 2 && result.back() == "*" && result[result.size() - 2] == "**") {
    result.pop_back();
  }
  return result;
}

}  // namespace

Status Collector::add_pattern(const std::string& pattern) {
  const auto name = clean_name(pattern);
  if (pattern.empty() || !name) {
    return {Exit::usage, "pattern '" + pattern +
                             "': must be relative and stay below the current directory; "
                             "give a file from elsewhere as --also NAME=PATH"};
  }
  matches_ = 0;
  struct stat facts = {};
  if (name->empty()) {
    ++matches_;
    DMS_NODE_CHECK(add_all_below(""));
  } else if (lstat(name->c_str(), &facts) == 0) {
    DMS_NODE_CHECK(add(*name, Below::everything));
  } else {
    DMS_NODE_CHECK(expand("", without_repetition(path_parts(*name)), 0));
  }
  if (matches_ == 0) problems_.push_back("no file matches '" + pattern + "'");
  return {};
}

Status Collector::add_also(const std::string& name, const std::string& path) {
  const auto cleaned = clean_name(name);
  if (!cleaned || cleaned->empty()) {
    return {Exit::usage, "--also " + name + "=" + path +
                             ": the name in the archive must be relative and without '..'"};
  }
  Item item{.path = path};
  if (stat(path.c_str(), &item.facts) != 0) {
    return is_gone(errno) ? Status() : fail_errno("looking at " + path, errno);
  }
  if (!S_ISREG(item.facts.st_mode)) {
    return {Exit::io_error, "--also " + name + "=" + path + ": is not a regular file"};
  }
  items_[*cleaned] = std::move(item);
  return {};
}

Status Collector::expand(const std::string& base, const Parts& parts, std::size_t index) {
  if (parts[index] == "**") return expand_any_depth(base, parts, index);
  if (has_wildcards(parts[index])) return expand_wildcards(base, parts, index);
  return expand_literal(base, parts, index);
}

Status Collector::expand_literal(const std::string& base, const Parts& parts, std::size_t index) {
  const auto path = join(base, parts[index]);
  if (index + 1 == parts.size()) return add(path, Below::everything);
  return is_directory(path) ? expand(path, parts, index + 1) : Status();
}

Status Collector::expand_wildcards(const std::string& base, const Parts& parts, std::size_t index) {
  std::vector<std::string> names;
  DMS_NODE_CHECK(list_directory(base, names));
  for (const auto& name : names) {
    if (glob_matches(parts[index], name)) {
      const auto path = join(base, name);
      if (index + 1 == parts.size()) {
        DMS_NODE_CHECK(add(path, Below::everything));
      } else if (is_directory(path)) {
        DMS_NODE_CHECK(expand(path, parts, index + 1));
      }
    }
  }
  return {};
}

Status Collector::expand_any_depth(const std::string& base, const Parts& parts, std::size_t index) {
  const bool last = index + 1 == parts.size();
  if (!last) DMS_NODE_CHECK(expand(base, parts, index + 1));
  std::vector<std::string> names;
  DMS_NODE_CHECK(list_directory(base, names));
  for (const auto& name : names) {
    if (name.starts_with('.')) continue;
    const auto path = join(base, name);
    if (last) DMS_NODE_CHECK(add(path, Below::nothing));
    if (is_directory_itself(path)) DMS_NODE_CHECK(expand_any_depth(path, parts, index));
  }
  return {};
}

bool Collector::is_excluded(const struct stat& facts) const {
  return std::find(excluded_.begin(), excluded_.end(), file_id(facts)) != excluded_.end();
}

Status Collector::add(const std::string& path, Below below) {
  Item item{.path = path};
  if (lstat(path.c_str(), &item.facts) != 0) {
    return is_gone(errno) ? Status() : fail_errno("looking at " + path, errno);
  }
  if (is_excluded(item.facts)) return {};
  if (S_ISDIR(item.facts.st_mode)) {
    item.kind = Item::Kind::directory;
  } else if (S_ISLNK(item.facts.st_mode)) {
    item.kind = Item::Kind::link;
    item.link_target = read_link(path, item.facts.st_size);
  } else if (!S_ISREG(item.facts.st_mode)) {
    notes_.push_back(path + ": skipped, it is neither file, directory nor link");
    return {};
  }
  ++matches_;
  const bool walk = item.kind == Item::Kind::directory && below == Below::everything;
  items_.insert_or_assign(path, std::move(item));
  return walk ? add_all_below(path) : Status();
}

Status Collector::add_all_below(const std::string& directory) {
  std::vector<std::string> names;
  DMS_NODE_CHECK(list_directory(directory, names));
  for (const auto& name : names) DMS_NODE_CHECK(add(join(directory, name), Below::everything));
  return {};
}

Status Collector::settle_links() {
  for (auto at = items_.begin(); at != items_.end();) {
    bool keep = true;
    if (at->second.kind == Item::Kind::link) DMS_NODE_CHECK(settle(at->first, at->second, keep));
    at = keep ? std::next(at) : items_.erase(at);
  }
  // What was named through a link that stays one is there under its own name.
  const auto is_link = [this](std::string_view name) {
    const auto found = items_.find(name);
    return found != items_.end() && found->second.kind == Item::Kind::link;
  };
  std::erase_if(items_,
                [&](const auto& entry) { return !parent_that(entry.first, is_link).empty(); });
  return {};
}

Status Collector::settle(const std::string& name, Item& link, bool& keep) {
  const auto inside = link_target_inside(name, link.link_target);
  if (inside && (inside->empty() || items_.contains(*inside))) return {};
  struct stat target = {};
  if (stat(link.path.c_str(), &target) != 0) {
    if (inside && is_gone(errno)) return {};
    keep = false;
    notes_.push_back(name + ": skipped, a link to " + link.link_target + ", which is not there");
  } else if (is_excluded(target)) {
    keep = false;
  } else if (S_ISREG(target.st_mode)) {
    link.kind = Item::Kind::file;
    link.facts = target;
  } else {
    keep = false;
    problems_.push_back(name + ": a link to " + link.link_target +
                        ", which is not in the archive and no file; name the directory itself");
  }
  return {};
}

}  // namespace dms::node
