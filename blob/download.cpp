// The downloads of AzureBlob: to memory or to a file that appears when it is whole and right.
#include <fmt/format.h>

#include "blob/azure_blob.h"
#include "blob/checked_sink.h"
#include "blob/file_download.h"
#include "blob/operations.h"

namespace dms::blob {
namespace {

namespace fs = std::filesystem;

class TextSink final : public CheckedSink {
 public:
  explicit TextSink(std::uint64_t limit_bytes) : limit_bytes_(limit_bytes) {}
  std::string take() { return std::move(text_); }

 private:
  Status restart(std::uint64_t announced_bytes) override {
    text_.clear();
    return check_limit(announced_bytes);
  }
  Status keep(std::span<const char> bytes) override {
    DMS_CHECK(check_limit(text_.size() + bytes.size()));
    text_.append(bytes.data(), bytes.size());
    return ok();
  }
  Status check_limit(std::uint64_t size_bytes) const {
    if (size_bytes <= limit_bytes_) return ok();
    return fail(
        Code::exhausted,
        fmt::format("the blob has {} bytes or more, over the limit of {}; download it to a file",
                    size_bytes, limit_bytes_));
  }

  const std::uint64_t limit_bytes_;
  std::string text_;
};

// "bytes=5-9" or "bytes=5-"; nothing for the whole blob.
std::string range_of(const ReadOptions& options) {
  if (options.offset == 0 && !options.length) return {};
  if (!options.length) return fmt::format("bytes={}-", options.offset);
  return fmt::format("bytes={}-{}", options.offset, options.offset + *options.length - 1);
}

}  // namespace

Result<std::string> AzureBlob::read_blob(std::string_view container, std::string_view blob,
                                         const ReadOptions& options) {
  if (options.length == 0) return std::string();
  Headers headers;
  if (auto range = range_of(options); !range.empty()) headers.set("x-ms-range", std::move(range));
  TextSink sink(options.limit_bytes);
  const auto answer = rest_.call(op::get_blob, {.container = container, .blob = blob},
                                 {.headers = std::move(headers), .sink = &sink});
  // There is nothing at or past the end, which is no error to a reader that follows a blob.
  if (!answer && answer.error().service_code == "InvalidRange") return std::string();
  if (!answer) return answer.error();
  DMS_CHECK(sink.check().context(fmt::format("reading '{}/{}'", container, blob)));
  return sink.take();
}

Status AzureBlob::download_blob(std::string_view container, std::string_view blob,
                                const fs::path& file, const DownloadOptions& options) {
  return FileDownload(rest_, {.container = container, .blob = blob}, file, options, clock_).run();
}

Result<fs::path> AzureBlob::download_blob_from_container(std::string_view container,
                                                         std::string_view blob,
                                                         const fs::path& directory,
                                                         const DownloadOptions& options) {
  DMS_CHECK(check_blob_name(blob));
  if (blob.front() == '/' || blob.back() == '/' || blob.find('\0') != blob.npos)
    return fail(Code::invalid_argument,
                fmt::format("the blob '{}' cannot be a file below {}", blob, directory.string()));
  fs::path file = directory / blob;
  DMS_CHECK(download_blob(container, blob, file, options));
  return file;
}

}  // namespace dms::blob
