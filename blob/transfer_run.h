// Carries the jobs of a transfer out, many at once, and counts. Private to blob/.
#pragma once

#include <functional>
#include <mutex>
#include <stop_token>
#include <string_view>
#include <vector>

#include "blob/parallel.h"
#include "blob/transfer.h"

namespace dms::blob {

struct TransferJob {
  TransferStep step;
  std::function<Result<bool>()> needed = {};  // none: it is
  std::function<Status()> carry_out;
};

// What a mirror says to a source that may be a mistake: an empty directory, a typing error.
Error nothing_to_mirror(std::string_view source, std::string_view target);

class TransferRun {
 public:
  // Requires: both outlive this.
  TransferRun(const TransferOptions& options, const std::stop_token& stop)
      : options_(options), stop_(stop) {}

  // Returns when every job is done or has failed. Errors: those that end a transfer.
  Status all(const std::vector<TransferJob>& jobs);
  void fail_with(std::string name, Error error);

  bool has_failures() const { return !summary_.failures.empty(); }
  TransferSummary take() { return std::move(summary_); }
  // The same of one file, whose failure is that of the whole.
  Result<TransferSummary> take_single();

 private:
  Status run(const TransferJob& job);
  void count(const TransferStep& step);

  const TransferOptions& options_;
  const std::stop_token& stop_;
  std::mutex mutex_;
  TransferSummary summary_;  // guarded by mutex_ while jobs run
};

}  // namespace dms::blob
