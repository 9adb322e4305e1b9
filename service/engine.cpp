#include "service/engine.h"

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
      meter_("/proc", core_.nodes_dir) {}

Engine::~Engine() { stop(); }

void Engine::start() {
  {
    std::lock_guard lock(mutex_);
    for (const auto& [pool_id, pool] : core_.pools)
      for (const auto& [node_id, node] : pool.nodes) host_.watch({pool_id, node_id}, node.slots);
  }
  acknowledger_ = std::jthread([this](std::stop_token stop) { acknowledge_loop(stop); });
  ticker_ = std::jthread([this](std::stop_token stop) { tick_loop(stop); });
  host_.start(*this);
}

void Engine::stop() {
  host_.stop();
  for (std::jthread* thread : {&acknowledger_, &ticker_})
    if (thread->joinable()) {
      thread->request_stop();
      thread->join();
    }
}

bool Engine::is_busy() {
  return look([](const Core& core) {
    for (const auto& [id, job] : core.jobs)
      if (job.in_transition() || job.counts.running > 0 ||
          (job.ready() > 0 && job.wire.state == batch::JobState::active &&
           core.pools.contains(job.pool())))
        return true;
    for (const auto& [id, schedule] : core.job_schedules)
      if (schedule.finishing || (schedule.wire.state == batch::JobScheduleState::active &&
                                 schedule.wire.execution_info->next_run_time))
        return true;
    for (const auto& [pool_id, pool] : core.pools)
      for (const auto& [node_id, node] : pool.nodes)
        if (!node.runs.empty() || !is_settled(node)) return true;
    return false;
  });
}

Ticket Engine::carry_out(Effects out) {
  const Ticket ticket = out.changes.empty() ? 0 : store_.enqueue(std::move(out.changes));
  last_ticket_ = std::max(last_ticket_, ticket);
  for (auto& [node, frame] : out.frames) host_.send(node, frame);
  for (const auto& node : out.start_agents)
    if (const NodeRecord* record = core_.find_node(node)) host_.start_agent(node, record->slots);
  for (const auto& [node, fate] : out.stop_agents) host_.stop_agent(node, fate);
  for (const auto& node : out.retire_agents) host_.retire_agent(node);
  if (!out.acknowledge_when_durable.empty()) {
    // An end that is told twice changes nothing, but its first telling may still be on its way.
    acknowledgements_.push_back({last_ticket_, std::move(out.acknowledge_when_durable)});
    something_to_acknowledge_.notify_one();
  }
  if (ticket != 0 && !unsettled_) {
    unsettled_ = true;
    something_to_settle_.notify_one();
  }
  return ticket;
}

void Engine::react(const std::function<void(Core&, Effects&, Timestamp)>& event) {
  std::lock_guard lock(mutex_);
  Effects out;
  event(core_, out, clock_.now());
  carry_out(std::move(out));
}

void Engine::acknowledge_loop(std::stop_token stop) {
  while (true) {
    std::deque<Acknowledgement> batch;
    {
      std::unique_lock lock(mutex_);
      if (!something_to_acknowledge_.wait(lock, stop, [&] { return !acknowledgements_.empty(); }))
        return;
      batch.swap(acknowledgements_);
    }
    // A store that failed acknowledges nothing more: the agents tell those ends again.
    if (auto durable = store_.wait(batch.back().ticket); !durable) continue;
    Effects out;
    for (auto& entry : batch)
      for (auto& [node, run] : entry.runs) out.frame(node).acknowledged.push_back(std::move(run));
    for (auto& [node, frame] : out.frames) host_.send(node, frame);
  }
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
