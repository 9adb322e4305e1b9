#include "core/new_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "core/crypto.h"

namespace dms {
namespace {

constexpr std::size_t most_collected = std::size_t{256} << 10;

}  // namespace

Result<NewFile> NewFile::create(std::filesystem::path place, mode_t mode) {
  std::string path = place.string() + "." + hex(random_bytes(6));
  DMS_TRY(UniqueFd fd, open_file(path, O_WRONLY | O_CREAT | O_EXCL, mode));
  return NewFile(std::move(place), std::move(path), std::move(fd));
}

NewFile::~NewFile() {
  if (fd_) ::unlink(path_.c_str());
}

Status NewFile::write(std::string_view bytes) {
  if (collected_.size() + bytes.size() > most_collected) DMS_CHECK(flush());
  if (bytes.size() > most_collected)
    return write_all(fd_.get(), bytes).context("writing " + place_.string());
  collected_ += bytes;
  return ok();
}

Status NewFile::flush() {
  DMS_CHECK(write_all(fd_.get(), collected_).context("writing " + place_.string()));
  collected_.clear();
  return ok();
}

Status NewFile::finish(Reach reach) {
  DMS_CHECK(flush());
  if (reach == Reach::disk && ::fsync(fd_.get()) != 0)
    return fail_errno("syncing " + place_.string(), errno);
  if (::rename(path_.c_str(), place_.c_str()) != 0)
    return fail_errno("naming " + place_.string(), errno);
  fd_.reset();
  if (reach == Reach::programs) return ok();
  return fsync_directory(place_.has_parent_path() ? place_.parent_path().string() : ".");
}

}  // namespace dms
