// The steps of SweepRunner from the first look at the service to the last task added.
#include <fmt/format.h>

#include "models/counted.h"
#include "models/parallel.h"
#include "models/place/old_results.h"
#include "models/place/study_place.h"
#include "models/runs/kept_results.h"
#include "models/runs/manifest.h"
#include "models/runs/sweep_state.h"

namespace dms::models {
namespace {

// Tasks that are in memory at once.
constexpr std::size_t chunk_tasks = 1000;

}  // namespace

Status SweepRunner::look_at_job(State& state) {
  DMS_TRY(state.job, find_job(batch_, state.job_id()));
  return ok();
}

Status SweepRunner::look_at_tasks(State& state) {
  state.table.clear();
  state.foreign_tasks = 0;
  if (state.job)
    DMS_CHECK(batch_.list_tasks(state.job_id(), {.select = {"id", "state", "executionInfo"}},
                                [&](const batch::Task& task) {
                                  if (!state.table.record(task)) ++state.foreign_tasks;
                                  return ok();
                                }));
  apply_kept(state.kept, state.table);
  return ok();
}

Status SweepRunner::start_missing(State& state, std::stop_token stop) {
  const Study& study = state.study();
  const RunCounts counts = state.table.counts();
  const bool all_there = counts.absent == 0 && state.sweep.options.rerun == Rerun::none;
  if (!all_there && state.job)
    DMS_CHECK(check_takes_runs(*state.job, study, clock_.now(), blob_.longest_signature()));
  if (all_there) return ensure_pool(batch_, study, recipe_of(study), listener_);
  DMS_TRY(TaskPlace place,
          have_study_place(batch_, blob_, study, recipe_of(study), state.sweep.inputs,
                           state.sweep.tool, state.job, listener_));
  place.family = state.runs.family();
  DMS_CHECK(remove_old_runs(state, stop));
  DMS_CHECK(remove_old_results(state, stop));
  DMS_CHECK(submit(state, place, stop));
  DMS_TRY(const Manifest manifest, manifest_of(study, state.sweep.inputs));
  return store_manifest(blob_, state.job_id(), manifest);
}

// What is to be run again must be gone first: a task's id can be used once only.
Status SweepRunner::remove_old_runs(State& state, std::stop_token stop) {
  const Rerun rerun = state.sweep.options.rerun;
  if (rerun == Rerun::all) {
    DMS_CHECK(remove_kept(blob_, state.runs, state.kept, state.sweep.options.parallel, stop));
    state.kept.assign(state.kept.size(), false);
    for (std::uint64_t index = 0; index < state.table.size(); ++index)
      if (state.table[index].kept) state.table[index] = RunRecord{};
  }
  std::vector<std::uint64_t> old;
  for (std::uint64_t index = 0; index < state.table.size(); ++index) {
    const RunState run = state.table[index].state;
    const bool again = rerun == Rerun::all ? run != RunState::absent
                                           : rerun == Rerun::failed && run == RunState::failed;
    if (again) old.push_back(index);
  }
  if (old.empty()) return ok();
  DMS_CHECK(
      for_each_parallel(old.size(), state.sweep.options.parallel, stop, [&](std::uint64_t at) {
        return not_found_is_fine(batch_.delete_task(state.job_id(), state.runs.at(old[at]).id));
      }));
  for (const std::uint64_t index : old) state.table[index] = RunRecord{};
  apply_kept(state.kept, state.table);
  listener_.note(fmt::format("{} removed, to be run again",
                             counted(static_cast<std::int64_t>(old.size()), "earlier run")));
  return ok();
}

Status SweepRunner::remove_old_results(State& state, std::stop_token stop) {
  const auto is_to_run = [&](std::string_view task) {
    const auto index = state.table.find(task);
    return index && state.table[*index].state == RunState::absent;
  };
  return models::remove_old_results(blob_, state.job_id(), is_to_run, state.sweep.options.parallel,
                                    stop);
}

Status SweepRunner::submit(State& state, const TaskPlace& place, std::stop_token stop) {
  std::vector<std::uint64_t> chunk;
  for (std::uint64_t index = 0; index < state.table.size(); ++index) {
    if (state.table[index].state == RunState::absent) chunk.push_back(index);
    const bool last = index + 1 == state.table.size();
    if (chunk.size() < chunk_tasks && !last) continue;
    DMS_CHECK(submit_chunk(state, place, chunk, stop));
    chunk.clear();
    listener_.progress(
        {.step = SweepProgress::Step::submitting, .total = state.table.size(), .done = index + 1});
  }
  const RunCounts counts = state.table.counts();
  if (counts.stored() == 0) return fail(Code::internal, "the service took none of the runs");
  return ok();
}

Status SweepRunner::submit_chunk(State& state, const TaskPlace& place,
                                 const std::vector<std::uint64_t>& indices, std::stop_token stop) {
  if (indices.empty()) return ok();
  std::vector<batch::Task> tasks;
  tasks.reserve(indices.size());
  for (const std::uint64_t index : indices)
    tasks.push_back(make_task(state.runs.at(index), state.study(), place));
  DMS_TRY(const auto outcomes, batch_.submit_tasks(state.job_id(), tasks, {}, stop));
  std::size_t refused = 0;
  for (std::size_t at = 0; at < outcomes.size(); ++at) {
    if (outcomes[at].submitted != batch::Submitted::failed) {
      state.table[indices[at]].state = RunState::waiting;
      continue;
    }
    const Error error = outcomes[at].error.value_or(fail(Code::internal, "no reason given"));
    if (++refused == 1)
      listener_.note(fmt::format("run {} was not taken: {}", outcomes[at].task_id, error.message));
  }
  if (refused > 1) listener_.note(fmt::format("{} runs were not taken", refused));
  return ok();
}

}  // namespace dms::models
