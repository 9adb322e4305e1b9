#include "blob/range_sums.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "blob/zip/deflate.h"
#include "core/md5.h"

namespace dms::blob {
namespace {

static_assert(std::tuple_size<RangeSum>() == Md5::digest_bytes);

// Of one range; those of all four stay in the processor's cache.
constexpr std::uint64_t lane_bytes = 64 * 1024;

class SideBySide {
 public:
  SideBySide(const PartFile& part, std::span<const std::size_t> indexes) : part_(part) {
    for (const std::size_t index : indexes) ranges_.push_back(part.range(index));
  }

  Result<std::vector<RangeSum>> run() {
    const std::uint64_t shared = shortest();
    if (ranges_.size() > 1) DMS_CHECK(read_together(shared));
    for (std::size_t lane = 0; lane < ranges_.size(); ++lane)
      DMS_CHECK(read_alone(lane, ranges_.size() > 1 ? shared : 0));
    std::vector<RangeSum> sums(ranges_.size());
    for (std::size_t lane = 0; lane < sums.size(); ++lane)
      std::ranges::copy(digests_[lane].finish(), sums[lane].begin());
    return sums;
  }

 private:
  std::uint64_t shortest() const {
    return std::ranges::min(ranges_, {}, &ByteRange::length).length;
  }

  // A lane without a range has the bytes of the first.
  Status read_together(std::uint64_t length) {
    for (std::uint64_t done = 0; done < length;) {
      const std::uint64_t count = std::min(lane_bytes, length - done);
      std::array<const char*, ranges_at_once> bytes{};
      bytes.fill(buffer_.data());
      for (std::size_t lane = 0; lane < ranges_.size(); ++lane) {
        const auto piece = std::span(buffer_).subspan(lane * lane_bytes, count);
        DMS_CHECK(part_.read(ranges_[lane].offset + done, piece));
        bytes[lane] = piece.data();
      }
      update_four({&digests_[0], &digests_[1], &digests_[2], &digests_[3]}, bytes, count);
      done += count;
    }
    return ok();
  }

  // What follows after `done` bytes.
  Status read_alone(std::size_t lane, std::uint64_t done) {
    const auto [offset, length] = ranges_[lane];
    while (done < length) {
      const auto piece = std::span(buffer_).first(std::min(lane_bytes, length - done));
      DMS_CHECK(part_.read(offset + done, piece));
      digests_[lane].update(piece);
      done += piece.size();
    }
    return ok();
  }

  const PartFile& part_;
  std::vector<ByteRange> ranges_;
  std::array<Md5, ranges_at_once> digests_;
  std::vector<char> buffer_ = std::vector<char>(ranges_at_once * lane_bytes);
};

}  // namespace

RangeSum sum_of_crc32(std::uint32_t crc32) {
  RangeSum sum{};
  std::memcpy(sum.data(), &crc32, sizeof crc32);
  return sum;
}

Result<RangeSum> crc32_of_range(const PartFile& part, std::size_t index) {
  std::uint32_t crc32 = 0;
  DMS_CHECK(part.read_range(index, [&](std::span<const char> bytes) {
    crc32 = crc32_of({bytes.data(), bytes.size()}, crc32);
  }));
  return sum_of_crc32(crc32);
}

Result<std::vector<RangeSum>> md5s_of_ranges(const PartFile& part,
                                             std::span<const std::size_t> indexes) {
  assert(indexes.size() <= ranges_at_once);
  if (indexes.empty()) return std::vector<RangeSum>{};
  return SideBySide(part, indexes).run();
}

}  // namespace dms::blob
