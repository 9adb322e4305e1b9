// The sums of ranges of a part file. Private to blob/.
//
// Functions are safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "blob/part_file.h"

namespace dms::blob {

RangeSum sum_of_crc32(std::uint32_t crc32);

// Reads the range. Errors: those of PartFile::read.
Result<RangeSum> crc32_of_range(const PartFile& part, std::size_t index);

// Four digests take not twice the time of one.
inline constexpr std::size_t ranges_at_once = 4;

// The MD5s of the ranges, which are read side by side. Errors: those of PartFile::read.
// Requires: ranges_at_once at the most.
Result<std::vector<RangeSum>> md5s_of_ranges(const PartFile& part,
                                             std::span<const std::size_t> indexes);

}  // namespace dms::blob
