#include "cli/sweep_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/problem_report.h"
#include "core/codec.h"
#include "models/counted.h"

namespace dms::cli {
namespace {

using models::SweepOutcome;
using models::SweepProgress;

struct SweepOutcomeJson {
  std::string job_id;
  bool succeeded = false;
  std::int64_t asked = 0, stored = 0, run = 0, collected = 0, failed = 0, known = 0;
  std::string results_zip, results_csv, invariant;
  std::vector<ProblemJson> problems;
  template <class S = SweepOutcomeJson>
  static constexpr auto fields() {
    using O = SweepOutcomeJson;
    return std::tuple{required("jobId", &O::job_id),
                      required("succeeded", &O::succeeded),
                      required("asked", &O::asked),
                      required("stored", &O::stored),
                      required("run", &O::run),
                      required("collected", &O::collected),
                      required("failed", &O::failed),
                      required("known", &O::known),
                      field("resultsZip", &O::results_zip),
                      field("resultsCsv", &O::results_csv),
                      required("invariant", &O::invariant),
                      field("problems", &O::problems)};
  }
};

}  // namespace

std::string what_runs(const models::Study& study) {
  if (study.workers)
    return fmt::format("a master and {}", models::counted(study.workers->count, "worker"));
  std::string text = models::counted(static_cast<std::int64_t>(study.space.size()), "run");
  if (const std::string axes = study.space.describe(); !axes.empty()) text += " (" + axes + ")";
  return text;
}

std::vector<std::string> plan_lines(const models::Study& study,
                                    const models::PackedInputs& inputs) {
  std::string head = fmt::format("{}: {}", study.job_name, what_runs(study));
  head +=
      fmt::format(" on pool {}, {} × {}", study.pool_name, models::counted(study.num_hosts, "node"),
                  models::counted(study.task_slots_per_node, "slot"));
  std::vector<std::string> lines{std::move(head)};
  if (study.mpi) lines.push_back("each run: " + models::mpi_placement(study));
  if (study.inputs)
    lines.push_back(fmt::format("inputs: {} in {}, zip of {}",
                                models::counted(static_cast<std::int64_t>(inputs.files), "file"),
                                study.inputs->string(), format_bytes(inputs.zip_bytes)));
  for (const models::SharedInput& file : inputs.shared)
    lines.push_back(
        fmt::format("shared by the runs of a node: {} ({})", file.name, format_bytes(file.bytes)));
  if (!inputs.left_out.empty())
    lines.push_back(fmt::format("left out of the inputs, being results of a study: {}",
                                fmt::join(inputs.left_out, ", ")));
  return lines;
}

std::vector<std::string> look_lines(const Result<models::StudyLook>& looked) {
  if (!looked)
    return {fmt::format("offline: which runs are known already was not looked up ({})",
                        looked.error().message)};
  std::string head = fmt::format("{} known", looked->known);
  if (looked->failed > 0) head += fmt::format(" ({} failed)", looked->failed);
  if (looked->under_way > 0) head += fmt::format(", {} under way", looked->under_way);
  std::vector<std::string> lines{fmt::format("{}, {} to run", head, looked->to_run)};
  for (const std::string& reason : looked->why) lines.push_back("  new: " + printable(reason));
  if (!looked->refusal.empty())
    lines.push_back("they would not be taken: " + printable(looked->refusal));
  return lines;
}

void SweepReport::progress(const SweepProgress& progress) {
  switch (progress.step) {
    case SweepProgress::Step::submitting:
      terminal_.status(fmt::format("submitting: {}/{}", progress.done, progress.total));
      return;
    case SweepProgress::Step::running: terminal_.status(running_text(progress)); return;
    case SweepProgress::Step::collecting:
      terminal_.status(fmt::format("collecting: {}/{}", progress.done, progress.total));
      return;
  }
}

std::string SweepReport::running_text(const SweepProgress& progress) {
  const auto now = clock_.steady_now();
  if (!start_) start_ = {now, progress.done};
  std::string text = fmt::format("runs: {}/{} done, {} failed, {} running", progress.done,
                                 progress.total, progress.failed, progress.running);
  const double seconds = std::chrono::duration<double>(now - start_->time).count();
  const auto done = static_cast<double>(progress.done - std::min(progress.done, start_->done));
  if (done > 0 && seconds > 0) {
    const double rate = done / seconds;
    const auto left = static_cast<double>(progress.total - progress.done) / rate;
    text += rate >= 0.1 ? fmt::format(", {:.1f}/s", rate) : fmt::format(", {:.1f}/min", rate * 60);
    text += fmt::format(", {} left",
                        format_span(std::chrono::seconds(static_cast<std::int64_t>(left + 0.5))));
  }
  if (!progress.waiting_for.empty()) text += "; waiting for " + progress.waiting_for;
  return text;
}

std::vector<std::string> outcome_lines(const SweepOutcome& outcome) {
  std::vector<std::string> lines;
  if (!outcome.results_zip.empty())
    lines.push_back(fmt::format("results: {}", outcome.results_zip.string()));
  lines.push_back(fmt::format("results: {}", outcome.results_csv.string()));
  for (const auto& problem : outcome.problems) append_problem(lines, problem);
  const std::uint64_t shown = outcome.problems.size();
  const std::uint64_t all = outcome.asked - outcome.collected;
  if (all > shown)
    lines.push_back(fmt::format("… and {} more (dmsbatch task list shows all)", all - shown));
  lines.push_back(invariant_line(outcome));
  return lines;
}

std::string outcome_json(const models::Study& study, const SweepOutcome& outcome) {
  SweepOutcomeJson json{.job_id = study.job_name,
                        .succeeded = outcome.succeeded(),
                        .asked = static_cast<std::int64_t>(outcome.asked),
                        .stored = static_cast<std::int64_t>(outcome.stored),
                        .run = static_cast<std::int64_t>(outcome.run),
                        .collected = static_cast<std::int64_t>(outcome.collected),
                        .failed = static_cast<std::int64_t>(outcome.failed),
                        .known = static_cast<std::int64_t>(outcome.known),
                        .results_zip = outcome.results_zip.string(),
                        .results_csv = outcome.results_csv.string(),
                        .invariant = invariant_line(outcome)};
  for (const auto& problem : outcome.problems) json.problems.push_back(problem_json(problem));
  return encode(json);
}

}  // namespace dms::cli
