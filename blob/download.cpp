// The downloads of AzureBlob: to memory or to a file that appears when it is whole and right.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>

#include "blob/azure_blob.h"
#include "blob/operations.h"
#include "core/crypto.h"
#include "core/file.h"

namespace dms::blob {
namespace {

namespace fs = std::filesystem;

std::optional<std::uint64_t> content_length(const Headers& headers) {
  const auto text = headers.get("Content-Length");
  std::uint64_t length = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (text.empty() || problem != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return length;
}

// Holds what arrives to the length and the MD5 that the answer's head names.
class CheckedSink : public BodySink {
 public:
  Status begin(int status, const Headers& headers) override {
    received_bytes_ = 0;
    md5_ = Md5();
    expected_bytes_ = content_length(headers);
    // With a range the header is about something else.
    expected_md5_ = status == 200 ? headers.get("Content-MD5") : "";
    return restart(expected_bytes_.value_or(0));
  }

  Status write(std::span<const char> bytes) override {
    received_bytes_ += bytes.size();
    if (!expected_md5_.empty()) md5_.update(bytes);
    return keep(bytes);
  }

  Status check() {
    if (expected_bytes_ && *expected_bytes_ != received_bytes_)
      return fail(Code::corrupt, fmt::format("{} bytes came where {} were announced",
                                             received_bytes_, *expected_bytes_));
    if (expected_md5_.empty()) return ok();
    const auto md5 = base64_encode(md5_.finish());
    if (md5 != expected_md5_)
      return fail(Code::corrupt,
                  fmt::format("the content's MD5 is {}, the service's is {}", md5, expected_md5_));
    return ok();
  }

 protected:
  virtual Status restart(std::uint64_t announced_bytes) = 0;
  virtual Status keep(std::span<const char> bytes) = 0;

 private:
  std::uint64_t received_bytes_ = 0;
  std::optional<std::uint64_t> expected_bytes_;
  std::string expected_md5_;
  Md5 md5_;
};

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

// A file under a temporary name beside its place; gone unless it is moved there.
class PartFile {
 public:
  static Result<PartFile> create(const fs::path& directory) {
    fs::path path = directory / (".part-" + hex(random_bytes(8)));
    DMS_TRY(auto fd, open_file(path.string(), O_WRONLY | O_CREAT | O_EXCL));
    return PartFile(std::move(path), std::move(fd));
  }
  PartFile(PartFile&&) = default;
  ~PartFile() {
    if (fd_) ::unlink(path_.c_str());
  }

  int fd() const { return fd_.get(); }
  Status move_to(const fs::path& place) {
    if (::rename(path_.c_str(), place.c_str()) != 0) {
      const int problem = errno;
      return fail_errno(fmt::format("naming the download {}", place.string()), problem);
    }
    fd_.reset();
    return ok();
  }

 private:
  PartFile(fs::path path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  fs::path path_;
  UniqueFd fd_;
};

class FileSink final : public CheckedSink {
 public:
  explicit FileSink(int fd) : fd_(fd) {}

 private:
  Status restart(std::uint64_t) override {
    if (::ftruncate(fd_, 0) != 0 || ::lseek(fd_, 0, SEEK_SET) != 0)
      return fail_errno("starting the download again", errno);
    return ok();
  }
  Status keep(std::span<const char> bytes) override {
    return write_all(fd_, {bytes.data(), bytes.size()});
  }
  const int fd_;
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
                                const fs::path& file) {
  const fs::path directory = file.has_parent_path() ? file.parent_path() : fs::path(".");
  std::error_code problem;
  fs::create_directories(directory, problem);
  if (problem) return fail_errno(fmt::format("creating {}", directory.string()), problem.value());
  DMS_TRY(auto part, PartFile::create(directory));
  FileSink sink(part.fd());
  DMS_CHECK(rest_.call(op::get_blob, {.container = container, .blob = blob}, {.sink = &sink}));
  DMS_CHECK(sink.check().context(fmt::format("downloading '{}/{}'", container, blob)));
  return part.move_to(file);
}

Result<fs::path> AzureBlob::download_blob_from_container(std::string_view container,
                                                         std::string_view blob,
                                                         const fs::path& directory) {
  DMS_CHECK(check_blob_name(blob));
  if (blob.front() == '/' || blob.back() == '/' || blob.find('\0') != blob.npos)
    return fail(Code::invalid_argument,
                fmt::format("the blob '{}' cannot be a file below {}", blob, directory.string()));
  fs::path file = directory / blob;
  DMS_CHECK(download_blob(container, blob, file));
  return file;
}

}  // namespace dms::blob
