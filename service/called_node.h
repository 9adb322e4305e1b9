// The node that a request names.
#pragma once

#include "service/called_pool.h"

namespace dms::service {

// Errors: batch_error NodeNotFound.
inline Result<const NodeRecord*> node_of(const PoolRecord& pool, const Call& call) {
  const auto it = pool.nodes.find({call.ids[1]});
  if (it == pool.nodes.end()) return batch::batch_error("NodeNotFound");
  return &it->second;
}

struct PoolAndNode {
  PoolRecord& pool;
  NodeRecord& node;
};

// Errors: batch_error PoolNotFound, PoolBeingDeleted, NodeNotFound.
inline Result<PoolAndNode> node_to_change(Core& core, const Call& call) {
  PoolRecord* pool = core.find_pool({call.ids[0]});
  if (!pool) return batch::batch_error("PoolNotFound");
  if (pool->wire.state == batch::PoolState::deleting) return batch::batch_error("PoolBeingDeleted");
  NodeRecord* node = core.find_node({pool->id(), {call.ids[1]}});
  if (!node) return batch::batch_error("NodeNotFound");
  return PoolAndNode{*pool, *node};
}

}  // namespace dms::service
