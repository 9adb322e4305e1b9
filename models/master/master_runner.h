// A study with a master and workers: from the plan to the master's results.
//
//   look ─► payload up if new ─► pool ─► job ─► master ─► its place ─► workers ─► watch ─► collect
//
// The watch keeps as many workers as are wanted while the master runs, and ends them all with it:
// at once when it failed, after the study's `grace` when it succeeded. What it does follows from
// what the service shows (models/master/crew.h), so that it may be interrupted anywhere: when the
// study is run again it goes on. A master that the service starts anew, because its node was lost,
// begins from nothing: its workers are ended and others are told the new place.
//
// One thread calls; listeners are called from that thread only.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "batch/azure_batch.h"
#include "blob/azure_blob.h"
#include "models/master/crew.h"
#include "models/note_listener.h"
#include "models/place/payload.h"
#include "models/runs/out_folder.h"
#include "models/runs/sweep_runner.h"

namespace dms::models {

struct MasterProgress {
  enum class Step { starting, running, ending, collecting };
  Step step = Step::starting;
  std::uint64_t wanted = 0;
  std::uint64_t running = 0, waiting = 0;
  std::uint64_t replaced = 0, failed = 0;
  std::string waiting_for = {};  // what keeps the master from starting, if anything does
};

class MasterListener : public NoteListener {
 public:
  // Where the step at hand is; replaces what was told before.
  virtual void progress(const MasterProgress& progress) = 0;
};

struct MasterOutcome {
  std::string job_id;
  std::string master_id;
  std::optional<int> exit_code;  // of the master
  std::string failure;           // why the study failed; empty: it did not
  std::uint64_t asked = 0;       // workers wanted at the end
  std::uint64_t started = 0;     // worker tasks there were
  std::uint64_t ended = 0;       // of these, those that do not run any more
  std::uint64_t replaced = 0;    // of these, those that failed and were followed by another
  std::uint64_t failed = 0;
  std::vector<FailedRun> problems;    // the master, and the first few workers that failed
  bool known = false;                 // the master had ended before this call
  std::filesystem::path results_zip;  // empty when nothing came back
  std::filesystem::path results_csv;

  bool succeeded() const { return failure.empty() && started == ended; }
};

// "master ended with code 0; 8 workers asked, 10 started = 10 ended, 2 replaced".
std::string invariant_line(const MasterOutcome& outcome);

class MasterRunner {
 public:
  // All outlive this.
  MasterRunner(batch::AzureBatch& batch, blob::AzureBlob& blob, Clock& clock,
               MasterListener& listener)
      : batch_(batch), blob_(blob), clock_(clock), listener_(listener) {}

  struct Plan {
    const Study& study;  // with a master and workers
    const PackedInputs& inputs;
    const NodeTool& tool;
    const OutFolder& out;
    Rerun rerun = Rerun::none;
  };

  // Returns when the master and all workers have ended and the results are written. A master that
  // fails is data. Errors: conflict when the job takes no more tasks; cancelled by the stop token:
  // master and workers go on, but nobody replaces or ends workers; those of the services and of the
  // disk.
  Result<MasterOutcome> run(const Plan& plan, std::stop_token stop = {});

 private:
  struct State;

  // Before and up to the start.
  Status start(State& state, std::stop_token stop);
  Status remove_old(State& state, std::stop_token stop);
  Status remove_old_results(const State& state, std::stop_token stop);

  // While it runs.
  Status look(State& state);
  Status watch(State& state, std::stop_token stop);
  Status ask_why_master_waits(State& state);
  Status find_master(State& state);
  Status keep_crew(State& state, std::stop_token stop);
  Status hold_replacements(const State& state, CrewOrders& orders);
  Status add_workers(State& state, const std::vector<WorkerName>& names, std::stop_token stop);
  Status end_workers(State& state, const std::vector<WorkerName>& names, std::stop_token stop);
  std::string why_nobody_is_left(const State& state, const std::vector<int>& lost);
  void settle_failures(State& state);

  // Afterwards.
  Status finish(State& state, std::stop_token stop);
  Status wait_for_workers(State& state, std::chrono::seconds limit, std::stop_token stop);
  Result<MasterOutcome> collect(State& state, std::stop_token stop);
  Status write_results(const State& state, MasterOutcome& outcome, std::stop_token stop);
  FailedRun problem_of(const State& state, const std::string& task_id);

  void tell(const State& state, MasterProgress::Step step);
  void pause(State& state, std::stop_token stop);

  batch::AzureBatch& batch_;
  blob::AzureBlob& blob_;
  Clock& clock_;
  MasterListener& listener_;
};

}  // namespace dms::models
