// The container format of zip archives (PKWARE's APPNOTE 6.3), as it is written. Private to blob/.
//
//   archive = { local header, data, [descriptor] } { central header } end records
#pragma once

#include <cstdint>
#include <string>

namespace dms::blob {

// A number that does not fit is these, and stands elsewhere.
inline constexpr std::uint64_t most16 = 0xFFFF;
inline constexpr std::uint64_t most32 = 0xFFFF'FFFF;

// In the flags of an entry.
inline constexpr std::uint16_t flag_sizes_behind = 1 << 3;
inline constexpr std::uint16_t flag_utf8 = 1 << 11;

enum class ZipMethod : std::uint16_t { stored = 0, deflated = 8 };

// Whether an entry's checksum and sizes stand in its local header, or behind its data.
enum class ZipSizes { before, behind };

// Midnight of 1980-01-01, with which the same content gives the same bytes.
inline constexpr std::uint32_t zip_moment = ((1 << 5) | 1) << 16;

struct ZipRecord {
  std::string name;        // UTF-8; ends with '/' for a directory
  std::uint32_t mode = 0;  // as st_mode
  ZipMethod method = ZipMethod::stored;
  ZipSizes sizes = ZipSizes::before;
  bool zip64 = false;  // with ZipSizes::behind: whether a size may need more than 32 bits
  std::uint32_t crc32 = 0;
  std::uint64_t compressed_bytes = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t offset = 0;           // of the local header
  std::uint32_t moment = zip_moment;  // when the file was changed: DOS date and time
};

std::string local_header(const ZipRecord& record);
std::string data_descriptor(const ZipRecord& record);
std::string central_header(const ZipRecord& record);
// What ends the archive, behind `central_bytes` of headers that begin at `central_offset`.
std::string end_records(std::uint64_t entries, std::uint64_t central_offset,
                        std::uint64_t central_bytes);

// At most what the headers of an entry take, all together.
std::uint64_t header_bytes_of(std::size_t name_bytes);

}  // namespace dms::blob
