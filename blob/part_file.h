// A download that is not whole yet: ".NAME.dmsbatch-part" beside its target. Private to blob/.
//
//   file     = content identity sum*
//   content  = the blob's bytes, with holes where ranges are missing
//   identity = SHA-256 of the blob's ETag, its size, the size of the ranges and what their sums are
//   sum      = 16 bytes and the word "here", or 20 zero bytes: the range of this number is missing
//
// A range counts only when its bytes have its sum: a crash of the machine in the middle of a write
// costs this range. Sums are the ranges' MD5s where the blob has a digest by its blocks; else their
// CRC-32s, filled up with zeros, since the whole has the blob's MD5.
//
// Several threads may be at it at once, each with other ranges; publish() and discard() belong to
// one that is alone.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/file.h"
#include "core/result.h"

namespace dms::blob {

struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

enum class RangeSums { crc32, md5 };
using RangeSum = std::array<char, 16>;

struct PartLayout {
  std::string etag;
  std::uint64_t size_bytes = 0;
  std::uint64_t range_bytes = 1;  // the last range is what is left
  RangeSums sums = RangeSums::crc32;
  bool operator==(const PartLayout&) const = default;

  // Ranges of `wanted` bytes, or of as many more as it takes to have no more of them than a blob
  // has blocks: what is kept per range stays small.
  static PartLayout of(std::string etag, std::uint64_t size_bytes, std::uint64_t wanted);
};

class PartFile {
 public:
  static std::filesystem::path path_for(const std::filesystem::path& target);

  // Opens what an earlier download of the same content in the same ranges has left; else begins
  // anew, over what there was. Locked until it goes.
  // Errors: conflict when somebody else downloads to this target; those of the file system.
  static Result<PartFile> open(const std::filesystem::path& target, PartLayout layout);

  std::size_t ranges() const { return sums_.size(); }
  ByteRange range(std::size_t index) const;
  const PartLayout& layout() const { return layout_; }
  // Of a range that is here, if nothing has changed its bytes since.
  const std::optional<RangeSum>& sum(std::size_t index) const { return sums_[index]; }

  // Errors: exhausted when the disk is full; what is finished stays for the next attempt.
  Status write(std::uint64_t offset, std::span<const char> bytes) const;
  // Notes that the range is here.
  Status finish(std::size_t index, const RangeSum& sum);
  // Takes back that it is here. The next attempt may still find it noted, with its old sum.
  void forget(std::size_t index) { sums_[index].reset(); }
  // Fills the buffer. Errors: corrupt when the file became shorter.
  Status read(std::uint64_t offset, std::span<char> buffer) const;
  // Calls `take` with the bytes of the range in order, in pieces.
  Status read_range(std::size_t index,
                    const std::function<void(std::span<const char>)>& take) const;

  // Replaces the target by the content. Requires: every range is here.
  Status publish();
  // Takes it away.
  void discard();

 private:
  PartFile(std::filesystem::path target, PartLayout layout, UniqueFd fd);
  Status load();
  std::string identity() const;
  std::uint64_t sum_offset(std::size_t index) const;
  Error failed(std::string_view doing, int error_number) const;

  std::filesystem::path target_;
  std::filesystem::path path_;
  PartLayout layout_;
  UniqueFd fd_;
  // The kernel lets one thread write to a file at a time, and has the others spin meanwhile.
  std::unique_ptr<std::mutex> writing_ = std::make_unique<std::mutex>();
  std::vector<std::optional<RangeSum>> sums_;  // of the ranges that are here
};

}  // namespace dms::blob
