// Pools: their allocation and what changes it.
//
//   state            active ──delete──► deleting ──(every node gone)──► gone
//   allocationState  resizing ──(as many nodes as asked, next tick)──► steady ──resize──► resizing
//                    resizing ──stopresize──► stopping ──(next tick)──► steady
//
// Source: REST reference, "Pool".
#pragma once

#include "service/core/state.h"

namespace dms::service {

// The most nodes of a kind that a pool has.
inline constexpr int max_nodes_here = 1000;

// Errors: batch_error PoolExists, PoolBeingDeleted, and those of check_pool and
// check_auto_scale (service/core/auto_scale.h).
Result<const PoolRecord*> add_pool(Core& core, Effects& out, batch::Pool wire, Timestamp now);
// Errors: batch_error PoolBeingDeleted, PoolBeingResized, InvalidPropertyValue, and
// OperationNotValidOnPool when a formula sizes the pool.
Status resize_pool(Core& core, Effects& out, PoolRecord& pool, const batch::PoolResize& resize,
                   Timestamp now);
// Adds or removes nodes until there are as many as the targets say; a resize that is under way
// takes the new course.
void begin_resize(Core& core, Effects& out, PoolRecord& pool, batch::NodeDeallocationOption option,
                  Timestamp now);
// Nodes that are not there yet are given up; the targets stay as asked.
// Errors: batch_error PoolBeingDeleted, OperationInvalidForCurrentState unless it is resizing.
Status stop_resize(Core& core, Effects& out, PoolRecord& pool, Timestamp now);
// Takes these nodes out and lowers the targets by as many. Errors: as resize_pool, and
// NodeNotFound.
Status remove_nodes(Core& core, Effects& out, PoolRecord& pool, const batch::NodeRemove& remove,
                    Timestamp now);
// Absent members stay. What nodes are made from can change only while the pool has none; a start
// task is for nodes that join or restart later.
// Errors: those of check_pool, PoolBeingDeleted, OperationInvalidForCurrentState.
Status patch_pool(const Core& core, Effects& out, PoolRecord& pool, batch::PoolPatch patch,
                  Timestamp now);
// Replaces start task and metadata: what is absent is removed.
Status update_pool(const Core& core, Effects& out, PoolRecord& pool, batch::PoolUpdate update,
                   Timestamp now);
// Its running tasks wait again, for another pool of this id.
Status delete_pool(Core& core, Effects& out, PoolRecord& pool, Timestamp now);

// Ends "resizing" when the nodes are as asked or resizeTimeout has passed, retires leaving nodes
// that run nothing. Returns false when a deleted pool's last node is gone and so is the pool.
bool settle_pool(Core& core, Effects& out, PoolRecord& pool, Timestamp now);

batch::Pool show_pool(const Core& core, const PoolRecord& pool);
batch::PoolNodeCounts count_nodes(const PoolRecord& pool);

}  // namespace dms::service
