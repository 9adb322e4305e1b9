// A pool that is stuck (nodes that do not start, a resize that does not end) gets new nodes.
//
// One thread.
#pragma once

#include <chrono>
#include <stop_token>
#include <string>

#include "batch/azure_batch.h"
#include "models/note_listener.h"

namespace dms::models {

struct PoolRestart {
  batch::NodeDeallocationOption running_tasks = batch::NodeDeallocationOption::requeue;
  std::chrono::nanoseconds wait = std::chrono::minutes(30);  // until the nodes are gone
};

// Takes all nodes from the pool and gives it back its formula, or its dedicated and low-priority
// nodes. Nodes that are not gone after the wait are left to the service. Does not wait for the new
// ones.
//
// What the pool is to have again stands in its metadata (dmsbatch-restart) before anything is
// changed, and as long as it does not have it: after a failure anywhere the same call goes on.
// Errors: those of the service; conflict for a pool that is being deleted; cancelled.
Status restart_pool(batch::AzureBatch& batch, Clock& clock, const std::string& pool_id,
                    const PoolRestart& restart, NoteListener& listener, std::stop_token stop = {});

}  // namespace dms::models
