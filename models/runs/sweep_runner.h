// A study as runs of a pool: from the plan to results.zip and results.csv.
//
//   look (job, tasks) ─► payload up if new ─► pool ─► job ─► missing tasks ─► watch ─► collect
//
// Every step may be repeated: a study that was interrupted anywhere goes on where it was when it is
// run again, and a run that has ended is not run a second time. Neither is one that succeeded in
// another job: its results are kept (models/runs/kept_results.h).
//
// One thread calls; listeners are called from that thread only.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "batch/azure_batch.h"
#include "blob/azure_blob.h"
#include "models/note_listener.h"
#include "models/place/payload.h"
#include "models/runs/out_folder.h"
#include "models/runs/run_table.h"
#include "models/runs/run_task.h"

namespace dms::models {

// Which runs that the service knows are run again.
enum class Rerun { none, failed, all };

struct SweepOptions {
  Rerun rerun = Rerun::none;
  int parallel = 8;  // transfers and deletions at once
  std::chrono::nanoseconds longest_pause = std::chrono::seconds(10);  // between two looks
};

struct SweepProgress {
  enum class Step { submitting, running, collecting };
  Step step = Step::running;
  std::uint64_t total = 0;
  std::uint64_t done = 0;  // submitted, ended or collected
  std::uint64_t running = 0;
  std::uint64_t failed = 0;
  std::string waiting_for;  // what keeps the runs from starting, if anything does
};

class SweepListener : public NoteListener {
 public:
  // Where the step at hand is; replaces what was told before.
  virtual void progress(const SweepProgress& progress) = 0;
};

struct FailedRun {
  std::string task_id;
  std::optional<int> exit_code;
  std::string reason;       // the service's words, or what is missing
  std::string stderr_tail;  // the last lines
  std::string stdout_tail;  // the same of stdout, when nothing was written to stderr
};

// The four numbers are equal exactly when every run succeeded and is in the results.
struct SweepOutcome {
  std::uint64_t asked = 0;            // points of the sweep
  std::uint64_t stored = 0;           // tasks that the service knows, and kept results
  std::uint64_t run = 0;              // of these, ended
  std::uint64_t collected = 0;        // of these, succeeded and in results.zip
  std::uint64_t failed = 0;           // ended without success
  std::uint64_t known = 0;            // had ended before this call
  std::vector<FailedRun> problems;    // the first few of what was not collected
  std::filesystem::path results_zip;  // empty when nothing came back
  std::filesystem::path results_csv;

  bool succeeded() const { return asked == collected; }
};

// "24 asked = 24 stored = 24 run = 24 collected"; from the first '≠' on, the reason follows:
// "24 asked = 24 stored = 24 run ≠ 23 collected (1 failed: <task id>)".
std::string invariant_line(const SweepOutcome& outcome);

class SweepRunner {
 public:
  // All outlive this.
  SweepRunner(batch::AzureBatch& batch, blob::AzureBlob& blob, Clock& clock,
              SweepListener& listener)
      : batch_(batch), blob_(blob), clock_(clock), listener_(listener) {}

  struct Sweep {
    const Study& study;
    const PackedInputs& inputs;
    const NodeTool& tool;
    const OutFolder& out;
    SweepOptions options = {};
  };

  // Returns when every run has ended and the results are written. Failed runs are data.
  // Errors: conflict when the job takes no more tasks, with what to do; cancelled by the stop
  // token: the runs go on; those of the services and of the disk.
  Result<SweepOutcome> run(const Sweep& sweep, std::stop_token stop = {});

 private:
  struct State;

  // Before and up to the start.
  Status look_at_job(State& state);
  Status look_at_tasks(State& state);
  // How many runs had ended before, without those that are to run again.
  std::uint64_t tell_what_is_known(const State& state);
  Status start_missing(State& state, std::stop_token stop);
  Status remove_old_runs(State& state, std::stop_token stop);
  Status remove_old_results(State& state, std::stop_token stop);
  Status submit(State& state, const TaskPlace& place, std::stop_token stop);
  Status submit_chunk(State& state, const TaskPlace& place,
                      const std::vector<std::uint64_t>& indices, std::stop_token stop);

  // While it runs.
  Status watch(State& state, std::stop_token stop);
  Result<RunCounts> look_at_counts(State& state);

  // Afterwards.
  Result<SweepOutcome> collect(State& state, std::stop_token stop);
  Status download_outputs(State& state, std::stop_token stop);
  void time_kept_runs(State& state);
  Status write_results(const State& state, SweepOutcome& outcome);
  Status describe_problems(const State& state, SweepOutcome& outcome);

  batch::AzureBatch& batch_;
  blob::AzureBlob& blob_;
  Clock& clock_;
  SweepListener& listener_;
};

}  // namespace dms::models
