// What is shown of a task that failed.
//
// Pure functions without state.
#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/fields.h"
#include "models/runs/sweep_runner.h"

namespace dms::cli {

// Its id, exit code and reason, and the end of what it printed, a line each.
void append_problem(std::vector<std::string>& lines, const models::FailedRun& problem);

struct ProblemJson {
  std::string task_id;
  std::optional<int> exit_code;
  std::string reason;
  std::string stderr_tail;
  std::string stdout_tail;
  template <class S = ProblemJson>
  static constexpr auto fields() {
    return std::tuple{required("taskId", &S::task_id), field("exitCode", &S::exit_code),
                      field("reason", &S::reason), field("stderrTail", &S::stderr_tail),
                      field("stdoutTail", &S::stdout_tail)};
  }
};

ProblemJson problem_json(const models::FailedRun& problem);

}  // namespace dms::cli
