// MasterRunner while the master runs: finds its place, keeps its crew.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "models/master/master_state.h"
#include "models/parallel.h"
#include "models/place/payload_upload.h"
#include "models/place/pool_wait.h"
#include "models/place/prepare_task.h"

namespace dms::models {
namespace {

constexpr int parallel_requests = 8;

// A worker that fails may do so because its master has just ended, which the service tells a moment
// later: so long nothing is done about it.
constexpr std::chrono::seconds settling{3};

// Where a master says that it is.
constexpr batch::FileSlice head_of_output{.offset = 0, .length = 4096};

bool is_over(batch::JobState state) {
  using enum batch::JobState;
  return state == terminating || state == completed || state == deleting;
}

}  // namespace

Status MasterRunner::watch(State& state, std::stop_token stop) {
  while (!state.master_ended()) {
    if (is_over(state.job->state.value_or(batch::JobState::active)))
      state.failure = fmt::format("job {} is {}", state.job_id(), text_of(*state.job->state));
    else if (!state.master)
      state.failure = "the master's task is gone: someone deleted it";
    if (state.failure.empty()) DMS_CHECK(ask_why_master_waits(state));
    if (state.failure.empty()) DMS_CHECK(find_master(state));
    if (state.failure.empty()) DMS_CHECK(keep_crew(state, stop));
    if (!state.failure.empty()) return ok();
    tell(state, MasterProgress::Step::running);
    pause(state, stop);
    if (stop.stop_requested())
      return fail(
          Code::cancelled,
          "the master and its workers go on, but nobody replaces or ends workers meanwhile");
    DMS_CHECK(look(state));
  }
  return ok();
}

Status MasterRunner::ask_why_master_waits(State& state) {
  const auto now = clock_.steady_now();
  if (state.master->state == batch::TaskState::running) {
    state.waits_since.reset();
    state.waiting_for.clear();
    return ok();
  }
  if (!state.waits_since) state.waits_since = now;
  if (now - *state.waits_since < wait_patience) return ok();
  state.waits_since = now;
  DMS_TRY(state.waiting_for, what_is_waited_for(batch_, state.study()));
  return ok();
}

void MasterRunner::settle_failures(State& state) {
  const auto now = clock_.steady_now();
  for (Worker& worker : state.workers) {
    if (worker.state != WorkerState::failed) continue;
    const auto first = state.failures.try_emplace(state.tasks.names().worker(worker.name), now);
    worker.settled = now - first.first->second >= settling;
  }
}

// The master's place, anew whenever it has started anew.
Status MasterRunner::find_master(State& state) {
  const batch::Task& master = *state.master;
  const bool runs = master.state == batch::TaskState::running && master.node_info &&
                    master.execution_info && master.execution_info->start_time;
  const std::string node = runs ? master.node_info->node_id.value_or("") : "";
  const std::string start = runs ? master_start(node, *master.execution_info->start_time) : "";
  if (start == state.start && (state.master_place || !runs)) return ok();
  if (!state.start.empty() && start != state.start)
    listener_.note(
        "the master was taken from its node and starts anew, from the beginning: its "
        "workers are ended, and others will follow");
  state.start = start;
  state.master_place.reset();
  if (!runs) return ok();
  auto printed =
      batch_.read_task_file_as_string(state.job_id(), master.id, "stdout.txt", head_of_output);
  // Not there yet, or the node is just being lost: the next look tells.
  if (!printed &&
      (printed.error().code == Code::not_found || printed.error().code == Code::conflict))
    return ok();
  if (!printed) return std::move(printed).error();
  auto place = read_master_place(*printed, *state.study().master);
  if (!place) {
    state.failure = place.error().message;
    return ok();
  }
  if (!*place) return ok();
  if ((*place)->ip.empty()) {
    DMS_TRY(const batch::Node found, batch_.get_node(state.study().pool_name, node));
    (*place)->ip = found.ip_address.value_or("");
  }
  state.master_place = *std::move(place);
  const MasterPlace& known = *state.master_place;
  listener_.note(fmt::format("the master runs on {} ({}{}{})", known.hostname, known.ip,
                             known.port.empty() ? "" : ":", known.port));
  return ok();
}

Status MasterRunner::keep_crew(State& state, std::stop_token stop) {
  CrewOrders orders =
      crew_orders(state.workers, {.count = state.wanted,
                                  .max_replacements = state.study().workers->max_replacements,
                                  .start = state.start});
  if (!state.master_place) {
    orders.add.clear();
    orders.lost.clear();
  }
  DMS_CHECK(hold_replacements(state, orders));
  for (const int number : orders.lost)
    if (state.told.insert(fmt::format("lost {} {}", number, state.start)).second)
      listener_.note(
          fmt::format("worker {} failed and is not replaced: all {} replacements of the "
                      "study are used up",
                      number, state.study().workers->max_replacements));
  const bool nobody =
      !orders.lost.empty() && orders.add.empty() && crew_counts(state.workers).alive() == 0;
  const auto now = clock_.steady_now();
  if (!nobody) state.nobody_since.reset();
  if (nobody && !state.nobody_since) state.nobody_since = now;
  // It may be that the master is about to end, and takes its time to bring its outputs away.
  if (nobody && now - *state.nobody_since >= state.study().master->grace)
    state.failure = why_nobody_is_left(state, orders.lost);
  DMS_CHECK(end_workers(state, orders.end, stop));
  return add_workers(state, orders.add, stop);
}

// Workers fail when the master's node is lost, and the service may take minutes to say more of it
// than that the node's state is not known: replacements would be wasted.
Status MasterRunner::hold_replacements(const State& state, CrewOrders& orders) {
  const auto is_successor = [](const WorkerName& name) { return name.attempt > 0; };
  if (orders.lost.empty() && std::none_of(orders.add.begin(), orders.add.end(), is_successor))
    return ok();
  const auto node =
      batch_.get_node(state.study().pool_name, state.master->node_info->node_id.value_or(""));
  if (!node && node.error().code != Code::not_found) return node.error();
  const bool well =
      node && (node->state == batch::NodeState::running || node->state == batch::NodeState::idle);
  if (well) return ok();
  std::erase_if(orders.add, is_successor);
  orders.lost.clear();
  return ok();
}

std::string MasterRunner::why_nobody_is_left(const State& state, const std::vector<int>& lost) {
  std::string text = fmt::format("all workers have failed and the {} replacements are used up",
                                 state.study().workers->max_replacements);
  const Worker* last = nullptr;
  for (const Worker& worker : state.workers)
    if (worker.name.number == lost.front() && worker.state == WorkerState::failed) last = &worker;
  if (!last) return text;
  const FailedRun problem = problem_of(state, state.tasks.names().worker(last->name));
  if (problem.exit_code)
    text += fmt::format("; {}: exit code {}", problem.task_id, *problem.exit_code);
  return text;
}

Status MasterRunner::add_workers(State& state, const std::vector<WorkerName>& names,
                                 std::stop_token stop) {
  if (names.empty()) return ok();
  if (!state.place) {
    DMS_TRY(state.place,
            upload_payload(blob_, state.study(), state.plan.inputs, state.plan.tool, listener_));
    state.place->prepared = is_prepared_by(*state.job, *state.place);
  }
  std::vector<batch::Task> tasks;
  for (const WorkerName& name : names)
    tasks.push_back(state.tasks.worker(name, *state.master_place, *state.place));
  DMS_TRY(const auto outcomes, batch_.submit_tasks(state.job_id(), tasks, {}, stop));
  std::vector<int> replaced, refused;
  for (std::size_t at = 0; at < outcomes.size(); ++at) {
    if (outcomes[at].submitted != batch::Submitted::failed) {
      if (names[at].attempt > 0) replaced.push_back(names[at].number);
    } else if (state.told.insert(outcomes[at].task_id).second) {
      listener_.note(fmt::format("worker {} was not taken: {}", outcomes[at].task_id,
                                 outcomes[at].error ? outcomes[at].error->message : "no reason"));
    }
  }
  listener_.note(replaced.empty() ? fmt::format("{} workers started", names.size())
                                  : fmt::format("{} workers started, again: {}", names.size(),
                                                fmt::join(replaced, ", ")));
  state.next_pause = std::chrono::milliseconds(100);
  return ok();
}

Status MasterRunner::end_workers(State& state, const std::vector<WorkerName>& names,
                                 std::stop_token stop) {
  if (names.empty()) return ok();
  DMS_CHECK(for_each_parallel(names.size(), parallel_requests, stop, [&](std::uint64_t at) {
    Status ended = batch_.terminate_task(state.job_id(), state.tasks.names().worker(names[at]));
    // It has ended by itself, or is gone.
    if (!ended && (ended.error().code == Code::conflict || ended.error().code == Code::not_found))
      return ok();
    return ended;
  }));
  listener_.note(fmt::format("{} workers ended", names.size()));
  state.next_pause = std::chrono::milliseconds(100);
  return ok();
}

}  // namespace dms::models
