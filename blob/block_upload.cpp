#include "blob/block_upload.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <thread>
#include <vector>

namespace dms::blob {

std::uint64_t fitting_block_bytes(std::uint64_t size_bytes, std::uint64_t wanted) {
  const std::uint64_t least = (size_bytes + max_blocks - 1) / max_blocks;
  if (least <= wanted) return std::max<std::uint64_t>(wanted, 1);
  return (least + mebibyte - 1) / mebibyte * mebibyte;
}

BlockUpload::BlockUpload(BodySource& content, std::uint64_t block_bytes, Put put)
    : content_(content),
      block_bytes_(block_bytes),
      put_(std::move(put)),
      id_prefix_(hex(random_bytes(5))),
      left_bytes_(content.size()) {}

Result<BlockUpload::Sent> BlockUpload::run(int parallel, std::stop_token stop) {
  DMS_CHECK(content_.rewind());
  const std::stop_callback forward(stop, [this] { stop_.request_stop(); });
  const auto count = (left_bytes_ + block_bytes_ - 1) / block_bytes_;
  const auto threads = std::min<std::uint64_t>(std::max(parallel, 1), count);
  {
    std::vector<std::jthread> helpers;
    try {
      while (helpers.size() + 1 < threads) helpers.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      // No more threads to be had: those that are there do it.
    }
    work();
  }
  if (error_) return *std::move(error_);
  return Sent{std::move(blocks_), md5_.finish()};
}

void BlockUpload::work() {
  while (auto piece = next())
    if (auto sent = put_(piece->id, piece->content, stop_.get_token()); !sent)
      fail_with(std::move(sent).error());
}

std::optional<BlockUpload::Piece> BlockUpload::next() {
  const std::lock_guard lock(mutex_);
  if (error_ || left_bytes_ == 0) return std::nullopt;
  Piece piece;
  piece.content.resize(std::min(block_bytes_, left_bytes_));
  if (auto read = read_piece(piece.content); !read) {
    error_ = std::move(read).error();
    stop_.request_stop();
    return std::nullopt;
  }
  left_bytes_ -= piece.content.size();
  md5_.update(piece.content);
  piece.id = base64_encode(fmt::format("{}{:08}", id_prefix_, blocks_.size()));
  blocks_.push_back({BlockSource::uncommitted, piece.id});
  return piece;
}

Status BlockUpload::read_piece(std::string& content) {
  std::span<char> rest(content);
  while (!rest.empty()) {
    DMS_TRY(const std::size_t count, content_.read(rest));
    if (count == 0)
      return fail(Code::corrupt, "the content became shorter while it was being uploaded");
    rest = rest.subspan(count);
  }
  return ok();
}

void BlockUpload::fail_with(Error error) {
  const std::lock_guard lock(mutex_);
  if (!error_) error_ = std::move(error);
  stop_.request_stop();
}

}  // namespace dms::blob
