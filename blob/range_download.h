// Fetches what a partial download lacks, over a few threads. Private to blob/.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "blob/byte_budget.h"
#include "blob/parallel.h"
#include "blob/part_file.h"
#include "blob/range_sink.h"
#include "blob/transfer_meter.h"
#include "blob/whole_md5.h"
#include "core/clock.h"

namespace dms::blob {

// What a download gives in the end: nothing; the MD5 of the whole; the MD5 of the ranges' MD5s one
// after the other.
enum class RangeDigest { none, whole, ranges };

struct RangeDownloadOptions {
  RangeDigest digest = RangeDigest::none;
  std::uint64_t request_bytes = 0;  // most that one request brings, or one range
  ByteBudget* budget = nullptr;     // may be null
  TransferMeter* meter = nullptr;   // may be null
  const Clock* clock = &system_clock();
};

// One download; used once, by one caller. `fetch` is called from several threads at once.
//
// A request brings one range; where they come quickly, the next brings more that follow each other,
// since each costs the service something. Where sums are CRC-32s, a range is noted as soon as it is
// here, and the MD5 of the whole goes on meanwhile. Where they are MD5s, ranges that came quickly
// wait until four can be hashed together. So a kill costs what was coming, and ranges that can be
// had again as quickly.
class RangeDownload {
 public:
  using Fetch = std::function<Status(ByteRange range, BodySink& sink, const std::stop_token& stop)>;

  // Requires: everything outlives this; the part file's sums are MD5s for `ranges`, else CRC-32s.
  RangeDownload(PartFile& part, Fetch fetch, const RangeDownloadOptions& options);

  // Takes the first range, which is in the part file already; before run().
  Status first_came(const RangeSink& sink);

  // Returns when every range is here and every thread joined, with the raw digest. The first error
  // stops the rest and is returned; what came before it stays in the part file.
  Result<std::string> run(int parallel, const std::stop_token& stop);

 private:
  using Indexes = std::vector<std::size_t>;
  using TimePoint = std::chrono::steady_clock::time_point;

  Result<Work> step(const std::stop_token& stop);
  // Takes the next ranges that nobody took; empty at the end.
  RangeSpan claim();
  // Whether the part file has the range.
  Result<bool> has(std::size_t index, const std::stop_token& stop);
  // Brings them by one request, or by one more for the rest after each that broke off when some had
  // come and that was worth another try.
  Status bring(RangeSpan span, const std::stop_token& stop);
  Status came(std::size_t index, std::uint32_t crc32, TimePoint since, const std::stop_token& stop);
  void learn_from(std::size_t brought, TimePoint since);

  bool is_slow(TimePoint since) const;
  // Hashes the range, unless it shall wait for others.
  Status hash_soon(std::size_t index, bool wait);
  Status hash(const Indexes& indexes);
  std::string digest_of_sums() const;

  PartFile& part_;
  const Fetch fetch_;
  const RangeDownloadOptions options_;
  const std::size_t most_at_once_;
  int threads_ = 1;
  bool first_came_ = false;
  std::optional<WholeMd5> whole_;

  std::mutex mutex_;  // guards what follows
  std::size_t next_ = 0;
  std::size_t at_once_ = 1;  // ranges in a request
  Indexes unhashed_;
  Indexes damaged_;  // an earlier attempt has noted them, and they are something else now
};

}  // namespace dms::blob
