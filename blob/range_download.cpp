#include "blob/range_download.h"

#include <fmt/format.h>

#include <algorithm>

namespace dms::blob {

RangeDownload::RangeDownload(PartFile& part, Fetch fetch, ByteBudget* budget, TransferMeter* meter)
    : part_(part),
      fetch_(std::move(fetch)),
      budget_(budget),
      meter_(meter),
      here_(part.ranges(), false) {}

Result<std::string> RangeDownload::run(int parallel, const std::stop_token& stop) {
  const int threads = static_cast<int>(
      std::min<std::uint64_t>(static_cast<std::uint64_t>(std::max(parallel, 1)), here_.size()));
  DMS_CHECK(in_parallel(threads, stop, [this](const auto& token) { return step(token); }));
  return md5_.finish();
}

Result<Work> RangeDownload::step(const std::stop_token& stop) {
  const std::size_t index = next_++;
  if (index >= here_.size()) return Work::nothing_left;
  if (is_here(index)) return Work::more;
  DMS_TRY(const bool here, part_.has(index));
  if (!here) DMS_CHECK(bring(index, stop));
  if (meter_) (here ? meter_->reused_bytes : meter_->moved_bytes) += part_.range(index).length;
  DMS_CHECK(came(index));
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
  DMS_TRY(const std::string digest, sink.finish());
  return part_.finish(index, digest);
}

// The thread that finds the next range in order here, and nobody hashing, hashes on to the first
// gap.
Status RangeDownload::came(std::size_t index) {
  std::unique_lock lock(mutex_);
  here_[index] = true;
  if (hashing_) return ok();
  hashing_ = true;
  while (hashed_ < here_.size() && here_[hashed_]) {
    lock.unlock();
    DMS_CHECK(part_.read(hashed_, [this](std::span<const char> bytes) { md5_.update(bytes); }));
    lock.lock();
    ++hashed_;
  }
  hashing_ = false;
  return ok();
}

Status RangeSink::begin(int status, const Headers&) {
  if (status != 206)
    return fail(Code::internal, fmt::format("a range was answered with {} and not 206", status));
  received_bytes_ = 0;
  digest_ = Sha256();
  return ok();
}

Status RangeSink::write(std::span<const char> bytes) {
  if (bytes.size() > range_.length - received_bytes_)
    return fail(Code::corrupt,
                fmt::format("more than {} bytes came for a range of so many", range_.length));
  DMS_CHECK(part_.write(range_.offset + received_bytes_, bytes));
  digest_.update(bytes);
  received_bytes_ += bytes.size();
  return ok();
}

Result<std::string> RangeSink::finish() {
  if (received_bytes_ == range_.length) return digest_.finish();
  return fail(Code::corrupt,
              fmt::format("{} bytes came where {} were asked for", received_bytes_, range_.length));
}

}  // namespace dms::blob
