// Fetches what a partial download lacks, over a few threads. Private to blob/.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "blob/byte_budget.h"
#include "blob/parallel.h"
#include "blob/part_file.h"
#include "blob/transfer_meter.h"
#include "core/crypto.h"
#include "core/http.h"

namespace dms::blob {

// One download; used once, by one caller. `fetch` is called from several threads at once.
class RangeDownload {
 public:
  using Fetch = std::function<Status(ByteRange range, BodySink& sink, const std::stop_token& stop)>;

  // Requires: everything outlives this. `budget` and `meter` may be null.
  RangeDownload(PartFile& part, Fetch fetch, ByteBudget* budget, TransferMeter* meter);

  // Says that a range is here without looking, before run().
  Status came(std::size_t index);

  // Returns when every range is here and every thread joined, with the raw MD5 of the whole, which
  // is taken in order while other ranges are still coming. The first error stops the rest and is
  // returned; what came before it stays in the part file.
  Result<std::string> run(int parallel, const std::stop_token& stop);

 private:
  Result<Work> step(const std::stop_token& stop);
  bool is_here(std::size_t index);
  Status bring(std::size_t index, const std::stop_token& stop);

  PartFile& part_;
  const Fetch fetch_;
  ByteBudget* const budget_;
  TransferMeter* const meter_;
  std::atomic<std::size_t> next_ = 0;

  std::mutex mutex_;  // guards what follows; the digest belongs to the thread that set hashing_
  std::vector<bool> here_;
  std::size_t hashed_ = 0;  // ranges at the front that the digest has
  bool hashing_ = false;
  Md5 md5_;
};

// Writes a range to the part file and holds it to its length. Each try starts it anew.
class RangeSink final : public BodySink {
 public:
  // Requires: `part` outlives this.
  RangeSink(const PartFile& part, ByteRange range) : part_(part), range_(range) {}

  Status begin(int status, const Headers& headers) override;
  Status write(std::span<const char> bytes) override;

  // The raw SHA-256 of the range, once it is whole. Errors: corrupt when it is not.
  Result<std::string> finish();

 private:
  const PartFile& part_;
  const ByteRange range_;
  std::uint64_t received_bytes_ = 0;
  Sha256 digest_;
};

}  // namespace dms::blob
