#include "service/blob/content.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "blob/errors.h"
#include "core/log.h"

namespace dms::service {

namespace fs = std::filesystem;

Result<std::unique_ptr<ContentUpload>> ContentUpload::create(const fs::path& directory) {
  std::string name = hex(random_bytes(16));
  DMS_TRY(UniqueFd fd, open_file((directory / "tmp" / name).string(),
                                 O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  return std::unique_ptr<ContentUpload>(
      new ContentUpload(directory, std::move(name), std::move(fd)));
}

ContentUpload::~ContentUpload() {
  if (!finished_) ::unlink(temporary().c_str());
}

namespace {

// A full disk in the Blob service's own words.
Status told(Status status) {
  if (status || status.error().code != Code::exhausted) return status;
  log_error("cannot take content: " + status.error().message);
  return blob::blob_error("InsufficientStorage",
                          "the disk of the service is full: " + status.error().message);
}

}  // namespace

Status ContentUpload::write(std::span<const char> bytes) {
  DMS_CHECK(told(write_all(fd_.get(), {bytes.data(), bytes.size()})));
  md5_.update(bytes);
  size_ += bytes.size();
  return ok();
}

Status ContentUpload::make_durable() {
  const fs::path shard = directory_ / name_.substr(0, 2);
  const fs::path final_path = shard / name_;
  if (::fsync(fd_.get()) != 0) return fail_errno("fsync " + temporary().string(), errno);
  std::error_code error;
  fs::rename(temporary(), final_path, error);
  if (error) return fail_errno("renaming to " + final_path.string(), error.value());
  finished_ = true;
  return fsync_directory(shard.string());
}

Result<std::string> ContentUpload::finish() {
  DMS_CHECK(told(make_durable()));
  return name_;
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
    shards.insert(path(clone).parent_path().string());
    clones.push_back(std::move(clone));
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
