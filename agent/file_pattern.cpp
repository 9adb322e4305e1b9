#include "agent/file_pattern.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <optional>

namespace dms::agent {
namespace {

constexpr std::string_view any_directories = "**";

std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    if (const auto part = path.substr(0, slash); !part.empty() && part != ".")
      parts.push_back(part);
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return parts;
}

// One "[…]" at the head of a pattern. A ']' right after the head is a plain character.
struct Bracket {
  std::string_view members;
  bool negated = false;
  std::size_t length = 0;

  static std::optional<Bracket> parse(std::string_view pattern) {
    Bracket bracket;
    bracket.negated = pattern.size() > 1 && pattern[1] == '!';
    const std::size_t first = bracket.negated ? 2 : 1;
    const std::size_t end = pattern.find(']', first + 1);
    if (end == std::string_view::npos) return std::nullopt;
    bracket.members = pattern.substr(first, end - first);
    bracket.length = end + 1;
    return bracket;
  }

  bool contains(char c) const {
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (i + 2 < members.size() && members[i + 1] == '-') {
        if (members[i] <= c && c <= members[i + 2]) return !negated;
        i += 2;
      } else if (members[i] == c) {
        return !negated;
      }
    }
    return negated;
  }

  // "[*]": an escape, no wildcard.
  bool is_one_character() const { return !negated && members.size() == 1; }
};

// How many characters of the pattern match `c` at its head; nothing when they do not.
std::optional<std::size_t> match_head(std::string_view pattern, char c) {
  const auto bracket = pattern.front() == '[' ? Bracket::parse(pattern) : std::nullopt;
  if (bracket ? bracket->contains(c) : pattern.front() == '?' || pattern.front() == c)
    return bracket ? bracket->length : 1;
  return std::nullopt;
}

// Takes both from the left; where they differ, the last star takes one character more.
bool matches_text(std::string_view pattern, std::string_view text) {
  std::optional<std::string_view> after_star;
  std::string_view taken_up_to;
  for (;;) {
    if (pattern.starts_with('*')) {
      pattern.remove_prefix(1);
      after_star = pattern;
      taken_up_to = text;
      continue;
    }
    if (pattern.empty() && text.empty()) return true;
    const auto length =
        pattern.empty() || text.empty() ? std::nullopt : match_head(pattern, text.front());
    if (length) {
      pattern.remove_prefix(*length);
      text.remove_prefix(1);
    } else if (after_star && !taken_up_to.empty()) {
      taken_up_to.remove_prefix(1);
      pattern = *after_star;
      text = taken_up_to;
    } else {
      return false;
    }
  }
}

// The name that a part without wildcards stands for, its escapes resolved; nothing for a wildcard.
std::optional<std::string> fixed_name(std::string_view part) {
  std::string name;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] == '*' || part[i] == '?') return std::nullopt;
    const auto bracket = part[i] == '[' ? Bracket::parse(part.substr(i)) : std::nullopt;
    if (bracket && !bracket->is_one_character()) return std::nullopt;
    name += bracket ? bracket->members.front() : part[i];
    if (bracket) i += bracket->length - 1;
  }
  return name;
}

enum class Kind { none, file, directory };

Kind kind_of(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return Kind::none;
  return S_ISREG(info.st_mode) ? Kind::file : S_ISDIR(info.st_mode) ? Kind::directory : Kind::none;
}

bool is_link(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode);
}

std::vector<std::string> list_names(const std::string& directory) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(directory.c_str()), ::closedir);
  while (const dirent* entry = open ? ::readdir(open.get()) : nullptr)
    if (const std::string_view name = entry->d_name; name != "." && name != "..")
      names.emplace_back(name);
  return names;
}

// Walks the disk along a pattern: one call of `visit` per part and directory that it may lead to.
class Finder {
 public:
  Finder(const std::vector<std::string>& parts, std::string root, const std::stop_token& stop)
      : parts_(parts), root_(std::move(root)), stop_(stop) {}

  std::vector<std::string> find(const std::string& start) {
    if (!parts_.empty()) visit(0, start);
    std::sort(found_.begin(), found_.end());
    found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
    return std::move(found_);
  }

 private:
  // `path` is the part of the answer so far: empty, or ending in '/'.
  void visit(std::size_t at, const std::string& path) {
    if (stop_.stop_requested()) return;
    if (const auto name = fixed_name(parts_[at])) return enter(at, path, *name);
    const bool deep = parts_[at] == any_directories;
    if (deep) visit(at + 1, path);
    for (const std::string& name : list_names(root_ + path)) {
      if (deep && !name.starts_with('.')) descend(at, path + name);
      if (!deep && matches_name(parts_[at], name)) enter(at, path, name);
    }
  }

  void enter(std::size_t at, const std::string& path, const std::string& name) {
    const Kind kind = kind_of(root_ + path + name);
    if (at + 1 == parts_.size()) {
      if (kind == Kind::file) found_.push_back(path + name);
    } else if (kind == Kind::directory) {
      visit(at + 1, path + name + "/");
    }
  }

  void descend(std::size_t at, const std::string& path) {
    if (kind_of(root_ + path) == Kind::directory && !is_link(root_ + path)) visit(at, path + "/");
  }

  const std::vector<std::string>& parts_;
  const std::string root_;
  const std::stop_token& stop_;
  std::vector<std::string> found_;
};

}  // namespace

bool matches_name(std::string_view pattern, std::string_view name) {
  if (name.starts_with('.') && !pattern.starts_with('.')) return false;
  return matches_text(pattern, name);
}

FilePattern::FilePattern(std::string_view text) : absolute_(text.starts_with('/')) {
  const auto parts = split_path(text);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool deep = parts[i].starts_with(any_directories);
    const auto rest = deep ? parts[i].substr(any_directories.size()) : parts[i];
    if (deep && (parts_.empty() || parts_.back() != any_directories))
      parts_.emplace_back(any_directories);
    if (!rest.empty())
      parts_.push_back((deep ? "*" : "") + std::string(rest));
    else if (i + 1 == parts.size())
      parts_.emplace_back("*");
  }
  while (fixed_parts_ < parts_.size() && fixed_name(parts_[fixed_parts_])) ++fixed_parts_;
}

std::vector<std::string> FilePattern::find_files(const std::string& directory,
                                                 const std::stop_token& stop) const {
  return Finder(parts_, absolute_ ? "" : directory + "/", stop).find(absolute_ ? "/" : "");
}

std::string FilePattern::blob_name(std::string_view path, std::string_view destination) const {
  const auto names = split_path(path);
  while (destination.starts_with('/')) destination.remove_prefix(1);
  if (!has_wildcard())
    return std::string(destination.empty() && !names.empty() ? names.back() : destination);
  while (destination.ends_with('/')) destination.remove_suffix(1);
  std::string blob(destination);
  for (std::size_t i = fixed_parts_; i < names.size(); ++i) {
    if (!blob.empty()) blob += '/';
    blob += names[i];
  }
  return blob;
}

}  // namespace dms::agent
