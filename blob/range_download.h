// Fetches what a partial download lacks, over a few threads. Private to blob/.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "blob/byte_budget.h"
#include "blob/parallel.h"
#include "blob/part_file.h"
#include "blob/transfer_meter.h"
#include "blob/whole_md5.h"
#include "core/clock.h"
#include "core/http.h"

namespace dms::blob {

// Writes a range to the part file and holds it to its length. Each try starts it anew.
class RangeSink final : public BodySink {
 public:
  // Requires: `part` outlives this.
  RangeSink(const PartFile& part, ByteRange range) : part_(part), range_(range) {}

  Status begin(int status, const Headers& headers) override;
  // Collects the 16 KiB that libcurl brings at a time: the file system takes more at less expense.
  Status write(std::span<const char> bytes) override;

  // Writes what is left of it. Errors: corrupt when the range is not whole.
  Status finish();
  // Of what came, when the part file's sums are CRC-32s.
  std::uint32_t crc32() const { return crc32_; }

 private:
  Status flush();

  const PartFile& part_;
  const ByteRange range_;
  std::uint64_t received_bytes_ = 0;
  std::uint32_t crc32_ = 0;
  std::vector<char> collected_;  // at the end of what came
};

// What a download gives in the end: nothing; the MD5 of the whole; the MD5 of the ranges' MD5s one
// after the other.
enum class RangeDigest { none, whole, ranges };

struct RangeDownloadOptions {
  RangeDigest digest = RangeDigest::none;
  ByteBudget* budget = nullptr;    // may be null
  TransferMeter* meter = nullptr;  // may be null
  const Clock* clock = &system_clock();
};

// One download; used once, by one caller. `fetch` is called from several threads at once.
//
// Where sums are CRC-32s, a range is noted as soon as it is here, and the MD5 of the whole goes on
// meanwhile. Where they are MD5s, ranges that came quickly wait until four can be hashed together.
// So a kill costs what was coming, and three ranges that can be had again as quickly.
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

  Result<Work> step(const std::stop_token& stop);
  // Brings the range unless the part file has it.
  Status have(std::size_t index, const std::stop_token& stop);
  Status have_unhashed(std::size_t index, const std::stop_token& stop);
  Result<std::uint32_t> bring(std::size_t index, const std::stop_token& stop);
  // Adds a range to those that wait to be hashed, and takes them all when they are `enough`.
  Indexes wait_with(std::size_t index, std::size_t enough);
  Status hash(const Indexes& indexes, const std::stop_token& stop);
  std::string digest_of_sums() const;

  PartFile& part_;
  const Fetch fetch_;
  const RangeDownloadOptions options_;
  bool first_came_ = false;
  std::atomic<std::size_t> next_ = 0;
  std::optional<WholeMd5> whole_;

  std::mutex mutex_;  // guards what follows
  Indexes unhashed_;
};

}  // namespace dms::blob
