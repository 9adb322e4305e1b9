// Pools: their allocation and what changes it.
//
//   state            active ──delete──► deleting ──(every node gone)──► gone
//   allocationState  resizing ──(as many nodes as asked, next tick)──► steady ──resize──► resizing
//
// Source: REST reference, "Pool".
#pragma once

#include "service/core/state.h"

namespace dms::service {

// Errors: batch_error PoolExists, PoolBeingDeleted, InvalidPropertyValue, UnsupportedProperty.
Result<const PoolRecord*> add_pool(Core& core, Effects& out, batch::Pool wire, Timestamp now);
Status resize_pool(Core& core, Effects& out, PoolRecord& pool, const batch::PoolResize& resize,
                   Timestamp now);
// Its running tasks wait again, for another pool of this id.
Status delete_pool(Core& core, Effects& out, PoolRecord& pool, Timestamp now);

// Ends "resizing" when the nodes are as asked or resizeTimeout has passed, retires leaving nodes
// that run nothing. Returns false when a deleted pool's last node is gone and so is the pool.
bool settle_pool(Core& core, Effects& out, PoolRecord& pool, Timestamp now);

batch::Pool show_pool(const Core& core, const PoolRecord& pool);
batch::PoolNodeCounts count_nodes(const PoolRecord& pool);

}  // namespace dms::service
