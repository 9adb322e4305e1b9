// The packages of a pool on its nodes: what a node does between booting and its start task.
#include <algorithm>

#include "service/core/node_runs.h"
#include "service/core/packages.h"
#include "service/core/rows.h"

namespace dms::service {

using batch::NodeState;

namespace {

std::string reason_of(const batch::FailureInfo& failure) {
  std::string text = failure.message.value_or("");
  for (const auto& detail : failure.details) text += "; " + detail.value.value_or("");
  return text;
}

void start_working(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node, Timestamp now) {
  if (node.wire.start_task)
    start_start_task(core, out, pool, node, 0, 0, now);
  else
    move_node(out, pool, node, NodeState::idle, now);
}

void refuse_work(Effects& out, PoolRecord& pool, NodeRecord& node, const std::string& why,
                 Timestamp now) {
  node.wire.errors = {{"ApplicationPackageError", why, {}}};
  move_node(out, pool, node, NodeState::unusable, now);
}

// The node is starting until its packages are there.
void start_installation(Effects& out, PoolRecord& pool, NodeRecord& node, int attempt,
                        Timestamp now) {
  auto spec = run_spec_of_packages(node, attempt);
  node.runs.emplace(spec.run, now);
  out.frame({pool.id(), node.id()}).start.push_back(std::move(spec));
}

bool waits_for_packages(const NodeRecord& node) {
  return node.wire.state == NodeState::starting && node.boot_process_id != 0 &&
         !node.packages.empty();
}

}  // namespace

void install_packages(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node, Timestamp now) {
  node.packages.clear();
  auto packages = resolve_packages(core, pool.wire.application_package_references);
  if (!packages) return refuse_work(out, pool, node, packages.error().message, now);
  if (packages->empty()) return start_working(core, out, pool, node, now);
  node.packages = *std::move(packages);
  move_node(out, pool, node, NodeState::starting, now);
  start_installation(out, pool, node, 0, now);
}

void make_up_for_packages(Effects& out, PoolRecord& pool, NodeRecord& node, Timestamp now) {
  const bool runs = std::any_of(node.runs.begin(), node.runs.end(), [](const auto& run) {
    return run.first.kind == agent::RunKind::packages;
  });
  if (waits_for_packages(node) && !node.leaving && !runs)
    start_installation(out, pool, node, 0, now);
}

void on_packages_ended(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node,
                       const agent::RunEnd& end, Timestamp now) {
  if (end.run.incarnation != node.boot_process_id || !waits_for_packages(node)) return;
  if (end.ended_by == agent::EndedBy::lost && end.run.attempt < max_losses)
    start_installation(out, pool, node, end.run.attempt + 1, now);
  else if (end.failure_info)
    refuse_work(out, pool, node, reason_of(*end.failure_info), now);
  else
    start_working(core, out, pool, node, now);
}

}  // namespace dms::service
