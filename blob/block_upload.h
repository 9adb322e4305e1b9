// Sends a source as numbered blocks over a few threads. Private to blob/.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "blob/byte_budget.h"
#include "blob/parallel.h"
#include "blob/transfer_meter.h"
#include "blob/wire.h"
#include "core/crypto.h"
#include "core/http.h"
#include "core/result.h"

namespace dms::blob {

// A block's id tells its place and its content, "00042-<MD5 in hex>" in Base64. So a block that the
// service holds under this id, from whichever upload, need not be sent again, and two uploads to
// one blob do not mix.
struct UploadBlock {
  std::size_t index = 0;
  std::string content;
  std::string md5;  // Base64
  std::string id;
};

// `md5`: raw, of the content.
std::string block_id(std::size_t index, std::string_view md5);

// Sizes of the blocks that the service holds, by id.
using HeldBlocks = std::map<std::string, std::uint64_t, std::less<>>;

struct BlockUploadOptions {
  std::uint64_t block_bytes = 8 * mebibyte;
  int parallel = 4;
  HeldBlocks held = {};
  ByteBudget* budget = nullptr;    // for the blocks in memory; may be null
  TransferMeter* meter = nullptr;  // may be null
};

// One upload; used once, by one caller. `put` is called from several threads at once.
class BlockUpload {
 public:
  using Put = std::function<Status(const UploadBlock& block, const std::stop_token& stop)>;

  // Requires: `content`, budget and meter outlive this.
  BlockUpload(BodySource& content, Put put, BlockUploadOptions options);

  struct Sent {
    BlockRefs blocks;
    std::string md5;         // raw, of the whole content
    std::string block_md5s;  // raw, one after the other
  };
  // Reads the content once, in order, sends what is not held, and returns when every thread is
  // joined. The first error stops the rest and is returned.
  Result<Sent> run(const std::stop_token& stop);

 private:
  Result<Work> step(const std::stop_token& stop);
  // The next block; nothing after the last.
  Result<std::optional<UploadBlock>> next();
  // Reads it, and gives its raw MD5.
  Result<std::string> read_block(std::string& content);
  bool is_held(const UploadBlock& block) const;

  BodySource& content_;
  const Put put_;
  const BlockUploadOptions options_;

  std::mutex mutex_;  // guards what follows, and the reading of content_
  BlockRefs blocks_;
  std::string block_md5s_;
  Md5 md5_;
  std::uint64_t left_bytes_;
};

// The block size for a blob: `wanted`, or as much more (whole MiB) as max_blocks asks for.
std::uint64_t fitting_block_bytes(std::uint64_t size_bytes, std::uint64_t wanted);

}  // namespace dms::blob
