// Archives put together byte by byte, with whatever lies a test needs.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace dms::blob::raw {

inline constexpr std::uint32_t regular = S_IFREG | 0644;
inline constexpr std::uint32_t link = S_IFLNK | 0777;

// Little endian.
std::string number(std::uint64_t value, int bytes);
// A deflate stream of the content.
std::string deflated(std::string_view content);

struct Entry {
  std::string name;
  std::string content;  // what its checksum and size are of
  std::uint32_t mode = regular;
  int system = 3;
  int flags = 0;
  int method = 0;
  // Where a header says something else than what is so.
  std::optional<std::string> data = {};  // as it stands in the archive; else the content
  std::optional<std::uint32_t> crc = {};
  std::optional<std::uint64_t> size = {}, compressed = {}, offset = {};
  std::optional<std::string> local_name = {};
  std::optional<int> local_flags = {}, local_method = {};
  std::optional<std::uint32_t> local_crc = {};
  std::optional<std::uint64_t> local_size = {}, local_compressed = {};
  std::string extra = {};         // of the central header
  std::string descriptor = {};    // behind the data
  std::string central_name = {};  // used instead of `name` when not empty
};

struct Archive {
  std::vector<Entry> entries;
  std::string front = {};        // offsets count from its beginning
  std::string behind_data = {};  // in front of the central directory
  std::string end64 = {};        // between the central directory and the end record
  std::string comment = {};
  std::string back = {};
  std::optional<std::uint64_t> count = {}, central_offset = {}, central_bytes = {};
  std::optional<std::uint64_t> comment_bytes = {};
};

std::string bytes_of(const Archive& archive);

}  // namespace dms::blob::raw
