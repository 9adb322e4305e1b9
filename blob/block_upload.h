// Sends a source as numbered blocks over a few threads. Private to blob/.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "blob/wire.h"
#include "core/crypto.h"
#include "core/http.h"
#include "core/result.h"

namespace dms::blob {

// One upload; used once, by one caller. `put` is called from several threads at once.
class BlockUpload {
 public:
  using Put = std::function<Status(const std::string& block_id, std::string_view content,
                                   std::stop_token stop)>;

  // Requires: `content` outlives this.
  BlockUpload(BodySource& content, std::uint64_t block_bytes, Put put);

  struct Sent {
    BlockRefs blocks;
    std::string md5;  // raw, of the bytes that were sent
  };
  // Reads the content once, in order, and returns when every block is sent and every thread joined.
  // The first error stops the rest and is returned.
  Result<Sent> run(int parallel, std::stop_token stop);

 private:
  struct Piece {
    std::string id;
    std::string content;
  };
  // The next block; nothing after the last, or once an error is there.
  std::optional<Piece> next();
  Status read_piece(std::string& content);
  void work();
  void fail_with(Error error);

  BodySource& content_;
  const std::uint64_t block_bytes_;
  const Put put_;
  const std::string id_prefix_;  // of this upload, so that two to one blob do not mix
  std::stop_source stop_;

  std::mutex mutex_;  // guards what follows, and the reading of content_
  BlockRefs blocks_;
  Md5 md5_;
  std::uint64_t left_bytes_;
  std::optional<Error> error_;
};

// The block size for a blob: `wanted`, or as much more (whole MiB) as max_blocks asks for.
std::uint64_t fitting_block_bytes(std::uint64_t size_bytes, std::uint64_t wanted);

}  // namespace dms::blob
