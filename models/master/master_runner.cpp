#include "models/master/master_runner.h"

#include <fmt/format.h>

#include "models/master/crew_scale.h"
#include "models/master/master_state.h"
#include "models/place/study_pool.h"

namespace dms::models {
namespace {

constexpr std::chrono::milliseconds first_look_pause{100};
// A master that dies is noticed within this.
constexpr std::chrono::milliseconds longest_pause{1500};

}  // namespace

Result<MasterOutcome> MasterRunner::run(const Plan& plan, std::stop_token stop) {
  State state{.plan = plan, .tasks = CrewTasks(plan.study, plan.inputs.identity())};
  state.next_pause = first_look_pause;
  DMS_TRY(state.job, find_job(batch_, state.job_id()));
  if (state.job) DMS_CHECK(look(state));
  DMS_CHECK(start(state, stop));
  const bool known = state.master_ended();
  DMS_CHECK(watch(state, stop));
  DMS_CHECK(finish(state, stop));
  DMS_TRY(MasterOutcome outcome, collect(state, stop));
  DMS_CHECK(finish_pool(batch_, plan.study, listener_));
  outcome.known = known;
  return outcome;
}

// One look at the job, for the number of workers, and one list, for all that runs.
Status MasterRunner::look(State& state) {
  auto job = batch_.get_job(state.job_id());
  if (!job && job.error().code == Code::not_found)
    return fail(Code::not_found, fmt::format("job {} is gone: someone deleted it, and with it the "
                                             "master and its workers",
                                             state.job_id()));
  if (!job) return std::move(job).error();
  state.job = *std::move(job);
  state.wanted = workers_wanted(*state.job).value_or(state.study().workers->count);
  state.master.reset();
  state.workers.clear();
  const CrewNames& names = state.tasks.names();
  DMS_CHECK(batch_.list_tasks(
      state.job_id(), {.select = {"id", "state", "executionInfo", "nodeInfo"}},
      [&](const batch::Task& task) {
        if (task.id == names.master()) state.master = task;
        if (auto name = names.parse(task.id))
          state.workers.push_back({.name = *std::move(name), .state = worker_state_of(task)});
        return ok();
      }));
  settle_failures(state);
  return ok();
}

void MasterRunner::tell(const State& state, MasterProgress::Step step) {
  const CrewCounts counts = crew_counts(state.workers);
  listener_.progress({.step = step,
                      .wanted = static_cast<std::uint64_t>(state.wanted),
                      .running = counts.running,
                      .waiting = counts.waiting,
                      .replaced = counts.replaced,
                      .failed = counts.failed,
                      .waiting_for = state.waiting_for});
}

void MasterRunner::pause(State& state, std::stop_token stop) {
  clock_.sleep_for(state.next_pause, stop);
  state.next_pause = std::min<std::chrono::nanoseconds>(state.next_pause * 5 / 4, longest_pause);
}

std::string invariant_line(const MasterOutcome& outcome) {
  const std::string code =
      outcome.exit_code ? fmt::format("code {}", *outcome.exit_code) : std::string("no exit code");
  std::string line = fmt::format(
      "master ended with {}; {} workers asked, {} started {} {} ended, "
      "{} replaced",
      code, outcome.asked, outcome.started, outcome.started == outcome.ended ? "=" : "≠",
      outcome.ended, outcome.replaced);
  if (!outcome.failure.empty()) line += fmt::format(" (failed: {})", outcome.failure);
  return line;
}

}  // namespace dms::models
