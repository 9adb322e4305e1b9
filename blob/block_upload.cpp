#include "blob/block_upload.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace dms::blob {
namespace {

constexpr std::size_t read_bytes = 256 << 10;

}  // namespace

std::uint64_t fitting_block_bytes(std::uint64_t size_bytes, std::uint64_t wanted) {
  const std::uint64_t least = (size_bytes + max_blocks - 1) / max_blocks;
  if (least <= wanted) return std::max<std::uint64_t>(wanted, 1);
  return (least + mebibyte - 1) / mebibyte * mebibyte;
}

std::string block_id(std::size_t index, std::string_view md5) {
  return base64_encode(fmt::format("{:05}-{}", index, hex(md5)));
}

BlockUpload::BlockUpload(BodySource& content, Put put, BlockUploadOptions options)
    : content_(content),
      put_(std::move(put)),
      options_(std::move(options)),
      left_bytes_(content.size()) {}

Result<BlockUpload::Sent> BlockUpload::run(const std::stop_token& stop) {
  DMS_CHECK(content_.rewind());
  const auto count = (left_bytes_ + options_.block_bytes - 1) / options_.block_bytes;
  const auto threads =
      std::min<std::uint64_t>(static_cast<std::uint64_t>(std::max(options_.parallel, 1)), count);
  DMS_CHECK(in_parallel(static_cast<int>(threads), stop,
                        [this](const std::stop_token& token) { return step(token); }));
  return Sent{std::move(blocks_), md5_.finish(), std::move(block_md5s_)};
}

Result<Work> BlockUpload::step(const std::stop_token& stop) {
  // Taken before the block is read, given back when it is sent.
  ByteBudget::Share share;
  if (options_.budget) {
    DMS_TRY(share, options_.budget->take(options_.block_bytes, stop));
  }
  DMS_TRY(auto block, next());
  if (!block) return Work::nothing_left;
  const bool held = is_held(*block);
  if (!held) DMS_CHECK(put_(*block, stop));
  if (options_.meter)
    (held ? options_.meter->reused_bytes : options_.meter->moved_bytes) += block->content.size();
  const std::lock_guard lock(mutex_);
  blocks_[block->index].id = std::move(block->id);
  return Work::more;
}

Result<std::optional<UploadBlock>> BlockUpload::next() {
  const std::lock_guard lock(mutex_);
  if (left_bytes_ == 0) return std::optional<UploadBlock>{};
  UploadBlock block{.index = blocks_.size()};
  block.content.resize(std::min(options_.block_bytes, left_bytes_));
  DMS_TRY(const std::string md5, read_block(block.content));
  block.md5 = base64_encode(md5);
  block.id = block_id(block.index, md5);
  block_md5s_ += md5;
  left_bytes_ -= block.content.size();
  // Wherever the service finds a block of this id, its content is this one; so a commit that is
  // repeated after a lost answer finds what the first one made.
  blocks_.push_back({BlockSource::latest, {}});
  return std::optional(std::move(block));
}

// Piece by piece, so that each is hashed for the block and for the whole while it is in the
// processor's cache.
Result<std::string> BlockUpload::read_block(std::string& content) {
  Md5 block_md5;
  std::span<char> rest(content);
  while (!rest.empty()) {
    DMS_TRY(const std::size_t count, content_.read(rest.first(std::min(rest.size(), read_bytes))));
    if (count == 0)
      return fail(Code::corrupt, "the content became shorter while it was being uploaded");
    update_both(md5_, block_md5, rest.first(count));
    rest = rest.subspan(count);
  }
  return block_md5.finish();
}

bool BlockUpload::is_held(const UploadBlock& block) const {
  const auto held = options_.held.find(block.id);
  return held != options_.held.end() && held->second == block.content.size();
}

}  // namespace dms::blob
