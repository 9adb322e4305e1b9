// What the operations and events of nodes share: their states and the runs on them. Private to
// core/nodes.cpp, core/node_operations.cpp and their like.
#pragma once

#include "service/core/state.h"
#include "service/core/tasks.h"

namespace dms::service {

// The one function through which a node's state changes.
void move_node(Effects& out, const PoolRecord& pool, NodeRecord& node, batch::NodeState to,
               Timestamp now);
// Tells the node's agent to end; on_agent_stopped follows.
void stop_agent(Effects& out, const PoolRecord& pool, NodeRecord& node, RootFate fate);
// The node is there again: starting, with a new agent.
void turn_on(Effects& out, const PoolRecord& pool, NodeRecord& node, Timestamp now);

batch::NodeState state_of(const NodeRecord& node);
// Switched off, or on the way to it.
bool is_off(const NodeRecord& node);
// Neither off nor about to begin anew.
bool is_up(const NodeRecord& node);

// The task of a run, and its job; null when there is none or it has been replaced.
TaskRecord* task_of(Core& core, const agent::RunRef& run, JobRecord*& job);
bool is_start_task(const agent::RunRef& run);
// Whether this run is the one that the task's record speaks of.
bool is_current(const TaskRecord& task, const NodeKey& key, const agent::RunRef& run);

// Puts the tasks that run on the node into their queues. Their runs stay on it until they end.
void requeue_runs(Core& core, Effects& out, NodeRecord& node, const NodeKey& key, Requeue how,
                  Timestamp now);
void end_start_task(Effects& out, const NodeRecord& node, const NodeKey& key);
// The node is about to take its runs' place away: they are ended and wait again or are completed,
// or may run to their end, and with retained_data even their files are waited for. `why` follows
// "The task was ended because ".
void give_up_runs(Core& core, Effects& out, NodeRecord& node, const NodeKey& key,
                  batch::NodeDeallocationOption option, std::string_view why, Timestamp now);
// Whether nothing is left that give_up_runs lets the node wait for.
bool is_given_up(const Core& core, const PoolRecord& pool, NodeRecord& node, Timestamp now);

// Installs the pool's packages on a node that has booted; its start task follows. A node whose
// packages cannot be installed is unusable.
void install_packages(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node, Timestamp now);
// An installation whose start never reached the agent is started once more.
void make_up_for_packages(Effects& out, PoolRecord& pool, NodeRecord& node, Timestamp now);
void on_packages_ended(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node,
                       const agent::RunEnd& end, Timestamp now);

// Starts the node's start task. `attempt` counts the runs since the node booted, `retry_count`
// those that failed before this one.
void start_start_task(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node, int attempt,
                      int retry_count, Timestamp now);
// A start task whose start never reached the agent is started once more.
void make_up_for_start_task(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node,
                            Timestamp now);
void on_start_task_ended(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node,
                         const agent::RunEnd& end, Timestamp now);

// Notes the end of a task's run; the latest ones are shown as the node's recent tasks.
void remember_task(NodeRecord& node, RecentTask task);

}  // namespace dms::service
