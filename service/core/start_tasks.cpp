// The start tasks of nodes.
#include <algorithm>

#include "service/core/node_runs.h"
#include "service/core/rows.h"
#include "service/core/run_spec.h"

namespace dms::service {

using batch::NodeState;

void start_start_task(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node, int attempt,
                      int retry_count, Timestamp now) {
  const bool waits = node.wire.start_task->wait_for_success.value_or(true);
  auto spec = run_spec_of_start_task(core, pool, node, attempt, retry_count);
  node.runs.emplace(spec.run, now);
  batch::StartTaskInfo info;
  info.start_time = now;
  info.retry_count = retry_count;
  if (retry_count > 0) info.last_retry_time = now;
  node.wire.start_task_info = info;
  out.frame({pool.id(), node.id()}).start.push_back(std::move(spec));
  move_node(out, pool, node, waits ? NodeState::waiting_for_start_task : NodeState::idle, now);
}

static bool waits_for_start_task_end(const NodeRecord& node) {
  return node.wire.start_task && !node.leaving && is_up(node) && node.wire.start_task_info &&
         node.wire.start_task_info->state == batch::StartTaskState::running;
}

void make_up_for_start_task(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node,
                            Timestamp now) {
  const bool runs = std::any_of(node.runs.begin(), node.runs.end(),
                                [](const auto& run) { return is_start_task(run.first); });
  if (waits_for_start_task_end(node) && !runs)
    start_start_task(core, out, pool, node, 0, node.wire.start_task_info->retry_count, now);
}

void on_start_task_ended(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node,
                         const agent::RunEnd& end, Timestamp now) {
  // What was told before a restart may be told again, of a run that has had its successor.
  if (end.run.incarnation != node.boot_process_id || !waits_for_start_task_end(node) ||
      end.run.retry_count != node.wire.start_task_info->retry_count)
    return;
  auto& info = *node.wire.start_task_info;
  const int limit = node.wire.start_task->max_task_retry_count.value_or(0);
  const bool lost = end.ended_by == agent::EndedBy::lost;
  const bool retry =
      !lost && end.exit_code.value_or(0) != 0 && (limit < 0 || info.retry_count < limit);
  if (lost || retry) {
    start_start_task(core, out, pool, node, end.run.attempt + 1, info.retry_count + retry, now);
    return;
  }
  info.state = batch::StartTaskState::completed;
  info.end_time = end.end_time;
  info.exit_code = end.exit_code;
  info.failure_info = end.failure_info;
  info.result = end.failure_info ? batch::TaskResult::failure : batch::TaskResult::success;
  const bool waits = node.wire.start_task->wait_for_success.value_or(true);
  const bool failed = end.failure_info && waits;
  if (failed)
    node.wire.errors = {
        {"StartTaskFailed", "The start task of the node has failed", end.failure_info->details}};
  if (node.wire.state == NodeState::waiting_for_start_task)
    move_node(out, pool, node, failed ? NodeState::start_task_failed : NodeState::idle, now);
  else
    out.changes.push_back(node_row(pool, node));
}

}  // namespace dms::service
