// SweepRunner after the last run has ended: outputs down, one archive, one table.
#include <fmt/format.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <mutex>

#include "blob/zip.h"
#include "core/file.h"
#include "core/new_file.h"
#include "models/parallel.h"
#include "models/place/payload_upload.h"
#include "models/runs/failed_run.h"
#include "models/runs/kept_results.h"
#include "models/runs/results.h"
#include "models/runs/sweep_state.h"

namespace dms::models {
namespace {

constexpr std::size_t problems_described = 10;

std::string read_tail(const std::filesystem::path& path, std::uint64_t bytes) {
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file.seekg(static_cast<std::streamoff>(size - std::min(size, bytes)))) return {};
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

Result<SweepOutcome> SweepRunner::collect(State& state, std::stop_token stop) {
  DMS_CHECK(download_outputs(state, stop).context("collecting the outputs"));
  time_kept_runs(state);
  const RunCounts counts = state.table.counts();
  SweepOutcome outcome{.asked = state.table.size(),
                       .stored = counts.stored(),
                       .run = counts.ended(),
                       .failed = counts.failed};
  for (std::uint64_t index = 0; index < state.table.size(); ++index)
    if (state.table[index].state == RunState::succeeded && state.downloaded[index])
      ++outcome.collected;
  DMS_CHECK(describe_problems(state, outcome));
  DMS_CHECK(write_results(state, outcome).context("writing the results"));
  return outcome;
}

Status SweepRunner::download_outputs(State& state, std::stop_token stop) {
  const std::uint64_t total = state.table.size();
  std::vector<std::uint64_t> ended;
  for (std::uint64_t index = 0; index < total; ++index)
    if (state.table[index].ended()) ended.push_back(index);
  state.downloaded.assign(total, false);
  // In slices, so that progress is told between them and by this thread alone.
  constexpr std::size_t slice = 64;
  std::mutex mutex;  // guards state.downloaded
  for (std::size_t from = 0; from < ended.size(); from += slice) {
    listener_.progress({.step = SweepProgress::Step::collecting, .total = total, .done = from});
    const std::size_t count = std::min(slice, ended.size() - from);
    DMS_CHECK(for_each_parallel(
        count, state.sweep.options.parallel, stop, [&](std::uint64_t at) -> Status {
          const std::uint64_t index = ended[from + at];
          auto got =
              blob_.download_blob(results_container, state.blob_of(index), state.outputs_of(index));
          if (!got) {
            // Some failures leave no outputs; the sums tell.
            if (got.error().code == Code::not_found) return ok();
            return std::move(got).error();
          }
          const std::lock_guard lock(mutex);
          state.downloaded[index] = true;
          return ok();
        }));
  }
  listener_.progress({.step = SweepProgress::Step::collecting, .total = total, .done = total});
  return ok();
}

// No task tells how long these ran; their archives do.
void SweepRunner::time_kept_runs(State& state) {
  for (std::uint64_t index = 0; index < state.table.size(); ++index) {
    if (!state.table[index].kept || !state.downloaded[index]) continue;
    const auto tail = read_tail(state.outputs_of(index), 256);
    state.table[index].wall_seconds = recorded_seconds(tail).value_or(-1.0F);
  }
}

Status SweepRunner::write_results(const State& state, SweepOutcome& outcome) {
  const OutFolder& out = state.sweep.out;
  DMS_CHECK(out.mark());
  std::vector<blob::ZipPart> parts;
  ResultRows rows(state.runs);
  DMS_TRY(NewFile table, NewFile::create(out.results_csv()));
  DMS_CHECK(table.write(csv_line(rows.header())));
  for (std::uint64_t index = 0; index < state.table.size(); ++index) {
    std::filesystem::path archive;
    if (state.downloaded[index]) {
      archive = state.outputs_of(index);
      parts.push_back({.folder = state.runs.at(index).id, .archive = archive});
    }
    DMS_CHECK(table.write(csv_line(rows.row(index, state.table[index], archive))));
  }
  std::error_code ignored;
  if (parts.empty()) {
    std::filesystem::remove(out.results_zip(), ignored);  // of an earlier time: not these results
  } else {
    DMS_CHECK(blob::merge_zips(out.results_zip(), parts));
    outcome.results_zip = out.results_zip();
  }
  DMS_CHECK(table.finish());
  outcome.results_csv = out.results_csv();
  return ok();
}

Status SweepRunner::describe_problems(const State& state, SweepOutcome& outcome) {
  for (std::uint64_t index = 0; index < state.table.size(); ++index) {
    if (outcome.problems.size() == problems_described) return ok();
    const RunRecord& record = state.table[index];
    if (record.state == RunState::succeeded && state.downloaded[index]) continue;
    FailedRun problem{.task_id = state.runs.at(index).id};
    if (record.has_exit_code) problem.exit_code = record.exit_code;
    if (record.state == RunState::absent) {
      problem.reason = "the service has no such task";
    } else if (record.state == RunState::succeeded) {
      problem.reason = "its outputs are not in storage";
    } else if (auto task = batch_.get_task(state.job_id(), problem.task_id);
               task && task->execution_info && task->execution_info->failure_info) {
      problem.reason = words_of(*task->execution_info->failure_info);
    }
    const auto end_of = [&](const char* file) {
      if (state.downloaded[index])
        return tail_of(blob::read_entry(state.outputs_of(index), file).value_or(""));
      if (record.state != RunState::failed) return std::string();
      return tail_of(
          batch_.read_task_file_as_string(state.job_id(), problem.task_id, file).value_or(""));
    };
    problem.stderr_tail = end_of("stderr.txt");
    if (problem.stderr_tail.empty()) problem.stdout_tail = end_of("stdout.txt");
    outcome.problems.push_back(std::move(problem));
  }
  return ok();
}

}  // namespace dms::models
