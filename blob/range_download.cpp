#include "blob/range_download.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "blob/range_sums.h"
#include "blob/zip/deflate.h"

namespace dms::blob {
namespace {

// Where a range takes longer, the processor has the time to hash each alone.
constexpr std::chrono::seconds quick{1};

// In a write: with 16 KiB the file system took twice the time for the same bytes, and with 256 KiB
// wherever the kernel had no memory in such pieces that was used before.
constexpr std::size_t most_collected = 64 * 1024;

}  // namespace

RangeDownload::RangeDownload(PartFile& part, Fetch fetch, const RangeDownloadOptions& options)
    : part_(part), fetch_(std::move(fetch)), options_(options) {
  if (options_.digest == RangeDigest::whole) whole_.emplace(part_);
}

Status RangeDownload::first_came(const RangeSink& sink) {
  first_came_ = true;
  if (options_.meter) options_.meter->moved_bytes += part_.range(0).length;
  return options_.digest == RangeDigest::ranges ? ok()
                                                : part_.finish(0, sum_of_crc32(sink.crc32()));
}

Result<std::string> RangeDownload::run(int parallel, const std::stop_token& stop) {
  const int threads = static_cast<int>(
      std::min<std::uint64_t>(static_cast<std::uint64_t>(std::max(parallel, 1)), part_.ranges()));
  auto done = in_parallel(threads, stop, [this](const auto& token) { return step(token); });
  // Also after an error: what came counts at the next attempt.
  auto hashed = hash(std::exchange(unhashed_, {}), stop);
  if (!done) return std::move(done).error();
  if (!hashed) return std::move(hashed).error();
  switch (options_.digest) {
    case RangeDigest::whole: return whole_->finish();
    case RangeDigest::ranges: return digest_of_sums();
    default: return std::string();
  }
}

Result<Work> RangeDownload::step(const std::stop_token& stop) {
  const std::size_t index = next_++;
  if (index >= part_.ranges()) return Work::nothing_left;
  if (options_.digest == RangeDigest::ranges) {
    DMS_CHECK(have_unhashed(index, stop));
  } else {
    DMS_CHECK(have(index, stop));
  }
  if (whole_) DMS_CHECK(whole_->here(index, stop));
  return Work::more;
}

Status RangeDownload::have(std::size_t index, const std::stop_token& stop) {
  if (index == 0 && first_came_) return ok();
  if (const auto& noted = part_.sum(index)) {
    DMS_TRY(const RangeSum sum, crc32_of_range(part_, index));
    if (sum == *noted) {
      if (options_.meter) options_.meter->reused_bytes += part_.range(index).length;
      return ok();
    }
  }
  DMS_TRY(const std::uint32_t crc32, bring(index, stop));
  return part_.finish(index, sum_of_crc32(crc32));
}

Status RangeDownload::have_unhashed(std::size_t index, const std::stop_token& stop) {
  const auto began = options_.clock->steady_now();
  const bool here = part_.sum(index) || (index == 0 && first_came_);
  if (!here) DMS_CHECK(bring(index, stop));
  const bool was_quick = options_.clock->steady_now() - began < quick;
  return hash(wait_with(index, was_quick ? ranges_at_once : 1), stop);
}

Result<std::uint32_t> RangeDownload::bring(std::size_t index, const std::stop_token& stop) {
  const ByteRange range = part_.range(index);
  ByteBudget::Share share;
  if (options_.budget) {
    DMS_TRY(share, options_.budget->take(range.length, stop));
  }
  RangeSink sink(part_, range);
  DMS_CHECK(fetch_(range, sink, stop));
  DMS_CHECK(sink.finish());
  if (options_.meter) options_.meter->moved_bytes += range.length;
  return sink.crc32();
}

RangeDownload::Indexes RangeDownload::wait_with(std::size_t index, std::size_t enough) {
  const std::lock_guard lock(mutex_);
  unhashed_.push_back(index);
  return unhashed_.size() < enough ? Indexes{} : std::exchange(unhashed_, {});
}

// What an earlier attempt has noted and is something else now is brought again.
Status RangeDownload::hash(const Indexes& indexes, const std::stop_token& stop) {
  DMS_TRY(const auto sums, md5s_of_ranges(part_, indexes));
  for (std::size_t i = 0; i < indexes.size(); ++i) {
    const auto& noted = part_.sum(indexes[i]);
    if (!noted) {
      DMS_CHECK(part_.finish(indexes[i], sums[i]));
    } else if (*noted == sums[i]) {
      if (options_.meter) options_.meter->reused_bytes += part_.range(indexes[i]).length;
    } else {
      DMS_CHECK(bring(indexes[i], stop));
      DMS_TRY(const auto again, md5s_of_ranges(part_, {&indexes[i], 1}));
      DMS_CHECK(part_.finish(indexes[i], again.front()));
    }
  }
  return ok();
}

std::string RangeDownload::digest_of_sums() const {
  Md5 digest;
  for (std::size_t index = 0; index < part_.ranges(); ++index) digest.update(*part_.sum(index));
  return digest.finish();
}

Status RangeSink::begin(int status, const Headers&) {
  if (status != 206)
    return fail(Code::internal, fmt::format("a range was answered with {} and not 206", status));
  received_bytes_ = 0;
  crc32_ = 0;
  collected_.clear();
  collected_.reserve(most_collected);
  return ok();
}

Status RangeSink::write(std::span<const char> bytes) {
  if (bytes.size() > range_.length - received_bytes_)
    return fail(Code::corrupt,
                fmt::format("more than {} bytes came for a range of so many", range_.length));
  if (collected_.size() + bytes.size() > most_collected) DMS_CHECK(flush());
  collected_.insert(collected_.end(), bytes.begin(), bytes.end());
  if (part_.layout().sums == RangeSums::crc32)
    crc32_ = crc32_of({bytes.data(), bytes.size()}, crc32_);
  received_bytes_ += bytes.size();
  return ok();
}

Status RangeSink::flush() {
  DMS_CHECK(part_.write(range_.offset + received_bytes_ - collected_.size(), collected_));
  collected_.clear();
  return ok();
}

Status RangeSink::finish() {
  if (received_bytes_ == range_.length) return flush();
  return fail(Code::corrupt,
              fmt::format("{} bytes came where {} were asked for", received_bytes_, range_.length));
}

}  // namespace dms::blob
