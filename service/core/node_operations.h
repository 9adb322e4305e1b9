// What clients ask of single nodes. Source: REST reference, "Compute Node".
//
// Nodes that are restarted, reimaged or deallocated first give up their tasks as `option` says; the
// transitional state is seen at once. Errors of all: batch_error NodeNotReady and its like for a
// node that is not idle or running, OperationInvalidForCurrentState.
#pragma once

#include "service/core/state.h"

namespace dms::service {

using batch::NodeDeallocationOption;

// Its processes end and its agent starts anew; files stay.
Status reboot_node(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node,
                   NodeDeallocationOption option, Timestamp now);
// The same without its files and users.
Status reimage_node(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node,
                    NodeDeallocationOption option, Timestamp now);
// Its processes end and it costs nothing until it is started; files stay.
Status deallocate_node(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node,
                       NodeDeallocationOption option, Timestamp now);
// Errors: OperationInvalidForCurrentState unless it is deallocated.
Status start_node(Effects& out, PoolRecord& pool, NodeRecord& node, Timestamp now);

// Errors: NodeAlreadyInTargetSchedulingState, NodeNotReady.
Status disable_scheduling(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node,
                          NodeDeallocationOption option, Timestamp now);
Status enable_scheduling(Effects& out, PoolRecord& pool, NodeRecord& node);

// Takes a low-priority node away as a cloud does that needs it elsewhere: at once, in any state but
// those in which it is off or leaving. Its tasks run again, counted neither as retry nor as
// requeue; its files are lost. It comes back after `return_after`, or stays away.
// Errors: OperationNotValidOnNode for a dedicated node, OperationInvalidForCurrentState.
Status preempt_node(Core& core, Effects& out, PoolRecord& pool, NodeRecord& node,
                    std::optional<Duration> return_after, Timestamp now);

// Users are records only. Errors: NodeUserExists, NodeUserNotFound, InvalidPropertyValue.
Status add_node_user(Effects& out, PoolRecord& pool, NodeRecord& node, const batch::NodeUser& user,
                     Timestamp now);
Status update_node_user(Effects& out, PoolRecord& pool, NodeRecord& node, const std::string& name,
                        const batch::NodeUserUpdate& update, Timestamp now);
Status delete_node_user(Effects& out, PoolRecord& pool, NodeRecord& node, const std::string& name,
                        Timestamp now);

// The same words in four enums of the wire.
template <class Option>
NodeDeallocationOption deallocation_option(const std::optional<Option>& option) {
  if (!option) return NodeDeallocationOption::requeue;
  return *parse_word<NodeDeallocationOption>(text_of(*option));
}

}  // namespace dms::service
