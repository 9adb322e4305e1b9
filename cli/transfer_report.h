// Transfers in words: the line while they go on, the report after them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "blob/transfer.h"
#include "cli/terminal.h"
#include "core/clock.h"

namespace dms::cli {

// One thread.
class TransferLine {
 public:
  // Requires: both outlive this.
  TransferLine(const blob::TransferMeter& meter, Clock& clock)
      : meter_(meter), clock_(clock), begun_(clock.steady_now()) {}

  // "1.2 GB of 3.4 GB, 85.3 MB/s, 0:26 left, 12 files done, 3 in flight"
  std::string text() const;

 private:
  const blob::TransferMeter& meter_;
  Clock& clock_;
  const std::chrono::steady_clock::time_point begun_;
};

// Shows the line on a terminal while it lives, from a thread of its own; elsewhere nothing.
// Requires: everything outlives this, and nobody else writes to the terminal meanwhile.
class TransferProgress {
 public:
  TransferProgress(Terminal& terminal, StreamKind kind, const blob::TransferMeter& meter,
                   Clock& clock);
  ~TransferProgress();
  TransferProgress(const TransferProgress&) = delete;
  TransferProgress& operator=(const TransferProgress&) = delete;

 private:
  Terminal& terminal_;
  TransferLine line_;
  Clock& clock_;
  std::jthread thread_;
};

// "would upload a/b.txt (1.2 KB)"
std::string step_line(const blob::TransferStep& step);
// What failed, each with its reason, and what was done.
std::vector<std::string> summary_lines(const blob::TransferSummary& summary);
// With the bytes that really moved, and those that an earlier attempt had moved already.
std::string summary_json(const blob::TransferSummary& summary, const blob::TransferMeter& meter);

}  // namespace dms::cli
