#include "core/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace dms {
namespace {

std::string parent_directory(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == path.npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Repeats a system call that a signal interrupted.
template <class Call>
auto uninterrupted(Call call) {
  while (true) {
    const auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

// Removes a file at the end of its scope, unless it was kept.
class Remover {
 public:
  explicit Remover(std::string path) : path_(std::move(path)) {}
  Remover(const Remover&) = delete;
  Remover& operator=(const Remover&) = delete;
  ~Remover() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  void keep() { path_.clear(); }

 private:
  std::string path_;
};

Status write_and_sync(int fd, std::string_view text, mode_t mode) {
  if (::fchmod(fd, mode) != 0) return fail_errno("setting its mode", errno);
  DMS_CHECK(write_all(fd, text));
  if (::fsync(fd) != 0) return fail_errno("syncing", errno);
  return ok();
}

}  // namespace

void UniqueFd::reset(int fd) {
  // After EINTR the descriptor is closed all the same, on Linux.
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

Result<UniqueFd> open_file(const std::string& path, int flags, mode_t mode) {
  const int fd = uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, mode); });
  if (fd < 0) return fail_errno("opening " + path, errno);
  return UniqueFd(fd);
}

Status write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = uninterrupted([&] { return ::write(fd, bytes.data(), bytes.size()); });
    if (count < 0) return fail_errno("writing", errno);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return ok();
}

Result<std::string> read_file(const std::string& path) {
  DMS_TRY(const UniqueFd fd, open_file(path, O_RDONLY));
  std::string text;
  std::array<char, 65536> buffer;
  while (true) {
    const ssize_t count =
        uninterrupted([&] { return ::read(fd.get(), buffer.data(), buffer.size()); });
    if (count < 0) return fail_errno("reading " + path, errno);
    if (count == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

Status write_file_atomic(const std::string& path, std::string_view text, mode_t mode) {
  const std::string doing = "writing " + path;
  std::string temporary = path + ".XXXXXX";
  const UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) return fail_errno(doing, errno);
  Remover remover(temporary);
  DMS_CHECK(write_and_sync(fd.get(), text, mode).context(doing));
  if (::rename(temporary.c_str(), path.c_str()) != 0) return fail_errno(doing, errno);
  remover.keep();
  return fsync_directory(parent_directory(path));
}

Status fsync_directory(const std::string& path) {
  DMS_TRY(const UniqueFd fd, open_file(path, O_RDONLY | O_DIRECTORY));
  if (::fsync(fd.get()) != 0) return fail_errno("syncing " + path, errno);
  return ok();
}

Result<std::string> make_temp_directory(std::string_view prefix, std::string parent) {
  if (parent.empty()) {
    const char* named = std::getenv("TMPDIR");
    parent = named && *named ? named : "/tmp";
  }
  std::string path = fmt::format("{}/{}XXXXXX", parent, prefix);
  if (!::mkdtemp(path.data())) return fail_errno("making a directory in " + parent, errno);
  return path;
}

Result<FileLock> FileLock::try_lock(const std::string& path) {
  DMS_TRY(UniqueFd fd, open_file(path, O_RDWR | O_CREAT, 0600));
  if (uninterrupted([&] { return ::flock(fd.get(), LOCK_EX | LOCK_NB); }) == 0)
    return FileLock(std::move(fd));
  if (errno == EWOULDBLOCK)
    return fail(Code::conflict, fmt::format("{} is locked by another process", path));
  return fail_errno("locking " + path, errno);
}

Result<FileSource> FileSource::open(const std::string& path) {
  DMS_TRY(UniqueFd fd, open_file(path, O_RDONLY));
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return fail_errno("reading " + path, errno);
  if (!S_ISREG(info.st_mode))
    return fail(Code::invalid_argument, fmt::format("{} is not a regular file", path));
  return FileSource(std::make_shared<const UniqueFd>(std::move(fd)), 0,
                    static_cast<std::uint64_t>(info.st_size));
}

Status FileSource::rewind() {
  read_ = 0;
  return ok();
}

Result<std::size_t> FileSource::read(std::span<char> buffer) {
  const std::size_t wanted = std::min<std::uint64_t>(buffer.size(), length_ - read_);
  if (wanted == 0) return std::size_t{0};
  const auto at = static_cast<off_t>(offset_ + read_);
  const ssize_t count =
      uninterrupted([&] { return ::pread(fd_->get(), buffer.data(), wanted, at); });
  if (count < 0) return fail_errno("reading a file to send", errno);
  if (count == 0) return ended_early();
  read_ += static_cast<std::uint64_t>(count);
  return static_cast<std::size_t>(count);
}

Result<std::optional<std::size_t>> FileSource::send(int socket, std::size_t limit) {
  const std::size_t wanted = std::min<std::uint64_t>(limit, length_ - read_);
  if (wanted == 0) return std::optional<std::size_t>(0);
  auto at = static_cast<off_t>(offset_ + read_);
  const ssize_t count = uninterrupted([&] { return ::sendfile(socket, fd_->get(), &at, wanted); });
  if (count < 0 && errno == EAGAIN) return std::optional<std::size_t>{};
  if (count < 0 && (errno == EPIPE || errno == ECONNRESET))
    return fail(Code::unavailable, "the connection is closed");
  if (count < 0) return fail_errno("sending a file", errno);
  if (count == 0) return ended_early();
  read_ += static_cast<std::uint64_t>(count);
  return std::optional(static_cast<std::size_t>(count));
}

Error FileSource::ended_early() const {
  return fail(Code::corrupt,
              fmt::format("the file became shorter while it was sent: it ends at byte {}, not {}",
                          offset_ + read_, offset_ + length_));
}

Status StringSource::rewind() {
  read_ = 0;
  return ok();
}

Result<std::size_t> StringSource::read(std::span<char> buffer) {
  const std::size_t count = text_.substr(read_).copy(buffer.data(), buffer.size());
  read_ += count;
  return count;
}

Status StringSink::begin(int, const Headers&) {
  text_.clear();
  return ok();
}

Status StringSink::write(std::span<const char> bytes) {
  text_.append(bytes.data(), bytes.size());
  return ok();
}

}  // namespace dms
