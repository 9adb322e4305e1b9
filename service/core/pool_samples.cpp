#include "service/core/pool_samples.h"

#include <algorithm>

#include "service/core/nodes.h"
#include "service/core/pools.h"

namespace dms::service {

using autoscale::Metric;
using autoscale::SampleRow;
using autoscale::Samples;

namespace {

struct TaskSums {
  int ready = 0;
  int running = 0;
  int succeeded = 0;
  int failed = 0;
};

// Active tasks of a job that is disabled or at its end wait, but not for a node. A multi-instance
// task counts as all its instances.
int ready_tasks(const JobRecord& job) {
  const bool runs = job.wire.state.value_or(batch::JobState::active) == batch::JobState::active;
  return runs ? job.ready_instances : 0;
}

std::map<PoolId, TaskSums> sum_tasks(const Core& core) {
  std::map<PoolId, TaskSums> sums;
  for (const auto& [id, job] : core.jobs) {
    TaskSums& sum = sums[job.pool()];
    sum.ready += ready_tasks(job);
    sum.running += job.running_instances;
    sum.succeeded += job.counts.succeeded;
    sum.failed += job.counts.failed;
  }
  return sums;
}

bool is_at_work(const NodeRecord& node) {
  const batch::NodeState state = shown_state(node);
  return state == batch::NodeState::idle || state == batch::NodeState::running;
}

SampleRow row_of(const Core& core, const PoolRecord& pool, const TaskSums& tasks,
                 const SampleRow& machine) {
  const auto up = std::count_if(pool.nodes.begin(), pool.nodes.end(),
                                [](const auto& entry) { return is_at_work(entry.second); });
  const batch::Pool shown = show_pool(core, pool);
  SampleRow row = up > 0 ? machine : SampleRow();
  row.set(Metric::sample_node_count, double(up))
      .set(Metric::active_tasks, tasks.ready)
      .set(Metric::running_tasks, tasks.running)
      .set(Metric::pending_tasks, tasks.ready + tasks.running)
      .set(Metric::succeeded_tasks, tasks.succeeded)
      .set(Metric::failed_tasks, tasks.failed)
      .set(Metric::current_dedicated_nodes, shown.current_dedicated_nodes.value_or(0))
      .set(Metric::current_low_priority_nodes, shown.current_low_priority_nodes.value_or(0))
      .set(Metric::preempted_node_count, preempted_nodes(pool))
      .set(Metric::task_slots_per_node, pool.slots_per_node());
  return row;
}

}  // namespace

Samples new_samples(const AutoScaleTimes& times) {
  Samples::Options options{.interval = times.sample_interval};
  options.history = std::max(options.history, options.interval);
  return Samples(options);
}

int preempted_nodes(const PoolRecord& pool) {
  const auto is_preempted = [](const auto& entry) {
    return shown_state(entry.second) == batch::NodeState::preempted;
  };
  return int(std::count_if(pool.nodes.begin(), pool.nodes.end(), is_preempted));
}

Timestamp record_samples(Core& core, const SampleRow& machine, Timestamp now) {
  const auto sums = sum_tasks(core);
  for (auto& [id, pool] : core.pools) {
    if (!pool.samples) pool.samples = new_samples(core.auto_scale_times);
    if (!pool.samples->due(now)) continue;
    const auto sum = sums.find(id);
    pool.samples->record(now,
                         row_of(core, pool, sum == sums.end() ? TaskSums{} : sum->second, machine));
  }
  return new_samples(core.auto_scale_times).next_due(now);
}

}  // namespace dms::service
