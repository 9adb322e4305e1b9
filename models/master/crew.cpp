#include "models/master/crew.h"

#include <algorithm>
#include <map>
#include <set>

namespace dms::models {
namespace {

// The latest worker of each number of a start.
std::map<int, const Worker*> latest_of(const std::vector<Worker>& workers,
                                       const std::string& start) {
  std::map<int, const Worker*> latest;
  for (const Worker& worker : workers) {
    if (worker.name.start != start) continue;
    const Worker*& known = latest[worker.name.number];
    if (!known || known->name.attempt < worker.name.attempt) known = &worker;
  }
  return latest;
}

WorkerName successor_of(WorkerName name) {
  ++name.attempt;
  return name;
}

}  // namespace

WorkerState worker_state_of(const batch::Task& task) {
  using enum batch::TaskState;
  const batch::TaskState state = task.state.value_or(active);
  if (state == active || state == preparing) return WorkerState::waiting;
  if (state == running) return WorkerState::running;
  if (!task.execution_info) return WorkerState::failed;
  const batch::TaskExecutionInfo& info = *task.execution_info;
  if (info.failure_info && info.failure_info->code == "TaskEnded") return WorkerState::stopped;
  const bool well = info.result ? info.result == batch::TaskResult::success : info.exit_code == 0;
  return well ? WorkerState::ended : WorkerState::failed;
}

CrewOrders crew_orders(const std::vector<Worker>& workers, const CrewWish& wish) {
  CrewOrders orders;
  for (const Worker& worker : workers) {
    const bool wanted = worker.name.start == wish.start && worker.name.number <= wish.count;
    if (worker.alive() && !wanted) orders.end.push_back(worker.name);
  }
  std::sort(orders.end.begin(), orders.end.end(), std::greater<>());
  if (wish.start.empty()) return orders;
  auto left = static_cast<std::int64_t>(wish.max_replacements) -
              static_cast<std::int64_t>(crew_counts(workers).replaced);
  const auto latest = latest_of(workers, wish.start);
  for (int number = 1; number <= wish.count; ++number) {
    const auto known = latest.find(number);
    if (known == latest.end()) {
      orders.add.push_back({.number = number, .start = wish.start});
      continue;
    }
    const Worker& worker = *known->second;
    if (worker.state == WorkerState::stopped) orders.add.push_back(successor_of(worker.name));
    if (worker.state != WorkerState::failed || !worker.settled) continue;
    if (left > 0) {
      --left;
      orders.add.push_back(successor_of(worker.name));
    } else {
      orders.lost.push_back(number);
    }
  }
  return orders;
}

CrewCounts crew_counts(const std::vector<Worker>& workers) {
  std::set<WorkerName> names;
  for (const Worker& worker : workers) names.insert(worker.name);
  CrewCounts counts{.started = workers.size()};
  for (const Worker& worker : workers) {
    switch (worker.state) {
      case WorkerState::waiting: ++counts.waiting; break;
      case WorkerState::running: ++counts.running; break;
      case WorkerState::ended: ++counts.ended; break;
      case WorkerState::stopped: ++counts.stopped; break;
      case WorkerState::failed:
        ++counts.failed;
        if (names.contains(successor_of(worker.name))) ++counts.replaced;
        break;
    }
  }
  return counts;
}

}  // namespace dms::models
