#include "blob/file_download.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "blob/block_digest.h"
#include "blob/checked_sink.h"
#include "blob/operations.h"
#include "core/crypto.h"
#include "core/file.h"

namespace dms::blob {
namespace {

namespace fs = std::filesystem;

// A file under a temporary name beside its place, that of a partial download, so that what a kill
// leaves goes up with no folder; gone unless it is moved there.
class ScratchFile {
 public:
  static Result<ScratchFile> create(const fs::path& directory) {
    fs::path path = directory / ("." + hex(random_bytes(8)) + ".dmsbatch-part");
    DMS_TRY(auto fd, open_file(path.string(), O_WRONLY | O_CREAT | O_EXCL));
    return ScratchFile(std::move(path), std::move(fd));
  }
  ScratchFile(ScratchFile&&) = default;
  ~ScratchFile() {
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
  ScratchFile(fs::path path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  fs::path path_;
  UniqueFd fd_;
};

// A whole blob into a scratch file, which is made when the first byte may come.
class WholeSink final : public CheckedSink {
 public:
  WholeSink(const fs::path& file, ContentMd5 content_md5) : CheckedSink(content_md5), file_(file) {}

  Status publish() {
    // An empty answer never began.
    if (!scratch_) DMS_CHECK(restart(0));
    return scratch_->move_to(file_);
  }
  std::uint64_t size_bytes() const { return size_bytes_; }

 private:
  Status restart(std::uint64_t) override {
    size_bytes_ = 0;
    if (!scratch_) {
      DMS_TRY(auto scratch,
              ScratchFile::create(file_.has_parent_path() ? file_.parent_path() : fs::path(".")));
      scratch_.emplace(std::move(scratch));
    }
    if (::ftruncate(scratch_->fd(), 0) != 0 || ::lseek(scratch_->fd(), 0, SEEK_SET) != 0)
      return fail_errno("starting the download again", errno);
    return ok();
  }
  Status keep(std::span<const char> bytes) override {
    size_bytes_ += bytes.size();
    return write_all(scratch_->fd(), {bytes.data(), bytes.size()})
        .context(fmt::format("writing {}", file_.string()));
  }

  const fs::path& file_;
  std::optional<ScratchFile> scratch_;
  std::uint64_t size_bytes_ = 0;
};

DownloadPlan plan_of(std::string etag, std::uint64_t size_bytes, const std::string& content_md5,
                     const Metadata& metadata, const DownloadOptions& options) {
  DownloadPlan plan{PartLayout::of(std::move(etag), size_bytes, options.range_bytes)};
  if (content_md5.empty() || options.content_md5 == ContentMd5::ignored) return plan;
  if (auto blocks = block_digest_of(metadata, content_md5, size_bytes)) {
    plan.layout.range_bytes = blocks->block_bytes;
    plan.layout.sums = RangeSums::md5;
    plan.digest = RangeDigest::ranges;
    plan.expected = std::move(blocks->digest);
  } else {
    plan.digest = RangeDigest::whole;
    plan.expected = content_md5;
  }
  return plan;
}

// The answer to the first GET, which asks for one range: the whole blob when it is small, else the
// first range of a partial download.
class OpeningSink final : public BodySink {
 public:
  OpeningSink(const fs::path& file, const DownloadOptions& options)
      : file_(file), options_(options), whole_(file, options.content_md5) {}

  Status begin(int status, const Headers& headers) override {
    const auto size = status == 206 ? whole_length(headers) : std::nullopt;
    range_.reset();
    if (!size || *size <= options_.range_bytes) return whole_.begin(status, headers);
    plan_ = plan_of(unquoted(headers.get("ETag")), *size,
                    std::string(headers.get("x-ms-blob-content-md5")),
                    metadata_from_headers(headers), options_);
    if (plan_.layout.etag.empty()) return fail(Code::internal, "the answer names no ETag");
    if (!part_ || part_->layout() != plan_.layout) {
      part_.reset();
      DMS_TRY(auto part, PartFile::open(file_, plan_.layout));
      part_.emplace(std::move(part));
    }
    range_.emplace(*part_, ByteRange{.length = options_.range_bytes});
    return range_->begin(status, headers);
  }
  Status write(std::span<const char> bytes) override {
    return range_ ? range_->write(bytes) : whole_.write(bytes);
  }

  WholeSink& whole() { return whole_; }
  // Whether what came is a whole range of the partial file.
  bool is_range() const { return plan_.layout.range_bytes == options_.range_bytes; }
  // Null when the blob was small.
  PartFile* part() { return range_ ? &*part_ : nullptr; }
  RangeSink& range() { return *range_; }
  const DownloadPlan& plan() const { return plan_; }

 private:
  const fs::path& file_;
  const DownloadOptions& options_;
  WholeSink whole_;
  std::optional<PartFile> part_;
  DownloadPlan plan_;
  std::optional<RangeSink> range_;
};

Headers range_headers(ByteRange range) {
  return {
      {"x-ms-range", fmt::format("bytes={}-{}", range.offset, range.offset + range.length - 1)}};
}

}  // namespace

Status FileDownload::run() {
  const fs::path directory = file_.has_parent_path() ? file_.parent_path() : fs::path(".");
  std::error_code problem;
  fs::create_directories(directory, problem);
  if (problem) return fail_errno(fmt::format("creating {}", directory.string()), problem.value());
  return fs::exists(fs::symlink_status(PartFile::path_for(file_), problem)) ? resume() : begin();
}

std::string FileDownload::doing() const {
  return fmt::format("downloading '{}/{}'", names_.container, names_.blob);
}

Status FileDownload::begin() {
  OpeningSink sink(file_, options_);
  const auto answer =
      rest_.call(op::get_blob, names_,
                 {.headers = range_headers({.length = options_.range_bytes}), .sink = &sink});
  // An empty blob has no range.
  if (!answer && answer.error().service_code == "InvalidRange") return fetch_whole();
  if (!answer) return answer.error();
  if (PartFile* part = sink.part()) {
    DMS_CHECK(sink.range().finish().context(doing()));
    return fetch_ranges(*part, sink.plan(), sink.is_range() ? &sink.range() : nullptr);
  }
  DMS_CHECK(sink.whole().check().context(doing()));
  if (options_.meter) options_.meter->moved_bytes += sink.whole().size_bytes();
  return sink.whole().publish();
}

Status FileDownload::fetch_whole() {
  WholeSink sink(file_, options_.content_md5);
  DMS_CHECK(rest_.call(op::get_blob, names_, {.sink = &sink}));
  DMS_CHECK(sink.check().context(doing()));
  if (options_.meter) options_.meter->moved_bytes += sink.size_bytes();
  return sink.publish();
}

Status FileDownload::resume() {
  DMS_TRY(const auto answer, rest_.call(op::get_blob_properties, names_));
  DMS_TRY(const auto item, blob_from_headers(names_.blob, answer.headers));
  const auto& properties = item.properties;
  if (properties.content_length <= options_.range_bytes || properties.etag.empty()) {
    std::error_code ignored;
    fs::remove(PartFile::path_for(file_), ignored);
    return begin();
  }
  const DownloadPlan plan = plan_of(properties.etag, properties.content_length,
                                    properties.http.content_md5, item.metadata, options_);
  DMS_TRY(auto part, PartFile::open(file_, plan.layout));
  return fetch_ranges(part, plan, nullptr);
}

Status FileDownload::fetch_ranges(PartFile& part, const DownloadPlan& plan,
                                  const RangeSink* first) {
  const auto fetch = [&](ByteRange range, BodySink& sink, const std::stop_token& stop) {
    return fetch_range(plan.layout.etag, range, sink, stop);
  };
  RangeDownload download(part, fetch,
                         {.digest = plan.digest,
                          .request_bytes = options_.request_bytes,
                          .budget = options_.budget,
                          .meter = options_.meter,
                          .clock = &clock_});
  if (first) DMS_CHECK(download.first_came(*first));
  auto got = download.run(options_.parallel, rest_.stop_token());
  if (!got && got.error().service_code == "ConditionNotMet") {
    part.discard();
    return std::move(got).error().context("the blob changed meanwhile; download it again");
  }
  if (!got && got.error().code == Code::exhausted)
    return std::move(got).error().context("make room and download it again, what came is kept");
  if (!got) return std::move(got).error();
  const std::string digest = base64_encode(*got);
  if (digest == plan.expected) return part.publish();
  // Nobody can tell which range is the wrong one.
  part.discard();
  return fail(
      Code::corrupt,
      fmt::format("{}: the content's MD5{} is {}, the service's is {}", doing(),
                  plan.digest == RangeDigest::ranges ? " by blocks" : "", digest, plan.expected));
}

Status FileDownload::fetch_range(const std::string& etag, ByteRange range, BodySink& sink,
                                 const std::stop_token& stop) const {
  Headers headers = range_headers(range);
  headers.set("If-Match", "\"" + etag + "\"");
  auto answer =
      rest_.call(op::get_blob, names_, {.headers = std::move(headers), .sink = &sink}, stop);
  return answer ? ok() : Status(std::move(answer).error());
}

}  // namespace dms::blob
