// A tree as the bytes of a zip archive, made on all cores while they are read. Private to blob/.
//
//   PieceReader ─► workers: finish_piece ─► queue, in the order of the tree ─► read()
//
// The bytes depend on the content only, not on the number of threads. Memory is bounded by the
// pieces under way. Used by one thread; the workers are its own and end with it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "blob/zip.h"
#include "blob/zip/pieces.h"
#include "blob/zip/tree.h"
#include "core/crypto.h"
#include "core/result.h"

namespace dms::blob {

class ZipStream {
 public:
  // Errors: exhausted when no thread can be started.
  static Result<std::unique_ptr<ZipStream>> start(std::vector<TreeEntry> tree, ZipWork work,
                                                  const ZipOptions& options);
  ~ZipStream();

  // Fills the buffer with the next bytes, less only at the end; 0 behind it. With ZipWork::hash
  // there are none.
  // Errors: those of zip_directory; cancelled. After an error there is nothing more to be had.
  Result<std::size_t> read(std::span<char> buffer);
  // Requires: read() gave 0.
  ZipSummary summary();

  // At most what read() gives altogether.
  std::uint64_t most_bytes() const;

 private:
  struct Slot {
    Piece piece;
    bool finished = false;
  };

  ZipStream(std::vector<TreeEntry> tree, ZipWork work, std::stop_token stop);
  Status start_workers(int wanted);
  void run_worker(std::stop_token stop);
  std::shared_ptr<Slot> take_work(std::stop_token stop);
  // The next piece in order; nothing behind the last.
  Result<std::optional<Piece>> take_finished();
  // Makes the next bytes ready; ends with the end records.
  Status advance();
  void begin_entry(const Piece& piece);
  void end_entry(const Piece& piece);
  void append(std::string&& bytes);
  void finish_archive();

  const std::vector<TreeEntry> tree_;
  const ZipWork work_;
  const std::stop_token stop_;
  std::size_t most_slots_ = 0;

  // Of the reading thread.
  std::deque<std::string> ready_;
  std::size_t taken_ = 0;  // of the first of them
  bool ended_ = false;
  ZipRecord record_;  // of the entry whose pieces come
  std::uint64_t offset_ = 0;
  std::string central_;
  ZipSummary summary_;
  Sha256 manifest_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable_any changed_;
  PieceReader reader_;
  bool all_taken_ = false;
  std::deque<std::shared_ptr<Slot>> slots_;  // in the order of the tree

  std::vector<std::jthread> workers_;  // last: they end first
};

}  // namespace dms::blob
