// MasterRunner when the master has ended, or the study has failed: nothing keeps running, and the
// results come down.
#include <fmt/format.h>

#include <atomic>

#include "blob/zip.h"
#include "core/file.h"
#include "models/master/master_state.h"
#include "models/parallel.h"
#include "models/place/payload_upload.h"
#include "models/runs/failed_run.h"
#include "models/runs/results.h"

namespace dms::models {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_problems = 5;
constexpr int parallel_downloads = 8;
// So long the service may take to end what it was told to end.
constexpr std::chrono::seconds ending_limit{120};

std::vector<WorkerName> alive_of(const std::vector<Worker>& workers, bool waiting_only) {
  std::vector<WorkerName> names;
  for (const Worker& worker : workers)
    if (waiting_only ? worker.state == WorkerState::waiting : worker.alive())
      names.push_back(worker.name);
  return names;
}

std::string why_master_failed(const batch::Task& master) {
  if (!master.execution_info) return "the master failed";
  const batch::TaskExecutionInfo& info = *master.execution_info;
  std::string text = "the master failed";
  if (info.exit_code) text += fmt::format(" with exit code {}", *info.exit_code);
  if (info.failure_info)
    if (const std::string words = words_of(*info.failure_info); !words.empty())
      text += ": " + words;
  return text;
}

}  // namespace

Status MasterRunner::finish(State& state, std::stop_token stop) {
  const bool succeeded = state.failure.empty() && state.master_succeeded();
  if (state.failure.empty() && !succeeded) state.failure = why_master_failed(*state.master);
  if (!succeeded) listener_.note(state.failure);
  if (state.master && !state.master_ended()) {
    const Status ended = batch_.terminate_task(state.job_id(), state.tasks.names().master());
    if (!ended && ended.error().code != Code::conflict && ended.error().code != Code::not_found)
      return ended;
  }
  state.next_pause = std::chrono::milliseconds(100);
  if (succeeded) {
    // Those that never started have nothing to bring to an end.
    DMS_CHECK(end_workers(state, alive_of(state.workers, true), stop));
    DMS_CHECK(wait_for_workers(state, state.study().master->grace, stop));
  }
  DMS_CHECK(end_workers(state, alive_of(state.workers, false), stop));
  return wait_for_workers(state, ending_limit, stop);
}

Status MasterRunner::wait_for_workers(State& state, std::chrono::seconds limit,
                                      std::stop_token stop) {
  const auto end = clock_.steady_now() + limit;
  const auto someone_lives = [&] {
    return crew_counts(state.workers).alive() > 0 || (state.master && !state.master_ended());
  };
  while (someone_lives() && clock_.steady_now() < end) {
    tell(state, MasterProgress::Step::ending);
    pause(state, stop);
    if (stop.stop_requested())
      return fail(Code::cancelled, fmt::format("the master has ended, {} of its workers have not",
                                               crew_counts(state.workers).alive()));
    DMS_CHECK(look(state));
  }
  return ok();
}

Result<MasterOutcome> MasterRunner::collect(State& state, std::stop_token stop) {
  tell(state, MasterProgress::Step::collecting);
  const CrewCounts counts = crew_counts(state.workers);
  MasterOutcome outcome{.job_id = state.job_id(),
                        .master_id = state.tasks.names().master(),
                        .failure = state.failure,
                        .asked = static_cast<std::uint64_t>(state.wanted),
                        .started = counts.started,
                        .ended = counts.started - counts.alive(),
                        .replaced = counts.replaced,
                        .failed = counts.failed};
  if (state.master && state.master->execution_info)
    outcome.exit_code = state.master->execution_info->exit_code;
  if (!outcome.failure.empty() && state.master)
    outcome.problems.push_back(problem_of(state, outcome.master_id));
  for (const Worker& worker : state.workers) {
    if (worker.state != WorkerState::failed || outcome.problems.size() >= most_problems) continue;
    outcome.problems.push_back(problem_of(state, state.tasks.names().worker(worker.name)));
  }
  DMS_CHECK(write_results(state, outcome, stop).context("writing the results"));
  if (outcome.failure.empty() && outcome.results_zip.empty())
    outcome.failure = "the master's outputs are not in storage";
  return outcome;
}

Status MasterRunner::write_results(const State& state, MasterOutcome& outcome,
                                   std::stop_token stop) {
  std::vector<std::string> ids{outcome.master_id};
  if (!state.study().workers->outputs.empty())
    for (const Worker& worker : state.workers)
      ids.push_back(state.tasks.names().worker(worker.name));
  const OutFolder& out = state.plan.out;
  const auto archive_of = [&](std::size_t at) {
    return out.scratch() / (std::to_string(at) + ".zip");
  };
  std::vector<std::atomic<bool>> there(ids.size());
  DMS_CHECK(
      for_each_parallel(ids.size(), parallel_downloads, stop, [&](std::uint64_t at) -> Status {
        auto got = blob_.download_blob(results_container, results_blob(state.job_id(), ids[at]),
                                       archive_of(at));
        if (!got && got.error().code != Code::not_found) return std::move(got).error();
        there[at] = static_cast<bool>(got);
        return ok();
      }));
  DMS_CHECK(out.mark());
  std::vector<blob::ZipPart> parts;
  for (std::size_t at = 0; at < ids.size(); ++at)
    if (there[at]) parts.push_back({.folder = ids[at], .archive = archive_of(at)});
  std::error_code ignored;
  fs::remove(out.results_zip(), ignored);  // of an earlier time: not these results
  if (!parts.empty()) {
    DMS_CHECK(blob::merge_zips(out.results_zip(), parts));
    if (there[0]) outcome.results_zip = out.results_zip();
  }
  ResultRows rows(state.tasks.master_runs());
  const RunRecord record = state.master ? record_of(*state.master) : RunRecord{};
  std::vector<std::string> row = rows.row(0, record, there[0] ? archive_of(0) : fs::path());
  row[0] = outcome.master_id;
  DMS_CHECK(write_file_atomic(out.results_csv().string(), csv_line(rows.header()) + csv_line(row)));
  outcome.results_csv = out.results_csv();
  return ok();
}

FailedRun MasterRunner::problem_of(const State& state, const std::string& task_id) {
  FailedRun problem{.task_id = task_id};
  if (const auto task = batch_.get_task(state.job_id(), task_id); task && task->execution_info) {
    problem.exit_code = task->execution_info->exit_code;
    if (task->execution_info->failure_info)
      problem.reason = words_of(*task->execution_info->failure_info);
  }
  const auto end_of = [&](const char* file) {
    return tail_of(batch_.read_task_file_as_string(state.job_id(), task_id, file).value_or(""));
  };
  problem.stderr_tail = end_of("stderr.txt");
  if (problem.stderr_tail.empty()) problem.stdout_tail = end_of("stdout.txt");
  return problem;
}

}  // namespace dms::models
