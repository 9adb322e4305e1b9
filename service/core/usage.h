// How long nodes were there, for the account's usage metrics. Source: REST reference, "Pool - List
// Usage Metrics".
#pragma once

#include "batch/wire_statistics.h"
#include "service/core/state.h"

namespace dms::service {

// The node stops to be paid for: its time is written down.
void end_usage(Core& core, Effects& out, const PoolRecord& pool, NodeRecord& node, Timestamp now);

// The cores of a size as its name tells ("standard_f2s_v2" has 2), or 1.
int cores_of(std::string_view vm_size);

// Core time of a pool's nodes, or of all pools' that ever were. Nothing else is measured.
batch::PoolStatistics pool_statistics(const Core& core, const PoolRecord& pool, Timestamp now);
batch::PoolStatistics lifetime_pool_statistics(const Core& core, Timestamp now);

using UsageKey = Id<struct UsageKind>;
// Core hours from `from` to `to` by pool and half hour, in this order of time and pool; half hours
// without a node are left out. The last one ends at `now` if it is under way.
std::map<UsageKey, batch::PoolUsageMetrics> usage_metrics(const Core& core, Timestamp from,
                                                          Timestamp to, Timestamp now);
// The half hour before the one that `now` is in begins here.
Timestamp last_usage_interval(Timestamp now);

}  // namespace dms::service
