// zip_directory: a directory as one reproducible archive; hash_directory: its identity alone.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "blob/zip.h"
#include "blob/zip/stream.h"
#include "core/crypto.h"
#include "core/file.h"

namespace dms::blob {
namespace {

namespace fs = std::filesystem;

// A file under a name of its own beside its place, gone unless it is moved there.
class NewFile {
 public:
  static Result<NewFile> create(const fs::path& place) {
    std::string path = place.string() + "." + hex(random_bytes(6));
    DMS_TRY(UniqueFd fd, open_file(path, O_WRONLY | O_CREAT | O_EXCL));
    return NewFile(std::move(path), std::move(fd));
  }
  NewFile(NewFile&&) = default;
  ~NewFile() {
    if (fd_) ::unlink(path_.c_str());
  }

  int fd() const { return fd_.get(); }
  Status move_to(const fs::path& place) {
    if (::rename(path_.c_str(), place.c_str()) != 0)
      return fail_errno(fmt::format("naming the archive {}", place.string()), errno);
    fd_.reset();
    return ok();
  }

 private:
  NewFile(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::string path_;
  UniqueFd fd_;
};

Status copy_to(int fd, ZipStream& stream, const fs::path& archive) {
  std::vector<char> buffer(std::size_t{256} << 10);
  while (true) {
    DMS_TRY(const std::size_t count, stream.read(buffer));
    if (count == 0) return ok();
    DMS_CHECK(write_all(fd, {buffer.data(), count}).context("writing " + archive.string()));
  }
}

}  // namespace

Result<ZipSummary> zip_directory(const fs::path& directory, const fs::path& archive,
                                 const ZipOptions& options) {
  DMS_TRY(auto tree, list_tree(directory, options));
  DMS_TRY(NewFile file, NewFile::create(archive));
  DMS_TRY(const auto stream, ZipStream::start(std::move(tree), ZipWork::compress, options));
  DMS_CHECK(copy_to(file.fd(), *stream, archive));
  DMS_CHECK(file.move_to(archive));
  return stream->summary();
}

Result<ZipSummary> hash_directory(const fs::path& directory, const ZipOptions& options) {
  DMS_TRY(auto tree, list_tree(directory, options));
  DMS_TRY(const auto stream, ZipStream::start(std::move(tree), ZipWork::hash, options));
  char none = 0;
  DMS_CHECK(stream->read({&none, 1}));
  return stream->summary();
}

}  // namespace dms::blob
