// A study with a master in words: the plan before it runs, the line while it runs, the report
// after.
//
// One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/terminal.h"
#include "models/master/crew_tasks.h"
#include "models/master/master_runner.h"

namespace dms::cli {

// The tasks that a plan shows: the master's id and command, the workers' first and last.
std::vector<std::string> crew_lines(const models::Study& study, const models::CrewTasks& tasks);
std::string crew_plan_json(const models::Study& study, const models::CrewTasks& tasks);

// Writes notes and progress to a terminal.
class MasterReport final : public models::MasterListener {
 public:
  // Outlives this.
  explicit MasterReport(Terminal& terminal) : terminal_(terminal) {}

  void note(std::string_view line) override { terminal_.line(line); }
  void progress(const models::MasterProgress& progress) override;

 private:
  Terminal& terminal_;
};

// The last lines: where the results are, what failed with the end of its stderr, and the invariant.
std::vector<std::string> outcome_lines(const models::MasterOutcome& outcome);
std::string outcome_json(const models::MasterOutcome& outcome);

}  // namespace dms::cli
