#include "node/shared_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>

#include "node/names.h"
#include "node/tree_copy.h"
#include "node/unzip.h"

namespace dms::node {
namespace {

bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

// The text of a small file; empty when there is none.
std::string small_text(const std::string& path) {
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 256> text;
  const auto size = file.is_open() ? read(file.fd(), text.data(), text.size()) : 0;
  return {text.data(), static_cast<std::size_t>(size > 0 ? size : 0)};
}

Status write_text(const std::string& path, const std::string& text) {
  File file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file.is_open()) return fail_errno("creating " + path, errno);
  const auto written = write(file.fd(), text.data(), text.size());
  if (written != static_cast<ssize_t>(text.size())) return fail_errno("writing " + path, errno);
  if (const int failed = file.close()) return fail_errno("writing " + path, failed);
  return {};
}

// Tells one start of this machine from another.
std::string boot_id() { return small_text("/proc/sys/kernel/random/boot_id"); }

// For every task of the node, whichever user it runs as.
Status make_directory(const std::string& path) {
  if (mkdir(path.c_str(), 0777) != 0)
    return errno == EEXIST ? Status() : fail_errno("creating the directory " + path, errno);
  if (chmod(path.c_str(), 0777) != 0) return fail_errno("creating " + path, errno);
  return {};
}

Status lock_file(const std::string& path, File& lock) {
  lock = File(open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0644));
  if (!lock.is_open()) return fail_errno("creating " + path, errno);
  return {};
}

// Waits for the lock; LOCK_SH or LOCK_EX.
Status take(const File& lock, int kind) {
  while (flock(lock.fd(), kind) != 0)
    if (errno != EINTR) return fail_errno("locking the node's shared files", errno);
  return {};
}

Status rename_into(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) == 0) return {};
  return fail_errno("writing " + to, errno);
}

std::string link_target(const std::string& path) {
  std::array<char, PATH_MAX> target;
  const auto size = readlink(path.c_str(), target.data(), target.size());
  return {target.data(), static_cast<std::size_t>(size > 0 ? size : 0)};
}

// dmsnode unzip works in the directory it unpacks into; the caller stays where it is.
Status unpack(const std::string& archive, const std::string& into) {
  const File here(open(".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  const auto status = unzip({.archive = archive, .into = into});
  if (fchdir(here.fd()) != 0) return fail_errno("entering the working directory", errno);
  return status;
}

Status remove_file(const std::string& path) {
  if (unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return fail_errno("removing " + path, errno);
}

// A file moves by renaming where it can, else it is copied.
Status move_file(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) == 0) return {};
  if (errno != EXDEV) return fail_errno("moving " + from + " to " + to, errno);
  DMS_NODE_CHECK(copy_file(from, to));
  return remove_file(from);
}

}  // namespace

Status SharedStore::open(SharedStore& store) {
  const char* const shared = std::getenv("AZ_BATCH_NODE_SHARED_DIR");
  if (shared == nullptr || *shared == '\0')
    return {Exit::usage, "AZ_BATCH_NODE_SHARED_DIR is not set: this runs in tasks of Batch only"};
  store.shared_ = shared;
  store.root_ = store.shared_ + "/dmsbatch";
  for (const auto& path :
       {store.shared_, store.root_, store.root_ + "/inputs", store.root_ + "/files"})
    DMS_NODE_CHECK(make_directory(path));
  return {};
}

// Calls make(partial) when the place does not hold what this start of the node has seen written,
// and puts there what it made.
template <class Make>
Status SharedStore::make_once(const std::string& place, Make make) const {
  File lock;
  DMS_NODE_CHECK(lock_file(place + ".lock", lock));
  DMS_NODE_CHECK(take(lock, LOCK_EX));
  const auto boot = boot_id();
  if (exists(place) && small_text(place + ".boot") == boot) return {};
  const auto partial = place + ".partial";
  DMS_NODE_CHECK(remove_tree(partial));
  DMS_NODE_CHECK(remove_tree(place));
  if (auto made = make(partial); !made.ok()) {
    (void)remove_tree(partial);
    return made;
  }
  DMS_NODE_CHECK(write_text(place + ".boot", boot));
  return rename_into(partial, place);
}

Status SharedStore::keep_inputs(const std::string& sha256, const std::string& archive) const {
  DMS_NODE_CHECK(make_once(inputs(sha256),
                           [&](const std::string& partial) { return unpack(archive, partial); }));
  return remove_file(archive);
}

Status SharedStore::keep_file(const std::string& sha256, const std::string& path) const {
  const auto made = make_once(file(sha256), [&](const std::string& partial) {
    DMS_NODE_CHECK(move_file(path, partial));
    if (chmod(partial.c_str(), 0444) != 0) return fail_errno("keeping " + partial, errno);
    return Status();
  });
  return made.ok() ? remove_file(path) : made;
}

Status SharedStore::keep_tool(const std::string& sha256) const {
  return make_once(tool(sha256), [&](const std::string& partial) {
    DMS_NODE_CHECK(copy_file("/proc/self/exe", partial));
    if (chmod(partial.c_str(), 0755) != 0) return fail_errno("keeping " + partial, errno);
    return Status();
  });
}

Status SharedStore::check_links(const std::vector<SharedFile>& files, bool& right) const {
  right = true;
  for (const auto& [name, sha256] : files) {
    if (!exists(file(sha256)))
      return {Exit::missing_output, "the shared file " + name +
                                        " is not on this node: the job's preparation task did "
                                        "not bring it"};
    right = right && link_target(shared(name)) == "dmsbatch/files/" + sha256;
  }
  return {};
}

Status SharedStore::set_links(const std::vector<SharedFile>& files) const {
  for (const auto& [name, sha256] : files) {
    const auto partial = root_ + "/links.partial";
    DMS_NODE_CHECK(remove_file(partial));
    const auto target = "dmsbatch/files/" + sha256;
    if (symlink(target.c_str(), partial.c_str()) != 0)
      return fail_errno("linking " + shared(name), errno);
    DMS_NODE_CHECK(rename_into(partial, shared(name)));
  }
  return {};
}

Status SharedStore::use_shared_files(const std::vector<SharedFile>& files, File& lock) const {
  if (files.empty()) return {};
  DMS_NODE_CHECK(lock_file(root_ + "/links.lock", lock));
  for (;;) {
    DMS_NODE_CHECK(take(lock, LOCK_SH));
    bool right = false;
    DMS_NODE_CHECK(check_links(files, right));
    if (right) return {};
    // Nobody changes a shared lock into an exclusive one without letting go: look again after it.
    DMS_NODE_CHECK(take(lock, LOCK_UN));
    DMS_NODE_CHECK(take(lock, LOCK_EX));
    DMS_NODE_CHECK(check_links(files, right));
    if (!right) DMS_NODE_CHECK(set_links(files));
  }
}

}  // namespace dms::node
