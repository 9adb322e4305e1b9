#include "service/blob/content.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "blob/errors.h"
#include "core/log.h"

namespace dms::service {

namespace fs = std::filesystem;

namespace {

// A full disk in the Blob service's own words.
Status told(Status status) {
  if (status || status.error().code != Code::exhausted) return status;
  log_error("cannot take content: " + status.error().message);
  return blob::blob_error("InsufficientStorage",
                          "the disk of the service is full: " + status.error().message);
}

Status write_file(const fs::path& path, std::string_view bytes) {
  DMS_TRY(const UniqueFd fd,
          open_file(path.string(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  auto written = write_all(fd.get(), bytes);
  if (!written) ::unlink(path.c_str());
  return written;
}

// What is not small was on disk before anybody could read it.
Status fsync_small(const fs::path& path) {
  DMS_TRY(const UniqueFd fd, open_file(path.string(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail_errno("fstat " + path.string(), errno);
  if (status.st_size > static_cast<off_t>(ContentUpload::small_bytes)) return ok();
  if (::fsync(fd.get()) != 0) return fail_errno("fsync " + path.string(), errno);
  return ok();
}

}  // namespace

ContentUpload::ContentUpload(fs::path directory, std::shared_ptr<SpareFiles> spares)
    : directory_(std::move(directory)), spares_(std::move(spares)), name_(hex(random_bytes(16))) {}

ContentUpload::~ContentUpload() {
  if (fd_ && !finished_) ::unlink(temporary().c_str());
}

Status ContentUpload::write(std::span<const char> bytes) {
  DMS_CHECK(told(take({bytes.data(), bytes.size()})));
  md5_.update(bytes);
  size_ += bytes.size();
  return ok();
}

Status ContentUpload::take(std::string_view bytes) {
  if (fd_) return write_all(fd_.get(), bytes);
  if (small_.size() + bytes.size() <= small_bytes) {
    small_ += bytes;
    return ok();
  }
  DMS_CHECK(open_temporary());
  DMS_CHECK(write_all(fd_.get(), small_));
  small_ = {};
  return write_all(fd_.get(), bytes);
}

Status ContentUpload::open_temporary() {
  DMS_TRY(fd_, open_file(temporary().string(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  return ok();
}

Status ContentUpload::make_durable() {
  const fs::path final_path = Content::path_in(directory_, name_);
  if (::fsync(fd_.get()) != 0) return fail_errno("fsync " + temporary().string(), errno);
  std::error_code error;
  fs::rename(temporary(), final_path, error);
  if (error) return fail_errno("renaming to " + final_path.string(), error.value());
  finished_ = true;
  return fsync_directory(final_path.parent_path().string());
}

Status ContentUpload::write_small() {
  const fs::path final_path = Content::path_in(directory_, name_);
  const auto spare = spares_->take();
  if (!spare) return write_file(final_path, small_);
  std::error_code error;
  if (const auto written = write_all(spare->fd.get(), small_); !written) {
    fs::remove(spare->path, error);
    return written;
  }
  fs::rename(spare->path, final_path, error);
  if (error) return fail_errno("renaming to " + final_path.string(), error.value());
  return ok();
}

Result<NewContent> ContentUpload::finish() {
  if (fd_) {
    DMS_CHECK(told(make_durable()));
    return NewContent{name_, {}};
  }
  DMS_CHECK(told(write_small()));
  return NewContent{name_, std::move(small_)};
}

Result<Content> Content::open(fs::path directory) {
  std::error_code error;
  fs::create_directories(directory / "tmp", error);
  // One directory per first byte of the name, made beforehand: no upload has to make its own
  // durable.
  for (int byte = 0; byte < 256 && !error; ++byte)
    fs::create_directory(directory / hex(std::string(1, static_cast<char>(byte))), error);
  if (error) return fail_errno("creating " + directory.string(), error.value());
  DMS_CHECK(fsync_directory(directory.string()));
  return Content(std::move(directory));
}

void Content::remove(const std::string& name) const {
  std::error_code error;
  fs::remove(path(name), error);
  if (error) log_warn("removing " + path(name).string() + ": " + error.message());
}

Status Content::write(const std::string& name, std::string_view bytes) const {
  return write_file(path(name), bytes);
}

// One call for the whole file system: a flush for each file would take a thousand times as long.
Status Content::flush() const {
  DMS_TRY(const UniqueFd fd, open_file(directory_.string(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (::syncfs(fd.get()) != 0) return fail_errno("syncfs " + directory_.string(), errno);
  return ok();
}

Status Content::open_files(std::vector<FileRange>& ranges) {
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    DMS_TRY(UniqueFd fd, open_file(ranges[i].path.string(), O_RDONLY | O_CLOEXEC));
    ranges[i].fd = std::make_shared<const UniqueFd>(std::move(fd));
  }
  return ok();
}

Result<std::vector<std::string>> Content::clone(const std::vector<std::string>& names) const {
  std::vector<std::string> clones;
  std::set<std::string> shards;
  const auto give_up = [&](Error error) {
    for (const auto& clone : clones) remove(clone);
    return error;
  };
  for (const auto& name : names) {
    std::string clone = hex(random_bytes(16));
    if (::link(path(name).c_str(), path(clone).c_str()) != 0)
      return give_up(fail_errno("linking " + path(name).string(), errno));
    clones.push_back(clone);
    if (auto durable = fsync_small(path(clone)); !durable) return give_up(durable.error());
    shards.insert(path(clone).parent_path().string());
  }
  for (const auto& shard : shards)
    if (auto durable = fsync_directory(shard); !durable) return give_up(durable.error());
  return clones;
}

void Content::sweep(const std::set<std::string>& used) const {
  std::error_code error;
  for (const auto& shard : fs::directory_iterator(directory_, error)) {
    const bool temporary = shard.path().filename() == "tmp";
    std::error_code ignored;
    for (const auto& file : fs::directory_iterator(shard.path(), ignored))
      if (temporary || !used.contains(file.path().filename().string()))
        fs::remove(file.path(), ignored);
  }
}

}  // namespace dms::service
