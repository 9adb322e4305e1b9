#include "blob/byte_budget.h"

#include <algorithm>

namespace dms::blob {

Result<ByteBudget::Share> ByteBudget::take(std::uint64_t bytes, const std::stop_token& stop) {
  bytes = std::min(bytes, total_bytes_);
  std::unique_lock lock(mutex_);
  if (!freed_.wait(lock, stop, [&] { return free_bytes_ >= bytes; }))
    return fail(Code::cancelled, "the transfer was cancelled");
  free_bytes_ -= bytes;
  return Share(*this, bytes);
}

void ByteBudget::give_back(std::uint64_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    free_bytes_ += bytes;
  }
  freed_.notify_all();
}

}  // namespace dms::blob
