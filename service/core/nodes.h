// Nodes: one agent process each, and the runs on them.
//
//   creating ──agent says hello──► [waitingforstarttask ──► starttaskfailed] ──► idle ⇄ running
//   any ──agent dies──► starting (its tasks wait again) ──hello of a new agent──► as above
//   any ──removed──► leavingpool ──(runs ended)──► retired ──(agent and directory gone)──► gone
//
//   idle ──reboot, reimage──► rebooting, reimaging ──(agent stopped)──► starting ──► as above
//   idle ──deallocate──► deallocating ──(agent stopped)──► deallocated ──start──► starting
//   any of a low-priority node ──preempt──► preempted ──(when it returns)──► starting
//
// "idle" in the record covers running and offline too: which of them is shown follows from the runs
// and from schedulingState. A node that is about to reboot, be reimaged, deallocated or removed
// waits for its tasks as it was asked (core/node_operations.h), and settle_node carries on.
// Source: REST reference, "Compute Node".
#pragma once

#include "service/core/state.h"

namespace dms::service {

void add_node(Core& core, Effects& out, PoolRecord& pool, bool dedicated, Timestamp now);
// The node leaves its pool; `option` decides what becomes of the tasks on it.
void remove_node(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node,
                 batch::NodeDeallocationOption option, Timestamp now);

// An agent connected and told what runs and what ended while it was not heard.
void on_hello(Core& core, Effects& out, const NodeKey& key, const agent::Hello& hello,
              Timestamp now);
void on_runs_ended(Core& core, Effects& out, const NodeKey& key,
                   const std::vector<agent::RunEnd>& ends, Timestamp now);
// The connection broke; the agent may still live.
void on_agent_silent(Core& core, Effects& out, const NodeKey& key, Timestamp now);
// Agent and runners are dead: the tasks wait again, a new agent is started.
void on_agent_dead(Core& core, Effects& out, const NodeKey& key, Timestamp now);
// Agent and runners have ended because they were told to; the files have gone if they had to.
void on_agent_stopped(Core& core, Effects& out, const NodeKey& key, Timestamp now);
// A retired node's agent has ended and its directory is removed.
void on_node_gone(Core& core, Effects& out, const NodeKey& key, Timestamp now);

// Begins what the node waits to do once its tasks and their data allow it, and brings a preempted
// node back. At every tick.
void settle_node(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node, Timestamp now);
// Whether settle_node has nothing to do soon.
bool is_settled(const NodeRecord& node);

batch::NodeState shown_state(const NodeRecord& node);
batch::Node show_node(const Core& core, const PoolRecord& pool, const NodeRecord& node);

}  // namespace dms::service
