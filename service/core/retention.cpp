#include "service/core/retention.h"

#include <algorithm>

#include "service/core/rows.h"
#include "service/core/tasks.h"

namespace dms::service {

namespace {

// A look at a task costs far less than a microsecond; so one look a millisecond is next to nothing.
constexpr std::chrono::milliseconds removal_rest{1};
// A node that cannot be told to remove something is asked again after this time.
constexpr std::chrono::minutes rest_for_nodes{1};
// Longer spans do not end in the time that timestamps can tell.
constexpr std::chrono::hours for_ever{24 * 365 * 100};

std::optional<Timestamp> due(const TaskRecord& task) {
  if (task.state != batch::TaskState::completed || task.files_gone || !task.node ||
      task.retention > for_ever)
    return std::nullopt;
  return Timestamp{task.ended.value_or(task.state_since).at + task.retention};
}

// Of the nodes where it ran, those that are there.
std::vector<NodeKey> nodes_with_files(Core& core, const TaskRecord& task) {
  std::vector<NodeKey> nodes = nodes_of(task);
  std::erase_if(nodes, [&](const NodeKey& node) { return !core.find_node(node); });
  return nodes;
}

bool can_remove(Core& core, const JobRecord& job, const TaskRecord& task,
                const std::vector<NodeKey>& nodes) {
  return std::all_of(nodes.begin(), nodes.end(), [&](const NodeKey& node) {
    return core.find_node(node)->presence == Presence::connected && !runs_on(core, job, task, node);
  });
}

}  // namespace

void expect_cleanup(JobRecord& job, const TaskRecord& task) {
  const auto at = due(task);
  if (at && (!job.next_cleanup || *at < *job.next_cleanup)) job.next_cleanup = at;
}

void clean_up_directories(Core& core, Effects& out, JobRecord& job, Timestamp now) {
  if (!job.next_cleanup || now < *job.next_cleanup) return;
  std::optional<Timestamp> next;
  for (auto& [id, task] : job.tasks) {
    auto at = due(task);
    const auto nodes = at ? nodes_with_files(core, task) : std::vector<NodeKey>{};
    if (nodes.empty()) continue;  // its files went with them
    if (*at <= now) {
      if (can_remove(core, job, task, nodes)) {
        for (const auto& node : nodes)
          out.frame(node).remove.push_back(task_directory(job.id(), id));
        task.files_gone = true;
        out.changes.push_back(run_row(job, task));
        continue;
      }
      at = Timestamp{now.at + rest_for_nodes};
    }
    next = next ? std::min(*next, *at) : *at;
  }
  const Timestamp earliest{now.at + removal_rest * static_cast<int>(job.tasks.size())};
  job.next_cleanup = next ? std::optional(std::max(*next, earliest)) : std::nullopt;
}

}  // namespace dms::service
