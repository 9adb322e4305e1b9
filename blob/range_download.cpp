#include "blob/range_download.h"

#include <algorithm>
#include <utility>

#include "blob/range_sums.h"

namespace dms::blob {
namespace {

// Where a request takes longer, the processor has the time to hash each range alone, and to bring
// it again costs more than a request.
constexpr std::chrono::milliseconds quick{1000};

}  // namespace

RangeDownload::RangeDownload(PartFile& part, Fetch fetch, const RangeDownloadOptions& options)
    : part_(part),
      fetch_(std::move(fetch)),
      options_(options),
      most_at_once_(std::max<std::uint64_t>(options.request_bytes / part.layout().range_bytes, 1)) {
  if (options_.digest == RangeDigest::whole) whole_.emplace(part_);
}

Status RangeDownload::first_came(const RangeSink& sink) {
  first_came_ = true;
  if (options_.meter) options_.meter->moved_bytes += part_.range(0).length;
  return options_.digest == RangeDigest::ranges ? ok()
                                                : part_.finish(0, sum_of_crc32(sink.crc32()));
}

Result<std::string> RangeDownload::run(int parallel, const std::stop_token& stop) {
  threads_ = static_cast<int>(
      std::min<std::uint64_t>(static_cast<std::uint64_t>(std::max(parallel, 1)), part_.ranges()));
  do {
    auto done = in_parallel(threads_, stop, [this](const auto& token) { return step(token); });
    // Also after an error: what came counts at the next attempt.
    auto hashed = hash(std::exchange(unhashed_, {}));
    if (!done) return std::move(done).error();
    if (!hashed) return std::move(hashed).error();
  } while (!damaged_.empty());
  switch (options_.digest) {
    case RangeDigest::whole: return whole_->finish();
    case RangeDigest::ranges: return digest_of_sums();
    default: return std::string();
  }
}

Result<Work> RangeDownload::step(const std::stop_token& stop) {
  const RangeSpan span = claim();
  if (span.size() == 0) return Work::nothing_left;
  RangeSpan missing{span.first, span.first};
  for (std::size_t index = span.first; index < span.last; ++index) {
    DMS_TRY(const bool here, has(index, stop));
    if (!here) {
      missing.last = index + 1;
      continue;
    }
    DMS_CHECK(bring(missing, stop));
    missing = {index + 1, index + 1};
  }
  DMS_CHECK(bring(missing, stop));
  return Work::more;
}

// The last of them are shared out, so that all threads are done at the same time.
RangeSpan RangeDownload::claim() {
  const std::lock_guard lock(mutex_);
  const std::size_t left = part_.ranges() - next_;
  if (left == 0 && !damaged_.empty()) {
    const std::size_t again = damaged_.back();
    damaged_.pop_back();
    return {again, again + 1};
  }
  const std::size_t fair = std::max<std::size_t>(left / static_cast<std::size_t>(threads_), 1);
  const std::size_t first = next_;
  next_ += std::min({left, fair, at_once_});
  return {first, next_};
}

Result<bool> RangeDownload::has(std::size_t index, const std::stop_token& stop) {
  const bool came_first = index == 0 && first_came_;
  const auto& noted = part_.sum(index);
  if (!came_first && !noted) return false;
  if (options_.digest == RangeDigest::ranges) {
    DMS_CHECK(hash_soon(index, true));
    return true;
  }
  if (!came_first) {
    DMS_TRY(const RangeSum sum, crc32_of_range(part_, index));
    if (sum != *noted) return false;
    if (options_.meter) options_.meter->reused_bytes += part_.range(index).length;
  }
  if (whole_) DMS_CHECK(whole_->here(index, stop));
  return true;
}

Status RangeDownload::bring(RangeSpan span, const std::stop_token& stop) {
  while (span.size() > 0) {
    ByteBudget::Share share;
    if (options_.budget) {
      // One after the other is in flight.
      DMS_TRY(share, options_.budget->take(part_.range(span.first).length, stop));
    }
    const auto since = options_.clock->steady_now();
    RangesSink sink(part_, span, [&](std::size_t index, std::uint32_t crc32) {
      return came(index, crc32, since, stop);
    });
    auto brought = fetch_(bytes_of(part_, span), sink, stop);
    if (brought) brought = sink.finish();
    if (!brought && !sink.was_sent_again()) return brought;
    if (brought) learn_from(span.size(), since);
    span = sink.rest();
  }
  return ok();
}

Status RangeDownload::came(std::size_t index, std::uint32_t crc32, TimePoint since,
                           const std::stop_token& stop) {
  if (options_.meter) options_.meter->moved_bytes += part_.range(index).length;
  if (options_.digest == RangeDigest::ranges) return hash_soon(index, !is_slow(since));
  DMS_CHECK(part_.finish(index, sum_of_crc32(crc32)));
  return whole_ ? whole_->here(index, stop) : ok();
}

void RangeDownload::learn_from(std::size_t brought, TimePoint since) {
  const auto took = options_.clock->steady_now() - since;
  const std::lock_guard lock(mutex_);
  if (took >= quick)
    at_once_ = std::max<std::size_t>(brought / 2, 1);
  else if (took < quick / 2 && brought == at_once_)
    at_once_ = std::min(2 * at_once_, most_at_once_);
}

bool RangeDownload::is_slow(TimePoint since) const {
  return options_.clock->steady_now() - since >= quick;
}

Status RangeDownload::hash_soon(std::size_t index, bool wait) {
  Indexes enough;
  {
    const std::lock_guard lock(mutex_);
    unhashed_.push_back(index);
    if (!wait || unhashed_.size() == ranges_at_once) enough.swap(unhashed_);
  }
  return hash(enough);
}

Status RangeDownload::hash(const Indexes& indexes) {
  DMS_TRY(const auto sums, md5s_of_ranges(part_, indexes));
  for (std::size_t i = 0; i < indexes.size(); ++i) {
    const std::size_t index = indexes[i];
    const auto& noted = part_.sum(index);
    if (!noted) {
      DMS_CHECK(part_.finish(index, sums[i]));
    } else if (*noted == sums[i]) {
      if (options_.meter) options_.meter->reused_bytes += part_.range(index).length;
    } else {
      part_.forget(index);
      const std::lock_guard lock(mutex_);
      damaged_.push_back(index);
    }
  }
  return ok();
}

std::string RangeDownload::digest_of_sums() const {
  Md5 digest;
  for (std::size_t index = 0; index < part_.ranges(); ++index) digest.update(*part_.sum(index));
  return digest.finish();
}

}  // namespace dms::blob
