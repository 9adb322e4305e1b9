#include "blob/zip_upload.h"

#include <fmt/format.h>

#include "core/file.h"

namespace dms::blob {
namespace {

namespace fs = std::filesystem;

// A directory below TMPDIR that goes with all that is in it.
class TempDirectory {
 public:
  static Result<TempDirectory> create() {
    DMS_TRY(auto path, make_temp_directory("dmsbatch-zip-"));
    return TempDirectory(std::move(path));
  }
  TempDirectory(TempDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ~TempDirectory() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  explicit TempDirectory(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

// "runs" for "runs", "runs/" and "./runs/."
std::string last_name(const fs::path& directory) {
  std::error_code problem;
  const fs::path whole = fs::canonical(directory, problem);
  return problem || !whole.has_filename() ? "directory" : whole.filename().string();
}

}  // namespace

Result<ZippedBlob> zip_and_upload(AzureBlob& client, std::string_view container,
                                  std::string_view blob, const fs::path& directory,
                                  const ZipOptions& options) {
  DMS_TRY(const auto temp, TempDirectory::create());
  const fs::path archive = temp.path() / "archive.zip";
  DMS_TRY(auto content, zip_directory(directory, archive, options));
  std::string name = blob.empty() ? last_name(directory) + ".zip" : std::string(blob);
  DMS_CHECK(client.upload_file_to_container(container, name, archive,
                                            {.content_type = "application/zip"}));
  auto url = client.blob_url(container, name);
  return ZippedBlob{std::move(name), std::move(url), std::move(content)};
}

Result<ZippedBlob> zip_and_upload_if_absent(AzureBlob& client, std::string_view container,
                                            std::string_view prefix, const fs::path& directory,
                                            const ZipOptions& options) {
  DMS_TRY(const auto temp, TempDirectory::create());
  const fs::path archive = temp.path() / "archive.zip";
  DMS_TRY(auto content, zip_directory(directory, archive, options));
  std::string name = fmt::format("{}{}.zip", prefix, content.sha256);
  DMS_TRY(auto source, FileSource::open(archive.string()));
  DMS_CHECK(client.upload_if_absent(container, name, source, {.content_type = "application/zip"}));
  auto url = client.blob_url(container, name);
  return ZippedBlob{std::move(name), std::move(url), std::move(content)};
}

}  // namespace dms::blob
