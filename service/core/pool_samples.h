// The samples that autoscale formulas read, one row a pool and sample interval.
#pragma once

#include "service/core/state.h"

namespace dms::service {

// Records a row for every pool whose time has come: its tasks and nodes, and the machine's own
// figures, which are those of each of its nodes since all share it. A pool in which no node is up
// has no figures of the machine; its tasks and nodes are sampled all the same. Returns when to call
// again.
Timestamp record_samples(Core& core, const autoscale::SampleRow& machine, Timestamp now);

// Those of a pool that was not sampled yet.
autoscale::Samples new_samples(const AutoScaleTimes& times);

int preempted_nodes(const PoolRecord& pool);

}  // namespace dms::service
