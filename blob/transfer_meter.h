// What transfers have done so far, for a progress line.
//
// Thread-safe: written by the transfers, read by whoever shows it. Bytes count when their block or
// range is done, so a repeated request counts once.
#pragma once

#include <atomic>
#include <cstdint>

namespace dms::blob {

struct TransferMeter {
  std::atomic<std::uint64_t> expected_bytes = 0;  // of what was found to be transferred so far
  std::atomic<std::uint64_t> moved_bytes = 0;     // sent or received
  std::atomic<std::uint64_t> reused_bytes = 0;    // were there from an earlier attempt
  std::atomic<std::uint64_t> files_in_flight = 0;
  std::atomic<std::uint64_t> files_done = 0;
  std::atomic<std::uint64_t> files_skipped = 0;  // unchanged
};

}  // namespace dms::blob
