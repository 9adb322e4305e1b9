// The variables that the service defines for autoscale formulas. Names are compared without regard
// to case; the first name of a variable is the one that is written, a second is its older name.
//
// Source: "Create a formula to automatically scale compute nodes in a Batch pool", Variables.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "core/fields.h"

namespace dms::service::autoscale {

// What a formula sets; it may read them back.
enum class Setting { target_dedicated_nodes, target_low_priority_nodes, node_deallocation_option };
constexpr auto words(Setting) {
  using enum Setting;
  return std::array{word(target_dedicated_nodes, "$TargetDedicatedNodes"),
                    word(target_dedicated_nodes, "$TargetDedicated"),
                    word(target_low_priority_nodes, "$TargetLowPriorityNodes"),
                    word(target_low_priority_nodes, "$TargetLowPriority"),
                    word(node_deallocation_option, "$NodeDeallocationOption")};
}

// What a formula reads: each is a time series, some are plain numbers too.
enum class Metric : std::size_t {
  cpu_percent,
  wall_clock_seconds,
  memory_bytes,
  disk_bytes,
  disk_read_bytes,
  disk_write_bytes,
  disk_read_ops,
  disk_write_ops,
  network_in_bytes,
  network_out_bytes,
  sample_node_count,
  active_tasks,  // ready to run; one whose dependencies are unmet is not, a multi-instance task
                 // counts its instances
  running_tasks,
  pending_tasks,  // active and running
  succeeded_tasks,
  failed_tasks,
  current_dedicated_nodes,
  current_low_priority_nodes,  // preempted ones included
  preempted_node_count,
  task_slots_per_node,
};
inline constexpr std::size_t metric_count = std::size_t(Metric::task_slots_per_node) + 1;

constexpr auto words(Metric) {
  using enum Metric;
  return std::array{word(cpu_percent, "$CPUPercent"),
                    word(wall_clock_seconds, "$WallClockSeconds"),
                    word(memory_bytes, "$MemoryBytes"),
                    word(disk_bytes, "$DiskBytes"),
                    word(disk_read_bytes, "$DiskReadBytes"),
                    word(disk_write_bytes, "$DiskWriteBytes"),
                    word(disk_read_ops, "$DiskReadOps"),
                    word(disk_write_ops, "$DiskWriteOps"),
                    word(network_in_bytes, "$NetworkInBytes"),
                    word(network_out_bytes, "$NetworkOutBytes"),
                    word(sample_node_count, "$SampleNodeCount"),
                    word(active_tasks, "$ActiveTasks"),
                    word(running_tasks, "$RunningTasks"),
                    word(pending_tasks, "$PendingTasks"),
                    word(succeeded_tasks, "$SucceededTasks"),
                    word(failed_tasks, "$FailedTasks"),
                    word(current_dedicated_nodes, "$CurrentDedicatedNodes"),
                    word(current_dedicated_nodes, "$CurrentDedicated"),
                    word(current_low_priority_nodes, "$CurrentLowPriorityNodes"),
                    word(current_low_priority_nodes, "$CurrentLowPriority"),
                    word(preempted_node_count, "$PreemptedNodeCount"),
                    word(task_slots_per_node, "$TaskSlotsPerNode")};
}

// Whether the bare name stands for a number, besides having samples.
constexpr bool is_number(Metric metric) { return metric >= Metric::current_dedicated_nodes; }

}  // namespace dms::service::autoscale
