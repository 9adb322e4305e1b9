// How an archive's pieces lie in it, read apart from libzip: what makes an archive ambiguous or a
// bomb shows there, and two readers that agree are not fooled alike. Private to blob/.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace dms::blob {

// The bytes of an archive. `read_at` gives all that was asked for, or an error.
struct ZipBytes {
  std::uint64_t size_bytes = 0;
  std::function<Result<std::string>(std::uint64_t offset, std::size_t length)> read_at;
};
// Requires: the text, or the descriptor, outlives the result.
ZipBytes bytes_of_text(std::string_view text);
Result<ZipBytes> bytes_of_file(const std::string& path, int fd);

struct LayoutEntry {
  std::string name;  // as it stands there
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint32_t crc32 = 0;
  std::uint64_t compressed_bytes = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t offset = 0;  // of the local header
};

// The entries in the order of the central directory.
// Errors, with the entry's name: corrupt for anything in front of the archive or behind it, for end
// records that lie or of which there are two, for a central directory that is cut off, for local
// headers that say something else or overlap, and for sizes that the data cannot have; exhausted
// for a central directory of more than 1 GiB.
Result<std::vector<LayoutEntry>> read_layout(const ZipBytes& bytes);

}  // namespace dms::blob
