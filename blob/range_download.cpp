#include "blob/range_download.h"

#include <fmt/format.h>

#include <algorithm>

#include "blob/zip/deflate.h"

namespace dms::blob {
namespace {

// Ranges that may wait for the digest. With more of them the threads that fetch would only take
// the processor from the one that hashes, which is the slowest, and it would find its bytes in no
// cache.
constexpr std::size_t most_unhashed = 4;

}  // namespace

RangeDownload::RangeDownload(PartFile& part, Fetch fetch, Whole whole, ByteBudget* budget,
                             TransferMeter* meter)
    : part_(part),
      fetch_(std::move(fetch)),
      whole_(whole),
      budget_(budget),
      meter_(meter),
      here_(part.ranges(), false) {}

Result<std::string> RangeDownload::run(int parallel, const std::stop_token& stop) {
  const int threads = static_cast<int>(
      std::min<std::uint64_t>(static_cast<std::uint64_t>(std::max(parallel, 1)), here_.size()));
  DMS_CHECK(in_parallel(threads, stop, [this](const auto& token) { return step(token); }));
  return whole_ == Whole::hashed ? md5_.finish() : std::string();
}

Result<Work> RangeDownload::step(const std::stop_token& stop) {
  const std::size_t index = next_++;
  if (index >= here_.size()) return Work::nothing_left;
  if (is_here(index)) return Work::more;
  DMS_TRY(const bool here, part_.has(index));
  if (!here) DMS_CHECK(bring(index, stop));
  if (meter_) (here ? meter_->reused_bytes : meter_->moved_bytes) += part_.range(index).length;
  {
    const std::lock_guard lock(mutex_);
    here_[index] = true;
  }
  if (whole_ == Whole::hashed) DMS_CHECK(hash_on(stop));
  return Work::more;
}

bool RangeDownload::is_here(std::size_t index) {
  const std::lock_guard lock(mutex_);
  return here_[index];
}

Status RangeDownload::bring(std::size_t index, const std::stop_token& stop) {
  const ByteRange range = part_.range(index);
  ByteBudget::Share share;
  if (budget_) {
    DMS_TRY(share, budget_->take(range.length, stop));
  }
  RangeSink sink(part_, range);
  DMS_CHECK(fetch_(range, sink, stop));
  DMS_TRY(const std::uint32_t crc32, sink.finish());
  return part_.finish(index, crc32);
}

// The thread that finds the next range in order here, and nobody hashing, hashes on to the first
// gap. The others go on fetching while it keeps up.
Status RangeDownload::hash_on(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  hashed_more_.wait(lock, stop, [this] { return !hashing_ || ready_to_hash() <= most_unhashed; });
  if (hashing_) return ok();
  hashing_ = true;
  while (ready_to_hash() > 0) {
    lock.unlock();
    DMS_CHECK(part_.read(hashed_, [this](std::span<const char> bytes) { md5_.update(bytes); }));
    lock.lock();
    ++hashed_;
    hashed_more_.notify_all();
  }
  hashing_ = false;
  hashed_more_.notify_all();
  return ok();
}

std::size_t RangeDownload::ready_to_hash() {
  while (front_ < here_.size() && here_[front_]) ++front_;
  return front_ - hashed_;
}

Status RangeSink::begin(int status, const Headers&) {
  if (status != 206)
    return fail(Code::internal, fmt::format("a range was answered with {} and not 206", status));
  received_bytes_ = 0;
  crc32_ = 0;
  return ok();
}

Status RangeSink::write(std::span<const char> bytes) {
  if (bytes.size() > range_.length - received_bytes_)
    return fail(Code::corrupt,
                fmt::format("more than {} bytes came for a range of so many", range_.length));
  DMS_CHECK(part_.write(range_.offset + received_bytes_, bytes));
  crc32_ = crc32_of({bytes.data(), bytes.size()}, crc32_);
  received_bytes_ += bytes.size();
  return ok();
}

Result<std::uint32_t> RangeSink::finish() {
  if (received_bytes_ == range_.length) return crc32_;
  return fail(Code::corrupt,
              fmt::format("{} bytes came where {} were asked for", received_bytes_, range_.length));
}

}  // namespace dms::blob
