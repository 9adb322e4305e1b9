#include "agent/node_root.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <vector>

#include "agent/paths.h"
#include "core/log.h"

namespace dms::agent {
namespace {

constexpr std::array open_directories{"applications", "fsmounts", "shared", "startup", "workitems"};
constexpr const char* trash_directory = "volatile/trash";

Status make_layout(const std::string& root) {
  DMS_CHECK(make_directories(root));
  for (const char* name : open_directories) DMS_CHECK(make_directories(root + "/" + name));
  DMS_CHECK(make_directories(root + "/volatile", 0700));
  return make_directories(root + "/" + trash_directory, 0700);
}

Result<UniqueFd> take_lock(const std::string& root) {
  const std::string path = root + "/volatile/agent.lock";
  DMS_TRY(UniqueFd lock, open_file(path, O_RDWR | O_CREAT, 0600));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return fail_errno("locking " + path, errno);
  return fail(Code::conflict, "the node's root " + root +
                                  " belongs to a running agent, or to tasks that it left; "
                                  "wait for them to end");
}

void remove_entry(int parent, const char* name);

void remove_entries(UniqueFd directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::fdopendir(directory.get()), ::closedir);
  if (!open) return;
  directory.release();  // closedir closes it
  while (const dirent* entry = ::readdir(open.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") remove_entry(::dirfd(open.get()), entry->d_name);
  }
}

// Links are removed, never followed. A task may have taken the owner's rights from its directories,
// so each gets them back first.
void remove_entry(int parent, const char* name) {
  if (::unlinkat(parent, name, 0) == 0 || errno == ENOENT) return;
  const int why = errno;
  ::fchmodat(parent, name, 0700, AT_SYMLINK_NOFOLLOW);
  UniqueFd directory(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) {
    log_warn("deleting " + std::string(name) + ": " + std::strerror(why));
    return;
  }
  ::fchmod(directory.get(), 0700);
  remove_entries(std::move(directory));
  if (::unlinkat(parent, name, AT_REMOVEDIR) != 0)
    log_warn("deleting the directory " + std::string(name) + ": " + std::strerror(errno));
}

}  // namespace

Result<NodeRoot> NodeRoot::open(const std::string& path) {
  DMS_CHECK(make_layout(path));
  DMS_TRY(UniqueFd directory, open_file(path, O_RDONLY | O_DIRECTORY));
  DMS_TRY(UniqueFd lock, take_lock(path));
  return NodeRoot(path, std::move(directory), std::move(lock));
}

bool NodeRoot::has_vanished() const {
  struct stat now {};
  struct stat then {};
  if (::stat(path_.c_str(), &now) != 0) return errno == ENOENT || errno == ENOTDIR;
  return ::fstat(directory_.get(), &then) == 0 &&
         (now.st_ino != then.st_ino || now.st_dev != then.st_dev);
}

// The directory that holds the last of `parts`, reached without following a link.
Result<UniqueFd> NodeRoot::open_below(const std::vector<std::string>& parts) const {
  UniqueFd at(::fcntl(directory_.get(), F_DUPFD_CLOEXEC, 3));
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    const int next =
        ::openat(at.get(), parts[i].c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (next < 0 && errno == ENOTDIR)
      return fail(Code::invalid_argument, parts[i] + " on the way is a link or a file");
    if (next < 0) return fail_errno("opening " + parts[i], errno);
    at.reset(next);
  }
  return at;
}

Status NodeRoot::discard(const std::string& path) {
  DMS_TRY(const std::vector<std::string> parts, parts_below(path));
  if (parts.front() == "volatile")
    return fail(Code::invalid_argument, "'" + path + "' is the agent's own");
  auto parent = open_below(parts);
  if (!parent) {
    if (parent.error().code == Code::not_found) return ok();
    return std::move(parent).error().context("removing " + path);
  }
  // Unique over restarts of the agent, since what an earlier one left may still lie there.
  const std::string target =
      std::string(trash_directory) + "/" +
      std::to_string(std::chrono::system_clock::now().time_since_epoch().count()) + "-" +
      std::to_string(discarded_++);
  if (::renameat(parent->get(), parts.back().c_str(), directory_.get(), target.c_str()) != 0 &&
      errno != ENOENT)
    return fail_errno("removing " + path, errno);
  return parts.size() == 1 ? make_layout(path_) : ok();
}

void empty_trash(const std::string& root) {
  auto trash = open_file(root + "/" + trash_directory, O_RDONLY | O_DIRECTORY);
  if (trash) remove_entries(*std::move(trash));
}

}  // namespace dms::agent
