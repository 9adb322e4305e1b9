#include "blob/zip/deflate.h"

#include <libdeflate.h>

#include <algorithm>
#include <array>

#include "blob/zip/deflate_join.h"

namespace dms::blob {
namespace {

// The lowest level that is no larger than zlib's sixth on text as well as on binary files.
constexpr int thorough_level = 6;
constexpr int quick_level = 1;

constexpr std::uint64_t short_bytes = 128 << 10;
constexpr std::size_t sample_bytes = 64 << 10;

// A file is not compressed again when each of `samples` places keeps more than `ratio`.
struct Look {
  unsigned samples;
  double ratio;
};
constexpr Look at_any_file{4, 0.99};
constexpr Look at_compressed_format{1, 0.96};

constexpr std::array<std::string_view, 35> compressed_formats{
    "7z",  "avif", "br",  "bz2",  "deb", "docx", "flac", "gif",  "gz",  "heic", "jar", "jpeg",
    "jpg", "lz",   "lz4", "lzma", "m4a", "mkv",  "mov",  "mp3",  "mp4", "npz",  "odt", "ogg",
    "png", "pptx", "rar", "rpm",  "tgz", "webp", "whl",  "xlsx", "xz",  "zip",  "zst"};

bool has_compressed_format(std::string_view name) {
  const auto dot = name.rfind('.');
  if (dot == name.npos || name.size() - dot > 6) return false;
  std::string extension(name.substr(dot + 1));
  for (char& c : extension)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return std::find(compressed_formats.begin(), compressed_formats.end(), extension) !=
         compressed_formats.end();
}

}  // namespace

void Deflater::Free::operator()(libdeflate_compressor* compressor) const {
  libdeflate_free_compressor(compressor);
}

Result<Deflater> Deflater::create() {
  Compressor thorough(libdeflate_alloc_compressor(thorough_level));
  Compressor quick(libdeflate_alloc_compressor(quick_level));
  if (!thorough || !quick) return fail(Code::exhausted, "compressing: out of memory");
  return Deflater(std::move(thorough), std::move(quick));
}

Result<std::size_t> Deflater::compress(const Compressor& compressor, std::string_view content) {
  const auto bound = libdeflate_deflate_compress_bound(compressor.get(), content.size());
  if (buffer_.size() < bound) buffer_.resize(bound);
  const auto count = libdeflate_deflate_compress(compressor.get(), content.data(), content.size(),
                                                 buffer_.data(), buffer_.size());
  if (count == 0)
    return fail(Code::internal, "compressing: the room that was asked for is too small");
  return count;
}

Result<std::string> Deflater::whole(std::string_view content) {
  DMS_TRY(const auto count, compress(thorough_, content));
  return std::string(buffer_.data(), count);
}

Result<std::string> Deflater::part(std::string_view content) {
  DMS_TRY(auto stream, whole(content));
  DMS_CHECK(open_deflate_end(stream, content.size()));
  return stream;
}

Result<bool> Deflater::is_in_vain(std::string_view name, std::uint64_t size_bytes,
                                  const ReadAt& read_at) {
  const Look look = has_compressed_format(name) ? at_compressed_format : at_any_file;
  if (size_bytes < short_bytes) return false;
  for (std::uint64_t i = 0; i < look.samples; ++i) {
    const auto offset =
        look.samples == 1 ? 0 : (size_bytes - sample_bytes) * i / (look.samples - 1);
    DMS_TRY(const std::string sample, read_at(offset, sample_bytes));
    DMS_TRY(const auto count, compress(quick_, sample));
    if (static_cast<double>(count) < look.ratio * static_cast<double>(sample.size())) return false;
  }
  return true;
}

std::uint32_t crc32_of(std::string_view bytes, std::uint32_t before) {
  return libdeflate_crc32(before, bytes.data(), bytes.size());
}

}  // namespace dms::blob
