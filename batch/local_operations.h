// Operations that the local service has beside Azure's, so that what a cloud does by itself can be
// made to happen. Azure answers them with 404.
#pragma once

#include "batch/wire.h"
#include "core/operation.h"

namespace dms::batch::local_op {

// Takes a low-priority node away. Query: returnAfter, an ISO-8601 duration after which it is back
// (PT30S when absent), or "never".
inline constexpr Operation<Nothing, Nothing> preempt_node{
    "PreemptNode", "POST", "/pools/{poolId}/nodes/{nodeId}/preempt", 202, {}, Repeat::unsafe};

}  // namespace dms::batch::local_op
