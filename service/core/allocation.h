// How a pool comes by its nodes: what core/pools.cpp and core/allocation.cpp share.
#pragma once

#include "service/core/state.h"

namespace dms::service {

enum class Kind { dedicated, low_priority };
bool is_of(const NodeRecord& node, Kind kind);

// The one function through which an allocation state changes.
void move_allocation(PoolRecord& pool, batch::AllocationState to, Timestamp now);
// Errors: batch_error PoolBeingDeleted, PoolBeingResized, OperationNotValidOnPool when a formula
// sizes the pool.
Status check_may_resize(const PoolRecord& pool);

// Ends "resizing" and "stopping".
void settle_allocation(Effects& out, PoolRecord& pool, Timestamp now);
void retire_idle_leavers(Core& core, Effects& out, PoolRecord& pool, Timestamp now);

}  // namespace dms::service
