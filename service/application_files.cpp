#include "service/application_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "batch/errors.h"
#include "core/crypto.h"
#include "core/log.h"

namespace dms::service {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t signature_bytes = 4;

// A local file header, or the end record of an archive without entries.
bool is_zip(std::string_view head) { return head == "PK\x03\x04" || head == "PK\x05\x06"; }

// Applications' ids are the same whatever their case.
std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return result;
}

}  // namespace

Result<std::unique_ptr<PackageUpload>> PackageUpload::create(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory / "tmp", error);
  if (error) return fail_errno("creating " + (directory / "tmp").string(), error.value());
  fs::path temporary = directory / "tmp" / hex(random_bytes(16));
  DMS_TRY(UniqueFd fd, open_file(temporary.string(), O_WRONLY | O_CREAT | O_EXCL, 0600));
  return std::unique_ptr<PackageUpload>(
      new PackageUpload(directory, std::move(temporary), std::move(fd)));
}

// After finish() nothing is left under this name.
PackageUpload::~PackageUpload() { ::unlink(temporary_.c_str()); }

Status PackageUpload::write(std::span<const char> bytes) {
  if (head_.size() < signature_bytes)
    head_.append(bytes.data(), std::min(bytes.size(), signature_bytes - head_.size()));
  return write_all(fd_.get(), {bytes.data(), bytes.size()});
}

Result<std::string> PackageUpload::finish(std::string_view application, std::string_view version) {
  if (!is_zip(head_))
    return batch::batch_error("InvalidRequestBody", "a package is a zip archive; this is none");
  const fs::path home = directory_ / lower(application);
  const fs::path path = home / (std::string(version) + ".zip");
  if (::fsync(fd_.get()) != 0) return fail_errno("fsync " + temporary_.string(), errno);
  std::error_code error;
  fs::create_directories(home, error);
  if (!error) fs::rename(temporary_, path, error);
  if (error) return fail_errno("renaming to " + path.string(), error.value());
  DMS_CHECK(fsync_directory(directory_.string()));
  DMS_CHECK(fsync_directory(home.string()));
  return path.string();
}

void remove_zips(const std::vector<std::string>& paths) {
  for (const fs::path path : paths) {
    std::error_code error;
    fs::remove(path, error);
    if (error) log_warn("removing " + path.string() + ": " + error.message());
    fs::remove(path.parent_path(), error);  // stays while it holds others
  }
}

void sweep_package_uploads(const fs::path& directory) {
  std::error_code ignored;
  fs::remove_all(directory / "tmp", ignored);
}

}  // namespace dms::service
