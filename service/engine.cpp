#include "service/engine.h"

#include <algorithm>

#include "core/log.h"
#include "service/core/nodes.h"
#include "service/core/pool_samples.h"
#include "service/core/tick.h"

namespace dms::service {

namespace {
// Long enough for a client to see a transitional state, short enough not to be waited for.
constexpr std::chrono::milliseconds quick_tick{100};
// Limits of jobs are looked at this often when nothing changes.
constexpr std::chrono::nanoseconds slow_tick = std::chrono::seconds{1};
}  // namespace

Engine::Engine(Core core, Store& store, AgentHost& host, Clock& clock)
    : store_(store),
      host_(host),
      clock_(clock),
      core_(std::move(core)),
      durable_sequence_(core_.next_sequence),
      meter_("/proc", core_.nodes_dir) {}

Engine::~Engine() { stop(); }

void Engine::start() {
  {
    std::lock_guard lock(mutex_);
    for (const auto& [pool_id, pool] : core_.pools)
      for (const auto& [node_id, node] : pool.nodes) host_.watch({pool_id, node_id}, node.slots);
  }
  deferrer_ = std::jthread([this](std::stop_token stop) { send_deferred_loop(stop); });
  ticker_ = std::jthread([this](std::stop_token stop) { tick_loop(stop); });
  host_.start(*this);
}

void Engine::stop() {
  host_.stop();
  for (std::jthread* thread : {&deferrer_, &ticker_})
    if (thread->joinable()) {
      thread->request_stop();
      thread->join();
    }
}

bool Engine::is_busy() {
  std::lock_guard lock(mutex_);
  for (const auto& [id, job] : core_.jobs)
    if (job.in_transition() || job.counts.running > 0 ||
        (job.ready() > 0 && job.wire.state == batch::JobState::active &&
         core_.pools.contains(job.pool())))
      return true;
  for (const auto& [id, schedule] : core_.job_schedules)
    if (schedule.finishing || (schedule.wire.state == batch::JobScheduleState::active &&
                               schedule.wire.execution_info->next_run_time))
      return true;
  for (const auto& [pool_id, pool] : core_.pools)
    for (const auto& [node_id, node] : pool.nodes)
      if (!node.runs.empty() || !is_settled(node)) return true;
  return false;
}

Ticket Engine::carry_out(Effects out) {
  const Ticket ticket = out.changes.empty() ? 0 : store_.enqueue(std::move(out.changes));
  last_ticket_ = std::max(last_ticket_, ticket);
  if (core_.next_sequence != (sequences_.empty() ? durable_sequence_ : sequences_.back().second))
    sequences_.emplace_back(last_ticket_, core_.next_sequence);
  look_what_is_durable();
  for (auto& [node, frame] : out.frames) send(node, std::move(frame));
  for (const auto& node : out.start_agents)
    if (const NodeRecord* record = core_.find_node(node)) host_.start_agent(node, record->slots);
  for (const auto& [node, fate] : out.stop_agents) host_.stop_agent(node, fate);
  for (const auto& node : out.retire_agents) host_.retire_agent(node);
  // An end that is told twice changes nothing, but its first telling may still be on its way.
  Effects later;
  for (auto& [node, run] : out.acknowledge_when_durable)
    later.frame(node).acknowledged.push_back(std::move(run));
  for (auto& [node, frame] : later.frames)
    deferred_.push_back({last_ticket_, node, std::move(frame), false});
  if (!deferred_.empty()) something_deferred_.notify_one();
  if (ticket != 0 && !unsettled_) {
    unsettled_ = true;
    something_to_settle_.notify_one();
  }
  return ticket;
}

void Engine::send(NodeKey node, agent::ToAgent frame) {
  const bool behind = std::any_of(deferred_.begin(), deferred_.end(), [&](const Deferred& other) {
    return other.ordered && other.node == node;
  });
  if (behind || must_wait(frame))
    deferred_.push_back({last_ticket_, std::move(node), std::move(frame), true});
  else
    host_.send(node, frame);
}

void Engine::look_what_is_durable() {
  const Ticket durable = store_.durable();
  for (; !sequences_.empty() && sequences_.front().first <= durable; sequences_.pop_front())
    durable_sequence_ = sequences_.front().second;
  all_is_durable_ = durable >= last_ticket_;
}

bool Engine::must_wait(const agent::ToAgent& frame) const {
  return std::any_of(frame.start.begin(), frame.start.end(), [&](const agent::RunSpec& spec) {
    return !all_is_durable_ &&
           (spec.run.kind != agent::RunKind::task || spec.run.incarnation >= durable_sequence_);
  });
}

void Engine::react(const std::function<void(Core&, Effects&, Timestamp)>& event) {
  std::lock_guard lock(mutex_);
  Effects out;
  event(core_, out, clock_.now());
  carry_out(std::move(out));
}

void Engine::send_deferred_loop(std::stop_token stop) {
  while (true) {
    Ticket ticket = 0;
    {
      std::unique_lock lock(mutex_);
      if (!something_deferred_.wait(lock, stop, [&] { return !deferred_.empty(); })) return;
      ticket = deferred_.back().ticket;
    }
    const bool durable = store_.wait(ticket).has_value();
    std::lock_guard lock(mutex_);
    // A store that failed acknowledges nothing more: the agents tell those ends again.
    if (durable)
      send_durable(ticket);
    else
      deferred_.clear();
  }
}

void Engine::send_durable(Ticket ticket) {
  for (; !deferred_.empty() && deferred_.front().ticket <= ticket; deferred_.pop_front())
    host_.send(deferred_.front().node, deferred_.front().frame);
}

void Engine::tick_loop(std::stop_token stop) {
  while (!stop.stop_requested()) {
    sample_if_due();
    std::unique_lock lock(mutex_);
    Effects out;
    unsettled_ = on_tick(core_, out, clock_.now());
    carry_out(std::move(out));
    if (unsettled_) {
      // A plain pause: changes in the meantime are looked at by the next tick.
      something_to_settle_.wait_for(lock, stop, quick_tick, [] { return false; });
    } else {
      const auto until_sample = next_sample_ - clock_.steady_now();
      something_to_settle_.wait_for(lock, stop,
                                    std::min<std::chrono::nanoseconds>(slow_tick, until_sample),
                                    [&] { return unsettled_; });
    }
  }
}

void Engine::sample_if_due() {
  const auto steady_now = clock_.steady_now();
  if (steady_now < next_sample_) return;
  const auto machine = meter_.read(steady_now);
  const Timestamp now = clock_.now();
  const std::lock_guard lock(mutex_);
  next_sample_ = steady_now + (record_samples(core_, machine, now).at - now.at);
}

void Engine::on_hello(const NodeKey& node, agent::Hello hello) {
  react([&](Core& core, Effects& out, Timestamp now) {
    // What was not sent yet is lost with the connection before, and made up for.
    std::erase_if(deferred_, [&](const Deferred& waiting) { return waiting.node == node; });
    service::on_hello(core, out, node, hello, now);
  });
}

void Engine::on_coordinated(const NodeKey& node, std::vector<agent::RunRef> runs) {
  react(
      [&](Core& core, Effects& out, Timestamp) { service::on_coordinated(core, out, node, runs); });
}

void Engine::on_ended(const NodeKey& node, std::vector<agent::RunEnd> ends) {
  react(
      [&](Core& core, Effects& out, Timestamp now) { on_runs_ended(core, out, node, ends, now); });
}

void Engine::on_silent(const NodeKey& node) {
  react([&](Core& core, Effects& out, Timestamp now) { on_agent_silent(core, out, node, now); });
}

void Engine::on_dead(const NodeKey& node) {
  log_warn("the agent of node " + node.node.text + " of pool " + node.pool.text +
           " has died; its tasks run again");
  react([&](Core& core, Effects& out, Timestamp now) { on_agent_dead(core, out, node, now); });
}

void Engine::on_stopped(const NodeKey& node) {
  react([&](Core& core, Effects& out, Timestamp now) { on_agent_stopped(core, out, node, now); });
}

void Engine::on_gone(const NodeKey& node) {
  react([&](Core& core, Effects& out, Timestamp now) { on_node_gone(core, out, node, now); });
}

}  // namespace dms::service
