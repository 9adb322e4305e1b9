#include "blob/steady_file.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>

namespace dms::blob {

Result<SteadyFile> SteadyFile::open(const std::string& path) {
  // A pipe in its place must not hold the upload up.
  DMS_TRY(UniqueFd fd, open_file(path, O_RDONLY | O_NONBLOCK));
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return fail_errno("reading " + path, errno);
  if (!S_ISREG(info.st_mode))
    return fail(Code::invalid_argument, fmt::format("{} is not a regular file", path));
  return SteadyFile(path, std::make_shared<const UniqueFd>(std::move(fd)), info);
}

SteadyFile::SteadyFile(std::string path, std::shared_ptr<const UniqueFd> fd, struct stat info)
    : path_(std::move(path)),
      fd_(std::move(fd)),
      info_(info),
      source_(fd_, 0, static_cast<std::uint64_t>(info.st_size)) {}

Status SteadyFile::rewind() {
  read_ = 0;
  return source_.rewind();
}

Result<std::size_t> SteadyFile::read(std::span<char> buffer) {
  auto count = source_.read(buffer);
  if (count) read_ += *count;
  if (!count || read_ == size()) DMS_CHECK(check());
  return std::move(count).context(path_);
}

Status SteadyFile::check() const {
  struct stat now {};
  if (::fstat(fd_->get(), &now) != 0) return fail_errno("reading " + path_, errno);
  if (now.st_size == info_.st_size && now.st_mtim.tv_sec == info_.st_mtim.tv_sec &&
      now.st_mtim.tv_nsec == info_.st_mtim.tv_nsec)
    return ok();
  return fail(
      Code::conflict,
      fmt::format("{} changed while it was read; upload it again when nobody writes to it", path_));
}

}  // namespace dms::blob
