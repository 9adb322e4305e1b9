// A study in words: the plan before it runs, the line while it runs, the report after it.
//
// One thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/terminal.h"
#include "models/runs/study_look.h"
#include "models/runs/sweep_runner.h"

namespace dms::cli {

// "24 runs (T 6 × R 4)", "a master and 8 workers".
std::string what_runs(const models::Study& study);

// The lines of the plan: how many runs where, and what goes with them.
std::vector<std::string> plan_lines(const models::Study& study, const models::PackedInputs& inputs);

// The lines of what is known of the runs: "812 known, 188 to run" and why those are new; or that it
// could not be asked for.
std::vector<std::string> look_lines(const Result<models::StudyLook>& looked);

// Writes notes and progress to a terminal.
class SweepReport final : public models::SweepListener {
 public:
  // Both outlive this.
  SweepReport(Terminal& terminal, Clock& clock) : terminal_(terminal), clock_(clock) {}

  void note(std::string_view line) override { terminal_.line(line); }
  void progress(const models::SweepProgress& progress) override;

 private:
  std::string running_text(const models::SweepProgress& progress);

  Terminal& terminal_;
  Clock& clock_;
  struct Start {
    std::chrono::steady_clock::time_point time;
    std::uint64_t done;
  };
  std::optional<Start> start_;  // of the running: the rate counts from here
};

// The last lines: where the results are, the runs that failed with the end of their stderr, and the
// invariant of the study.
std::vector<std::string> outcome_lines(const models::SweepOutcome& outcome);
std::string outcome_json(const models::Study& study, const models::SweepOutcome& outcome);

}  // namespace dms::cli
