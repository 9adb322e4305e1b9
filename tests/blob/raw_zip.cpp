#include "tests/blob/raw_zip.h"

#include "blob/zip/deflate.h"

namespace dms::blob::raw {

std::string number(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * i & 0xFF);
  return text;
}

std::string deflated(std::string_view content) {
  return Deflater::create().value().whole(content).value();
}

namespace {

// A size that does not fit is left to a zip64 field.
std::string size32(std::uint64_t value) { return number(std::min<std::uint64_t>(value, ~0U), 4); }

std::string local_of(const Entry& entry, std::uint64_t size, std::uint64_t compressed,
                     std::uint32_t crc) {
  const std::string& name = entry.local_name.value_or(entry.name);
  return "PK\x03\x04" + number(20, 2) + number(entry.local_flags.value_or(entry.flags), 2) +
         number(entry.local_method.value_or(entry.method), 2) + number(0x00210000, 4) +
         number(entry.local_crc.value_or(crc), 4) +
         size32(entry.local_compressed.value_or(compressed)) +
         size32(entry.local_size.value_or(size)) + number(name.size(), 2) + number(0, 2) + name;
}

std::string central_of(const Entry& entry, std::uint64_t size, std::uint64_t compressed,
                       std::uint32_t crc, std::uint64_t offset) {
  const std::string& name = entry.central_name.empty() ? entry.name : entry.central_name;
  return "PK\x01\x02" + number(20 | entry.system << 8, 2) + number(20, 2) + number(entry.flags, 2) +
         number(entry.method, 2) + number(0x00210000, 4) + number(crc, 4) + size32(compressed) +
         size32(size) + number(name.size(), 2) + number(entry.extra.size(), 2) + number(0, 2) +
         number(0, 2) + number(0, 2) + number(std::uint64_t{entry.mode} << 16, 4) +
         size32(entry.offset.value_or(offset)) + name + entry.extra;
}

}  // namespace

std::string bytes_of(const Archive& archive) {
  std::string files = archive.front, central;
  for (const Entry& entry : archive.entries) {
    const std::string& data = entry.data.value_or(entry.content);
    const auto size = entry.size.value_or(entry.content.size());
    const auto compressed = entry.compressed.value_or(data.size());
    const auto crc = entry.crc.value_or(crc32_of(entry.content));
    central += central_of(entry, size, compressed, crc, files.size());
    files += local_of(entry, size, compressed, crc) + data + entry.descriptor;
  }
  files += archive.behind_data;
  const auto count = archive.count.value_or(archive.entries.size());
  return files + central + archive.end64 + "PK\x05\x06" + number(0, 4) + number(count, 2) +
         number(count, 2) + number(archive.central_bytes.value_or(central.size()), 4) +
         number(archive.central_offset.value_or(files.size()), 4) +
         number(archive.comment_bytes.value_or(archive.comment.size()), 2) + archive.comment +
         archive.back;
}

}  // namespace dms::blob::raw
