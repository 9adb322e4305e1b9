// The MD5 of a download's whole content, which goes on while ranges of it are still coming in any
// order. Private to blob/.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "blob/part_file.h"
#include "core/md5.h"

namespace dms::blob {

// One download's; used once. here() is safe from several threads at once.
class WholeMd5 {
 public:
  // Requires: `part` outlives this.
  explicit WholeMd5(const PartFile& part) : part_(part), here_(part.ranges(), false) {}

  // Says that a range is here. The thread that finds the next one in order here, and nobody
  // hashing, hashes on to the first gap. The others may go on while it keeps up, and wait here when
  // it does not. Errors: those of PartFile::read.
  Status here(std::size_t index, const std::stop_token& stop);

  // Raw. Requires: every range is here, every thread back.
  std::string finish() { return md5_.finish(); }

 private:
  std::size_t ready_to_hash();

  const PartFile& part_;
  std::mutex mutex_;  // guards what follows; the digest belongs to the thread that set hashing_
  std::vector<bool> here_;
  std::size_t front_ = 0;   // ranges at the front that are here
  std::size_t hashed_ = 0;  // those of them that the digest has
  bool hashing_ = false;
  std::condition_variable_any hashed_more_;
  Md5 md5_;
};

}  // namespace dms::blob
