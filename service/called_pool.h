// The pool that a request names.
#pragma once

#include "batch/errors.h"
#include "service/core/state.h"
#include "service/router.h"

namespace dms::service {

// Errors: batch_error PoolNotFound.
inline Result<const PoolRecord*> pool_of(const Core& core, const Call& call) {
  const auto it = core.pools.find({call.ids[0]});
  if (it == core.pools.end()) return batch::batch_error("PoolNotFound");
  return &it->second;
}

// Errors: batch_error PoolNotFound, ConditionNotMet.
inline Result<PoolRecord*> pool_to_change(Core& core, const Call& call) {
  PoolRecord* pool = core.find_pool({call.ids[0]});
  if (!pool) return batch::batch_error("PoolNotFound");
  DMS_CHECK(check_conditions(call.request, *pool->wire.last_modified));
  return pool;
}

}  // namespace dms::service
