// Fetches what a partial download lacks, over a few threads. Private to blob/.
#pragma once

#include <atomic>
#include <condition_variable>
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

  enum class Whole { hashed, as_it_comes };

  // Requires: everything outlives this. `budget` and `meter` may be null.
  RangeDownload(PartFile& part, Fetch fetch, Whole whole, ByteBudget* budget, TransferMeter* meter);

  // Says that a range is here without looking, before run().
  void came(std::size_t index) { here_[index] = true; }

  // Returns when every range is here and every thread joined, with the raw MD5 of the whole if it
  // is hashed, which is done in order while other ranges are still coming. The first error stops
  // the rest and is returned; what came before it stays in the part file.
  Result<std::string> run(int parallel, const std::stop_token& stop);

 private:
  Result<Work> step(const std::stop_token& stop);
  bool is_here(std::size_t index);
  Status bring(std::size_t index, const std::stop_token& stop);
  Status hash_on(const std::stop_token& stop);
  std::size_t ready_to_hash();

  PartFile& part_;
  const Fetch fetch_;
  const Whole whole_;
  ByteBudget* const budget_;
  TransferMeter* const meter_;
  std::atomic<std::size_t> next_ = 0;

  std::mutex mutex_;  // guards what follows; the digest belongs to the thread that set hashing_
  std::vector<bool> here_;
  std::size_t front_ = 0;   // ranges at the front that are here
  std::size_t hashed_ = 0;  // those of them that the digest has
  bool hashing_ = false;
  std::condition_variable_any hashed_more_;
  Md5 md5_;
};

// Writes a range to the part file and holds it to its length. Each try starts it anew.
class RangeSink final : public BodySink {
 public:
  // Requires: `part` outlives this.
  RangeSink(const PartFile& part, ByteRange range) : part_(part), range_(range) {}

  Status begin(int status, const Headers& headers) override;
  Status write(std::span<const char> bytes) override;

  // The CRC-32 of the range, once it is whole. Errors: corrupt when it is not.
  Result<std::uint32_t> finish();

 private:
  const PartFile& part_;
  const ByteRange range_;
  std::uint64_t received_bytes_ = 0;
  std::uint32_t crc32_ = 0;
};

}  // namespace dms::blob
