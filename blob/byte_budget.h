// How many bytes transfers may have in flight together.
//
// Thread-safe.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <utility>

#include "core/result.h"

namespace dms::blob {

class ByteBudget {
 public:
  explicit ByteBudget(std::uint64_t bytes) : total_bytes_(bytes), free_bytes_(bytes) {}

  // Bytes of the budget, given back at the end of its life.
  class Share {
   public:
    Share() = default;
    Share(Share&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_) {}
    Share& operator=(Share&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(bytes_, other.bytes_);
      return *this;
    }
    ~Share() {
      if (budget_) budget_->give_back(bytes_);
    }

   private:
    friend ByteBudget;
    Share(ByteBudget& budget, std::uint64_t bytes) : budget_(&budget), bytes_(bytes) {}
    ByteBudget* budget_ = nullptr;
    std::uint64_t bytes_ = 0;
  };

  // Waits until so many bytes are free. What is larger than the whole budget gets all of it, alone.
  // Errors: cancelled.
  Result<Share> take(std::uint64_t bytes, const std::stop_token& stop);

 private:
  void give_back(std::uint64_t bytes);

  const std::uint64_t total_bytes_;
  std::mutex mutex_;
  std::condition_variable_any freed_;
  std::uint64_t free_bytes_;  // guarded by mutex_
};

}  // namespace dms::blob
