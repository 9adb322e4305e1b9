#include "cli/problem_report.h"

#include <fmt/format.h>

#include "cli/terminal.h"

namespace dms::cli {

void append_problem(std::vector<std::string>& lines, const models::FailedRun& problem) {
  std::string head = fmt::format("failed: {}", problem.task_id);
  if (problem.exit_code) head += fmt::format(": exit code {}", *problem.exit_code);
  if (!problem.reason.empty()) head += ": " + printable(problem.reason);
  lines.push_back(std::move(head));
  std::string_view rest = problem.stderr_tail.empty() ? problem.stdout_tail : problem.stderr_tail;
  if (rest.empty()) return;
  lines.push_back(problem.stderr_tail.empty() ? "  the end of its stdout:"
                                              : "  the end of its stderr:");
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    lines.push_back("  | " + printable(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
}

ProblemJson problem_json(const models::FailedRun& problem) {
  return {problem.task_id, problem.exit_code, problem.reason, problem.stderr_tail,
          problem.stdout_tail};
}

}  // namespace dms::cli
