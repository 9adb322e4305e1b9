// Files: whole, atomic, locked, and as bodies of requests.
//
// All descriptors are close-on-exec. Functions are thread-safe; objects belong to one thread at a
// time. Paths stand in the error messages.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/http.h"
#include "core/result.h"

namespace dms {

// Owns a file descriptor and closes it.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    reset(std::exchange(other.fd_, -1));
    return *this;
  }
  ~UniqueFd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

// open(2) with O_CLOEXEC, repeated on EINTR.
// Errors: fail_errno's.
Result<UniqueFd> open_file(const std::string& path, int flags, mode_t mode = 0666);

// Writes all of `bytes`, however many calls it takes.
Status write_all(int fd, std::string_view bytes);

Result<std::string> read_file(const std::string& path);

// Replaces the file's content: readers, and a crash at any moment, leave the old text or the new
// one. It is on disk when this returns. `mode` holds whatever the umask is.
Status write_file_atomic(const std::string& path, std::string_view text, mode_t mode = 0644);

// Makes the entries of a directory durable: after creating, renaming or removing in it.
Status fsync_directory(const std::string& path);

// Creates a new directory of mode 0700, "PARENT/prefixXXXXXX", and gives its path. An empty parent
// means TMPDIR, or /tmp.
Result<std::string> make_temp_directory(std::string_view prefix, std::string parent = {});

// An exclusive lock on a file, which is created when absent and never removed. Held until the
// object goes; a process that dies lets go of it.
class FileLock {
 public:
  // Errors: conflict when another process, or another FileLock of this one, holds it.
  static Result<FileLock> try_lock(const std::string& path);

 private:
  explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

// A range of a file as a request's body. Several sources may share one descriptor, also from
// several threads, since each keeps its own place.
class FileSource final : public BodySource {
 public:
  // The whole file as it is now.
  static Result<FileSource> open(const std::string& path);
  // Requires: the range lies in the file.
  FileSource(std::shared_ptr<const UniqueFd> fd, std::uint64_t offset, std::uint64_t length)
      : fd_(std::move(fd)), offset_(offset), length_(length) {}

  std::uint64_t size() const override { return length_; }
  Status rewind() override;
  // Errors: corrupt when the file has become shorter than the range.
  Result<std::size_t> read(std::span<char> buffer) override;
  // Has the kernel send what comes next to a non-blocking socket, at most `limit` bytes; 0 at the
  // end, nothing while the socket takes none. A closed connection is a SIGPIPE, see sendfile(2).
  // Errors: as read's; unavailable when the connection is closed.
  Result<std::optional<std::size_t>> send(int socket, std::size_t limit);

 private:
  Error ended_early() const;

  std::shared_ptr<const UniqueFd> fd_;
  std::uint64_t offset_;
  std::uint64_t length_;
  std::uint64_t read_ = 0;
};

// Text as a request's body. Does not own the text.
class StringSource final : public BodySource {
 public:
  explicit StringSource(std::string_view text) : text_(text) {}

  std::uint64_t size() const override { return text_.size(); }
  Status rewind() override;
  Result<std::size_t> read(std::span<char> buffer) override;

 private:
  std::string_view text_;
  std::size_t read_ = 0;
};

// Takes an answer's body as text; each try starts it anew.
class StringSink final : public BodySink {
 public:
  Status begin(int status, const Headers& headers) override;
  Status write(std::span<const char> bytes) override;

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace dms
