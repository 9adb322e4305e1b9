#include "models/place/shared_files.h"

#include <fmt/format.h>

#include "models/place/file_hash.h"
#include "models/place/payload_upload.h"

namespace dms::models {
namespace {

namespace fs = std::filesystem;

std::string blob_name(const SharedInput& file) { return "shared/" + file.sha256; }

// The blob's name must tell its content: a file that changed while it was sent is taken back.
Status upload(blob::AzureBlob& blob, const SharedInput& file, NoteListener& listener) {
  DMS_TRY(const bool there, blob.exists_blob(inputs_container, blob_name(file)));
  if (there) {
    listener.note(fmt::format("{} is in storage already: nothing uploaded", file.name));
    return ok();
  }
  DMS_TRY([[maybe_unused]] const auto stamp,
          blob.upload_file_to_container(inputs_container, blob_name(file), file.path));
  DMS_TRY(const std::string now, cached_sha256_of_file(file.path));
  if (now == file.sha256) {
    listener.note(fmt::format("{} uploaded", file.name));
    return ok();
  }
  DMS_CHECK(blob.delete_blob(inputs_container, blob_name(file)));
  return fail(Code::conflict, file.path.string() + " changed while it was sent: run again");
}

}  // namespace

Result<std::vector<SharedInput>> hash_shared_files(const Study& study) {
  std::vector<SharedInput> files;
  for (const fs::path& path : study.shared_files) {
    SharedInput file{.name = path.filename().string(), .path = path};
    DMS_TRY(file.sha256, cached_sha256_of_file(path).context("shared_files"));
    std::error_code error;
    file.bytes = fs::file_size(path, error);
    files.push_back(std::move(file));
  }
  return files;
}

Result<std::vector<SharedFile>> upload_shared_files(blob::AzureBlob& blob,
                                                    const std::vector<SharedInput>& files,
                                                    std::chrono::seconds lifetime,
                                                    NoteListener& listener) {
  std::vector<SharedFile> uploaded;
  for (const SharedInput& file : files) {
    DMS_CHECK(upload(blob, file, listener).context("uploading " + file.path.string()));
    DMS_TRY(std::string url, blob.get_blob_sas_url(inputs_container, blob_name(file),
                                                   {.permissions = "r", .lifetime = lifetime}));
    uploaded.push_back({file.name, file.sha256, std::move(url)});
  }
  return uploaded;
}

}  // namespace dms::models
