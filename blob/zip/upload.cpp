// zip_and_upload: a directory as a blob, without a file in between.
#include <fmt/format.h>

#include "blob/zip/stream_upload.h"
#include "blob/zip_upload.h"

namespace dms::blob {
namespace {

namespace fs = std::filesystem;

// "runs" for "runs", "runs/" and "./runs/."
std::string last_name(const fs::path& directory) {
  std::error_code problem;
  const fs::path whole = fs::canonical(directory, problem);
  return problem || !whole.has_filename() ? "directory" : whole.filename().string();
}

Result<ZipSummary> send(AzureBlob& client, const StreamTarget& target, const fs::path& directory,
                        const ZipOptions& options) {
  DMS_TRY(auto tree, list_tree(directory, options));
  DMS_TRY(const auto stream, ZipStream::start(std::move(tree), ZipWork::compress, options));
  return upload_stream(client, *stream, target);
}

// Whether the error may stand for a write that was done, its answer lost or somebody else's first.
bool may_be_there(const Error& error) {
  return error.code == Code::already_exists || error.code == Code::timeout ||
         error.code == Code::unavailable;
}

}  // namespace

Result<ZippedBlob> zip_and_upload(AzureBlob& client, std::string_view container,
                                  std::string_view blob, const fs::path& directory,
                                  const ZipOptions& options) {
  std::string name = blob.empty() ? last_name(directory) + ".zip" : std::string(blob);
  const StreamTarget target{.container = std::string(container), .blob = name};
  DMS_TRY(auto content, send(client, target, directory, options));
  auto url = client.blob_url(container, name);
  return ZippedBlob{std::move(name), std::move(url), std::move(content)};
}

Result<ZippedBlob> zip_and_upload_if_absent(AzureBlob& client, std::string_view container,
                                            std::string_view prefix, const fs::path& directory,
                                            const ZipOptions& options) {
  DMS_TRY(auto content, hash_directory(directory, options));
  std::string name = fmt::format("{}{}.zip", prefix, content.sha256);
  auto url = client.blob_url(container, name);
  ZippedBlob zipped{std::move(name), std::move(url), std::move(content)};
  // Asking first saves zipping what is there already. A SAS that may only write cannot ask.
  const auto there = client.exists_blob(container, zipped.name);
  if (there && *there) return zipped;
  if (!there && there.error().code != Code::permission) return there.error();
  StreamTarget target{.container = std::string(container), .blob = zipped.name};
  target.options.overwrite = Overwrite::no;
  target.accept = [&](const ZipSummary& sent) {
    if (sent.sha256 == zipped.content.sha256) return ok();
    return Status(fail(Code::conflict, fmt::format("{} changed while it was being zipped; try "
                                                   "again when nothing writes to it",
                                                   directory.string())));
  };
  const auto sent = send(client, target, directory, options);
  if (sent) return zipped;
  if (may_be_there(sent.error()))
    if (const auto now = client.exists_blob(container, zipped.name); now && *now) return zipped;
  return sent.error().code == Code::already_exists ? Result<ZippedBlob>(zipped) : sent.error();
}

}  // namespace dms::blob
