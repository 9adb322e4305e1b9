#include "blob/whole_md5.h"

namespace dms::blob {
namespace {

// Ranges that may wait for the digest. With more of them the threads that fetch would only take
// the processor from the one that hashes, which is the slowest, and it would find its bytes in no
// cache.
constexpr std::size_t most_unhashed = 4;

}  // namespace

Status WholeMd5::here(std::size_t index, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  here_[index] = true;
  hashed_more_.wait(lock, stop, [this] { return !hashing_ || ready_to_hash() <= most_unhashed; });
  if (hashing_) return ok();
  hashing_ = true;
  while (ready_to_hash() > 0) {
    lock.unlock();
    DMS_CHECK(
        part_.read_range(hashed_, [this](std::span<const char> bytes) { md5_.update(bytes); }));
    lock.lock();
    ++hashed_;
    hashed_more_.notify_all();
  }
  hashing_ = false;
  hashed_more_.notify_all();
  return ok();
}

std::size_t WholeMd5::ready_to_hash() {
  while (front_ < here_.size() && here_[front_]) ++front_;
  return front_ - hashed_;
}

}  // namespace dms::blob
