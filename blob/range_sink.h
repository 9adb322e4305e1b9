// Where the answers with ranges of a blob go: into a partial file. Private to blob/.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "blob/part_file.h"
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
  std::uint64_t missing_bytes() const { return range_.length - received_bytes_; }
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

// Ranges that follow each other: [first, last).
struct RangeSpan {
  std::size_t first = 0;
  std::size_t last = 0;
  std::size_t size() const { return last - first; }
};

// The bytes of all ranges of `span`, of which the last may be shorter.
ByteRange bytes_of(const PartFile& part, RangeSpan span);

// Takes several ranges from one answer and tells of each as soon as it is here. Once one is, the
// sink takes no second answer from the start: the rest is to be asked for by a request of its own.
class RangesSink final : public BodySink {
 public:
  // Its CRC-32 counts where those are the part file's sums. An error ends the answer.
  using Came = std::function<Status(std::size_t index, std::uint32_t crc32)>;

  // Requires: `part` outlives this; the span is not empty.
  RangesSink(const PartFile& part, RangeSpan span, Came came);

  Status begin(int status, const Headers& headers) override;
  Status write(std::span<const char> bytes) override;

  // Errors: corrupt when the ranges are not all here.
  Status finish();
  // Whether a second answer from the start was not taken.
  bool was_sent_again() const { return sent_again_; }
  // Those of the span that are not here.
  RangeSpan rest() const { return {next_, span_.last}; }

 private:
  const PartFile& part_;
  const RangeSpan span_;
  const Came came_;
  std::size_t next_;
  bool sent_again_ = false;
  std::optional<RangeSink> range_;  // the next one's, once it has begun
};

}  // namespace dms::blob
