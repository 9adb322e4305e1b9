#include "service/core/tick.h"

#include "service/core/auto_scale.h"
#include "service/core/jobs.h"
#include "service/core/nodes.h"
#include "service/core/pools.h"
#include "service/core/retention.h"
#include "service/core/schedules.h"

namespace dms::service {

static bool is_settled(const PoolRecord& pool) {
  if (pool.wire.state == batch::PoolState::deleting) return false;
  for (const auto& [id, node] : pool.nodes)
    if (!is_settled(node)) return false;
  return pool.wire.allocation_state == batch::AllocationState::steady;
}

bool on_tick(Core& core, Effects& out, Timestamp now) {
  bool unsettled = false;
  for (auto it = core.jobs.begin(); it != core.jobs.end();) {
    JobRecord& job = (it++)->second;  // settling may erase it
    clean_up_directories(core, out, job, now);
    if (settle_job(core, out, job, now)) unsettled |= job.in_transition();
  }
  for (auto it = core.job_schedules.begin(); it != core.job_schedules.end();) {
    JobScheduleRecord& schedule = (it++)->second;
    if (settle_job_schedule(core, out, schedule, now)) unsettled |= schedule.finishing;
  }
  for (auto it = core.pools.begin(); it != core.pools.end();) {
    PoolRecord& pool = (it++)->second;
    if (!settle_pool(core, out, pool, now)) continue;
    run_due_formula(core, out, pool, now);
    unsettled |= !is_settled(pool);
  }
  return unsettled;
}

}  // namespace dms::service
