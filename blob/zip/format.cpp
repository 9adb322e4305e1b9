#include "blob/zip/format.h"

#include <sys/stat.h>

#include <algorithm>

namespace dms::blob {
namespace {

constexpr std::uint16_t version_deflate = 20;
constexpr std::uint16_t version_zip64 = 45;
constexpr std::uint16_t made_on_unix = 3 << 8;
constexpr std::uint16_t extra_zip64 = 1;
constexpr std::uint32_t dos_directory = 0x10;

// Numbers in little endian, one after another.
class Bytes {
 public:
  Bytes& sign(char a, char b) { return text({'P', 'K', a, b}); }
  Bytes& u16(std::uint64_t value) { return number(value, 2); }
  Bytes& u32(std::uint64_t value) { return number(value, 4); }
  Bytes& u64(std::uint64_t value) { return number(value, 8); }
  Bytes& text(const std::string& text) {
    out_ += text;
    return *this;
  }
  std::string take() { return std::move(out_); }

 private:
  Bytes& number(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out_ += static_cast<char>(value >> 8 * i & 0xFF);
    return *this;
  }
  std::string out_;
};

std::uint16_t flags_of(const ZipRecord& record) {
  const bool ascii = std::all_of(record.name.begin(), record.name.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return static_cast<std::uint16_t>((ascii ? 0 : flag_utf8) |
                                    (record.sizes == ZipSizes::behind ? flag_sizes_behind : 0));
}

bool is_large(const ZipRecord& record) {
  return std::max(record.compressed_bytes, record.size_bytes) >= most32;
}

bool local_zip64(const ZipRecord& record) {
  return record.sizes == ZipSizes::behind ? record.zip64 : is_large(record);
}

// "version needed" to the modification time, alike in both headers.
void add_common(Bytes& out, const ZipRecord& record, bool zip64) {
  out.u16(zip64 ? version_zip64 : version_deflate)
      .u16(flags_of(record))
      .u16(static_cast<std::uint16_t>(record.method))
      .u32(record.moment);
}

std::string zip64_field(const std::string& numbers) {
  return numbers.empty() ? "" : Bytes().u16(extra_zip64).u16(numbers.size()).text(numbers).take();
}

}  // namespace

std::string local_header(const ZipRecord& record) {
  const bool zip64 = local_zip64(record);
  const bool before = record.sizes == ZipSizes::before;
  const std::uint64_t size = before ? record.size_bytes : 0;
  const std::uint64_t compressed = before ? record.compressed_bytes : 0;
  const std::string extra = zip64 ? zip64_field(Bytes().u64(size).u64(compressed).take()) : "";
  Bytes out;
  add_common(out.sign(3, 4), record, zip64);
  return out.u32(before ? record.crc32 : 0)
      .u32(zip64 ? most32 : compressed)
      .u32(zip64 ? most32 : size)
      .u16(record.name.size())
      .u16(extra.size())
      .text(record.name)
      .text(extra)
      .take();
}

std::string data_descriptor(const ZipRecord& record) {
  Bytes out;
  out.sign(7, 8).u32(record.crc32);
  if (record.zip64) return out.u64(record.compressed_bytes).u64(record.size_bytes).take();
  return out.u32(record.compressed_bytes).u32(record.size_bytes).take();
}

std::string central_header(const ZipRecord& record) {
  Bytes large;
  if (is_large(record)) large.u64(record.size_bytes).u64(record.compressed_bytes);
  if (record.offset >= most32) large.u64(record.offset);
  const std::string extra = zip64_field(large.take());
  const bool zip64 = !extra.empty() || local_zip64(record);
  Bytes out;
  out.sign(1, 2).u16(made_on_unix | (zip64 ? version_zip64 : version_deflate));
  add_common(out, record, zip64);
  return out.u32(record.crc32)
      .u32(is_large(record) ? most32 : record.compressed_bytes)
      .u32(is_large(record) ? most32 : record.size_bytes)
      .u16(record.name.size())
      .u16(extra.size())
      .u16(0)  // comment
      .u16(0)  // disk
      .u16(0)  // internal attributes
      .u32(std::uint64_t{record.mode} << 16 | (S_ISDIR(record.mode) ? dos_directory : 0))
      .u32(std::min(record.offset, most32))
      .text(record.name)
      .text(extra)
      .take();
}

std::string end_records(std::uint64_t entries, std::uint64_t central_offset,
                        std::uint64_t central_bytes) {
  Bytes out;
  if (entries >= most16 || central_offset >= most32 || central_bytes >= most32) {
    constexpr std::uint64_t rest_of_record = 44;
    out.sign(6, 6)
        .u64(rest_of_record)
        .u16(made_on_unix | version_zip64)
        .u16(version_zip64)
        .u32(0)  // this disk
        .u32(0)  // the central directory's disk
        .u64(entries)
        .u64(entries)
        .u64(central_bytes)
        .u64(central_offset);
    out.sign(6, 7).u32(0).u64(central_offset + central_bytes).u32(1);
  }
  return out.sign(5, 6)
      .u16(0)
      .u16(0)
      .u16(std::min(entries, most16))
      .u16(std::min(entries, most16))
      .u32(std::min(central_bytes, most32))
      .u32(std::min(central_offset, most32))
      .u16(0)  // comment
      .take();
}

std::uint64_t header_bytes_of(std::size_t name_bytes) {
  constexpr std::uint64_t local = 30 + 20, descriptor = 24, central = 46 + 28;
  return local + descriptor + central + std::uint64_t{2} * name_bytes;
}

}  // namespace dms::blob
