#include "blob/block_digest.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "core/crypto.h"

namespace dms::blob {
namespace {

constexpr std::string_view entry_version = "1";

// Exactly four fields, or nothing.
std::optional<std::array<std::string_view, 4>> fields_of(std::string_view entry) {
  std::array<std::string_view, 4> fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto end = entry.find(';');
    if ((end == entry.npos) != (i + 1 == fields.size())) return std::nullopt;
    fields[i] = entry.substr(0, end);
    entry.remove_prefix(std::min(entry.size(), fields[i].size() + 1));
  }
  return fields;
}

}  // namespace

std::optional<BlockDigest> block_digest_of(const Metadata& metadata, std::string_view content_md5,
                                           std::uint64_t size_bytes) {
  const auto entry = metadata.find(block_digest_name);
  if (entry == metadata.end() || content_md5.empty()) return std::nullopt;
  const auto fields = fields_of(entry->second);
  if (!fields) return std::nullopt;
  const auto& [version, size, digest, of_content] = *fields;
  if (version != entry_version || of_content != content_md5) return std::nullopt;
  BlockDigest blocks{.digest = std::string(digest)};
  const auto [end, problem] =
      std::from_chars(size.data(), size.data() + size.size(), blocks.block_bytes);
  if (problem != std::errc{} || end != size.data() + size.size()) return std::nullopt;
  if (blocks.block_bytes == 0 || blocks.block_bytes >= size_bytes ||
      (size_bytes - 1) / blocks.block_bytes >= max_blocks)
    return std::nullopt;
  const auto raw = base64_decode(digest);
  if (!raw || raw->size() != Md5::digest_bytes) return std::nullopt;
  return blocks;
}

void set_block_digest(Metadata& metadata, std::uint64_t block_bytes, std::string_view md5s,
                      std::string_view content_md5) {
  metadata.erase(block_digest_name);
  if (md5s.size() <= Md5::digest_bytes || content_md5.empty()) return;
  metadata[block_digest_name] = fmt::format("{};{};{};{}", entry_version, block_bytes,
                                            base64_encode(md5_raw(md5s)), content_md5);
}

}  // namespace dms::blob
