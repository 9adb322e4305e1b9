// What is known of each run of a study: a few bytes a run, found by task id.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "batch/wire.h"
#include "models/runs/run.h"

namespace dms::models {

// absent: the service does not know it. waiting: active or preparing.
enum class RunState : std::uint8_t { absent, waiting, running, succeeded, failed };

struct RunRecord {
  RunState state = RunState::absent;
  bool kept = false;  // no task of the job stands for it: its results are kept from an earlier one
  bool has_exit_code = false;
  std::int32_t exit_code = 0;
  float wall_seconds = -1;  // below 0: unknown

  bool ended() const { return state == RunState::succeeded || state == RunState::failed; }
};

struct RunCounts {
  std::uint64_t absent = 0, waiting = 0, running = 0, succeeded = 0, failed = 0;
  std::uint64_t kept = 0;  // of those that succeeded

  std::uint64_t ended() const { return succeeded + failed; }
  std::uint64_t stored() const { return waiting + running + ended(); }
};

class RunTable {
 public:
  // Makes every id once. Requires: `runs` outlives this.
  // Errors: invalid_argument when two runs have one id.
  static Result<RunTable> make(const Runs& runs);

  std::uint64_t size() const { return records_.size(); }
  const RunRecord& operator[](std::uint64_t index) const { return records_[index]; }
  RunRecord& operator[](std::uint64_t index) { return records_[index]; }
  RunCounts counts() const;

  // The run of this id, case ignored as Batch does; nothing for a task that is none of ours.
  std::optional<std::uint64_t> find(std::string_view task_id) const;
  // Every run absent again.
  void clear();
  // Takes over what the service says of a task. Returns false for a task that is none of ours.
  bool record(const batch::Task& task);

 private:
  explicit RunTable(const Runs& runs) : runs_(&runs) {}

  const Runs* runs_;
  std::vector<RunRecord> records_;
  // Hash of the id and index, sorted: 12 bytes of knowledge a run instead of its text.
  std::vector<std::pair<std::uint64_t, std::uint32_t>> by_hash_;
};

// The record that a task's state and execution information amount to.
RunRecord record_of(const batch::Task& task);

}  // namespace dms::models
