// The steps of MasterRunner up to the master's start.
#include <fmt/format.h>

#include "models/master/master_state.h"
#include "models/parallel.h"
#include "models/place/old_results.h"
#include "models/place/study_place.h"

namespace dms::models {
namespace {

constexpr int parallel_deletions = 8;

// Nodes of one pool can always reach each other when the pool says that they are to; Azure makes
// such pools of one slot a node and no more than a hundred nodes.
pools::Recipe pool_of(const Study& study) {
  pools::Recipe recipe = recipe_of(study);
  const bool can_be_linked = recipe.kind == pools::Kind::fixed && recipe.task_slots_per_node == 1 &&
                             recipe.nodes > 1 && recipe.nodes <= 100;
  if (can_be_linked) recipe.kind = pools::Kind::mpi;
  return recipe;
}

}  // namespace

Status MasterRunner::start(State& state, std::stop_token stop) {
  DMS_CHECK(remove_old(state, stop));
  if (state.master_ended()) {
    listener_.note("the master has ended already: collecting its results");
    return ok();
  }
  if (state.master) {
    listener_.note(fmt::format("the master is under way, with {} workers: watching goes on",
                               crew_counts(state.workers).alive()));
    return ensure_pool(batch_, state.study(), pool_of(state.study()), listener_);
  }
  if (state.job)
    DMS_CHECK(check_takes_runs(*state.job, state.study(), clock_.now(), blob_.longest_signature()));
  DMS_TRY(state.place, have_study_place(batch_, blob_, state.study(), pool_of(state.study()),
                                        state.plan.inputs, state.plan.tool, state.job, listener_));
  DMS_CHECK(remove_old_results(state, stop));
  DMS_TRY(const auto outcomes,
          batch_.submit_tasks(state.job_id(), {state.tasks.master(*state.place)}, {}, stop));
  if (outcomes.at(0).submitted == batch::Submitted::failed)
    return outcomes[0].error.value_or(fail(Code::internal, "the service took no master"));
  return look(state);
}

// What is to run again must be gone first: a task's id can be used once only.
Status MasterRunner::remove_old(State& state, std::stop_token stop) {
  const bool failed = state.master_ended() && !state.master_succeeded();
  const bool again =
      state.plan.rerun == Rerun::all || (state.plan.rerun == Rerun::failed && failed);
  if (!again || !state.job) return ok();
  std::vector<std::string> ids;
  if (state.master) ids.push_back(state.tasks.names().master());
  for (const Worker& worker : state.workers) ids.push_back(state.tasks.names().worker(worker.name));
  if (ids.empty()) return ok();
  DMS_CHECK(for_each_parallel(ids.size(), parallel_deletions, stop, [&](std::uint64_t at) {
    return not_found_is_fine(batch_.delete_task(state.job_id(), ids[at]));
  }));
  listener_.note(fmt::format("the earlier master and {} workers removed, to start anew",
                             state.workers.size()));
  state.master.reset();
  state.workers.clear();
  return ok();
}

Status MasterRunner::remove_old_results(const State& state, std::stop_token stop) {
  const CrewNames& names = state.tasks.names();
  const auto is_of_crew = [&](std::string_view task) {
    return task == names.master() || names.parse(task);
  };
  return models::remove_old_results(blob_, state.job_id(), is_of_crew, parallel_deletions, stop);
}

}  // namespace dms::models
