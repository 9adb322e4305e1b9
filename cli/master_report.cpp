#include "cli/master_report.h"

#include <fmt/format.h>

#include "cli/problem_report.h"
#include "core/codec.h"

namespace dms::cli {
namespace {

using models::MasterOutcome;
using models::MasterProgress;

struct MasterOutcomeJson {
  std::string job_id;
  std::string master_id;
  bool succeeded = false;
  std::optional<int> exit_code;
  std::string failure;
  std::int64_t asked = 0, started = 0, ended = 0, replaced = 0, failed = 0;
  bool known = false;
  std::string results_zip, results_csv, invariant;
  std::vector<ProblemJson> problems;
  template <class S = MasterOutcomeJson>
  static constexpr auto fields() {
    using O = MasterOutcomeJson;
    return std::tuple{required("jobId", &O::job_id),
                      required("masterId", &O::master_id),
                      required("succeeded", &O::succeeded),
                      field("exitCode", &O::exit_code),
                      field("failure", &O::failure),
                      required("workersAsked", &O::asked),
                      required("workersStarted", &O::started),
                      required("workersEnded", &O::ended),
                      required("workersReplaced", &O::replaced),
                      required("workersFailed", &O::failed),
                      required("known", &O::known),
                      field("resultsZip", &O::results_zip),
                      field("resultsCsv", &O::results_csv),
                      required("invariant", &O::invariant),
                      field("problems", &O::problems)};
  }
};

struct MasterPlanJson {
  std::string job_id, pool_id, master_id, master_command, workers_command;
  int workers = 0, num_hosts = 0, task_slots_per_node = 0;
  template <class S = MasterPlanJson>
  static constexpr auto fields() {
    using P = MasterPlanJson;
    return std::tuple{
        required("jobId", &P::job_id),       required("poolId", &P::pool_id),
        required("masterId", &P::master_id), required("masterCommand", &P::master_command),
        required("workers", &P::workers),    required("workersCommand", &P::workers_command),
        required("numHosts", &P::num_hosts), required("taskSlotsPerNode", &P::task_slots_per_node)};
  }
};

std::string counts_text(const MasterProgress& progress) {
  std::string text = fmt::format("{} running", progress.running);
  if (progress.waiting > 0) text += fmt::format(", {} waiting for a slot", progress.waiting);
  if (progress.failed > 0) text += fmt::format(", {} failed", progress.failed);
  if (progress.replaced > 0) text += fmt::format(", {} replaced", progress.replaced);
  return text;
}

}  // namespace

std::vector<std::string> crew_lines(const models::Study& study, const models::CrewTasks& tasks) {
  const auto worker = [&](int number) {
    return tasks.names().worker({.number = number, .start = "<master's start>"});
  };
  std::string workers = worker(1);
  if (study.workers->count > 1) workers += " to " + worker(study.workers->count);
  return {tasks.names().master(), "  " + study.master->command, workers,
          "  " + study.workers->command};
}

std::string crew_plan_json(const models::Study& study, const models::CrewTasks& tasks) {
  return encode(MasterPlanJson{.job_id = study.job_name,
                               .pool_id = study.pool_name,
                               .master_id = tasks.names().master(),
                               .master_command = study.master->command,
                               .workers_command = study.workers->command,
                               .workers = study.workers->count,
                               .num_hosts = study.num_hosts,
                               .task_slots_per_node = study.task_slots_per_node});
}

void MasterReport::progress(const MasterProgress& progress) {
  switch (progress.step) {
    case MasterProgress::Step::starting: return;
    case MasterProgress::Step::running:
      if (!progress.waiting_for.empty()) {
        terminal_.status("the master waits for " + progress.waiting_for);
        return;
      }
      terminal_.status(fmt::format("master runs; workers: {} wanted, {}", progress.wanted,
                                   counts_text(progress)));
      return;
    case MasterProgress::Step::ending:
      terminal_.status("ending; workers: " + counts_text(progress));
      return;
    case MasterProgress::Step::collecting: terminal_.status("collecting"); return;
  }
}

std::vector<std::string> outcome_lines(const MasterOutcome& outcome) {
  std::vector<std::string> lines;
  if (!outcome.results_zip.empty())
    lines.push_back(fmt::format("results: {}", outcome.results_zip.string()));
  lines.push_back(fmt::format("results: {}", outcome.results_csv.string()));
  for (const auto& problem : outcome.problems) append_problem(lines, problem);
  lines.push_back(invariant_line(outcome));
  return lines;
}

std::string outcome_json(const MasterOutcome& outcome) {
  MasterOutcomeJson json{.job_id = outcome.job_id,
                         .master_id = outcome.master_id,
                         .succeeded = outcome.succeeded(),
                         .exit_code = outcome.exit_code,
                         .failure = outcome.failure,
                         .asked = static_cast<std::int64_t>(outcome.asked),
                         .started = static_cast<std::int64_t>(outcome.started),
                         .ended = static_cast<std::int64_t>(outcome.ended),
                         .replaced = static_cast<std::int64_t>(outcome.replaced),
                         .failed = static_cast<std::int64_t>(outcome.failed),
                         .known = outcome.known,
                         .results_zip = outcome.results_zip.string(),
                         .results_csv = outcome.results_csv.string(),
                         .invariant = invariant_line(outcome)};
  for (const auto& problem : outcome.problems) json.problems.push_back(problem_json(problem));
  return encode(json);
}

}  // namespace dms::cli
