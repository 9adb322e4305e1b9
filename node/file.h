// A file descriptor that closes itself, and what identifies an open file.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <utility>

namespace dms::node {

class File {
 public:
  File() = default;
  explicit File(int fd) : fd_(fd) {}
  File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }

  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }

  // Closes now and says whether the file system took all that was written; 0 or an errno.
  int close();

 private:
  int fd_ = -1;
};

// The same file has the same id under every name.
struct FileId {
  dev_t device = 0;
  ino_t inode = 0;
  friend bool operator==(const FileId&, const FileId&) = default;
};

inline FileId file_id(const struct stat& facts) { return {facts.st_dev, facts.st_ino}; }

}  // namespace dms::node
