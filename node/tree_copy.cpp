#include "node/tree_copy.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include "node/file.h"

namespace dms::node {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

// An open directory of the original and its counterpart, with the path for messages.
struct Pair {
  int from;
  int to;
  const std::string& path;
};

Status write_all(int fd, const char* bytes, std::size_t count, const std::string& path) {
  while (count > 0) {
    const auto written = write(fd, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_errno("copying to " + path, errno);
    bytes += written;
    count -= static_cast<std::size_t>(written);
  }
  return {};
}

Status copy_by_hand(int from, int to, const std::string& path) {
  std::array<char, 128 * 1024> buffer;
  for (;;) {
    const auto got = read(from, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("reading " + path, errno);
    if (got == 0) return {};
    DMS_NODE_CHECK(write_all(to, buffer.data(), static_cast<std::size_t>(got), path));
  }
}

// Below this, one read and one write cost less than asking for anything better.
constexpr off_t small_bytes = 64 * 1024;

Status copy_content(int from, int to, off_t size, const std::string& path) {
  if (size <= small_bytes) return copy_by_hand(from, to, path);
  if (ioctl(to, FICLONE, from) == 0) return {};
  off_t left = size;
  while (left > 0) {
    const auto copied =
        copy_file_range(from, nullptr, to, nullptr, static_cast<std::size_t>(left), 0);
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EIO))
      return fail_errno("copying to " + path, errno);
    if (copied <= 0) break;  // not on these file systems: both descriptors stand where it stopped
    left -= copied;
  }
  return copy_by_hand(from, to, path);
}

// A file that stands in the way may be a link to elsewhere, or have another name too: a new one
// takes its place.
int create_at(int directory, const char* name, mode_t mode) {
  const auto create = [&] {
    return openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode & 0777);
  };
  const int fd = create();
  if (fd >= 0 || errno != EEXIST || unlinkat(directory, name, 0) != 0) return fd;
  return create();
}

Status copy_regular(const Pair& pair, const char* name, const struct stat& facts) {
  const std::string path = pair.path + "/" + name;
  const File from(openat(pair.from, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!from.is_open()) return fail_errno("opening " + path, errno);
  File to(create_at(pair.to, name, facts.st_mode));
  if (!to.is_open()) return fail_errno("creating " + path, errno);
  DMS_NODE_CHECK(copy_content(from.fd(), to.fd(), facts.st_size, path));
  if (fchmod(to.fd(), facts.st_mode & 0777) != 0) return fail_errno("creating " + path, errno);
  const timespec times[2] = {{0, UTIME_OMIT}, facts.st_mtim};
  futimens(to.fd(), times);
  if (const int failed = to.close()) return fail_errno("copying to " + path, failed);
  return {};
}

Status copy_link(const Pair& pair, const char* name) {
  const std::string path = pair.path + "/" + name;
  std::array<char, PATH_MAX> target;
  const auto size = readlinkat(pair.from, name, target.data(), target.size() - 1);
  if (size < 0) return fail_errno("reading the link " + path, errno);
  target[static_cast<std::size_t>(size)] = '\0';
  unlinkat(pair.to, name, 0);
  if (symlinkat(target.data(), pair.to, name) != 0)
    return fail_errno("creating the link " + path, errno);
  return {};
}

Status copy_entries(const Pair& pair);

Status copy_directory(const Pair& pair, const char* name, const struct stat& facts) {
  const std::string path = pair.path + "/" + name;
  if (mkdirat(pair.to, name, 0700) != 0 && errno != EEXIST)
    return fail_errno("creating the directory " + path, errno);
  const File from(openat(pair.from, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!from.is_open()) return fail_errno("opening " + path, errno);
  const File to(openat(pair.to, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!to.is_open()) return fail_errno("copying to " + path, errno);
  DMS_NODE_CHECK(copy_entries({from.fd(), to.fd(), path}));
  if (fchmod(to.fd(), facts.st_mode & 0777) != 0) return fail_errno("creating " + path, errno);
  return {};
}

Status copy_entry(const Pair& pair, const char* name) {
  struct stat facts = {};
  if (fstatat(pair.from, name, &facts, AT_SYMLINK_NOFOLLOW) != 0)
    return fail_errno("looking at " + pair.path + "/" + name, errno);
  switch (facts.st_mode & S_IFMT) {
    case S_IFREG: return copy_regular(pair, name, facts);
    case S_IFLNK: return copy_link(pair, name);
    case S_IFDIR: return copy_directory(pair, name, facts);
    default: return {};
  }
}

// fdopendir takes the descriptor over, so it gets one of its own.
Directory open_entries(int directory) {
  const int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return nullptr;
  Directory entries(fdopendir(fd));
  if (!entries) close(fd);
  return entries;
}

bool is_dots(std::string_view name) { return name == "." || name == ".."; }

Status copy_entries(const Pair& pair) {
  const Directory entries = open_entries(pair.from);
  if (!entries) return fail_errno("reading " + pair.path, errno);
  while (const dirent* entry = readdir(entries.get()))
    if (!is_dots(entry->d_name)) DMS_NODE_CHECK(copy_entry(pair, entry->d_name));
  return {};
}

Status remove_at(int parent, const char* name, const std::string& path) {
  if (unlinkat(parent, name, 0) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR && errno != EPERM) return fail_errno("removing " + path, errno);
  const File directory(openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!directory.is_open()) return fail_errno("removing " + path, errno);
  std::vector<std::string> names;
  if (const Directory entries = open_entries(directory.fd()))
    while (const dirent* entry = readdir(entries.get()))
      if (!is_dots(entry->d_name)) names.emplace_back(entry->d_name);
  if (!names.empty()) fchmod(directory.fd(), 0700);
  for (const auto& below : names)
    DMS_NODE_CHECK(remove_at(directory.fd(), below.c_str(), path + "/" + below));
  if (unlinkat(parent, name, AT_REMOVEDIR) == 0) return {};
  return fail_errno("removing " + path, errno);
}

}  // namespace

Status copy_tree(const std::string& from, const std::string& to) {
  const File source(open(from.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!source.is_open()) return fail_errno("opening " + from, errno);
  const File target(open(to.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!target.is_open()) return fail_errno("opening " + to, errno);
  return copy_entries({source.fd(), target.fd(), to});
}

Status copy_file(const std::string& from, const std::string& to) {
  const File source(open(from.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat facts = {};
  if (!source.is_open() || fstat(source.fd(), &facts) != 0)
    return fail_errno("opening " + from, errno);
  File target(open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, facts.st_mode & 0777));
  if (!target.is_open()) return fail_errno("creating " + to, errno);
  DMS_NODE_CHECK(copy_content(source.fd(), target.fd(), facts.st_size, to));
  if (fchmod(target.fd(), facts.st_mode & 0777) != 0) return fail_errno("creating " + to, errno);
  if (const int failed = target.close()) return fail_errno("writing " + to, failed);
  return {};
}

Status remove_tree(const std::string& path) { return remove_at(AT_FDCWD, path.c_str(), path); }

}  // namespace dms::node
