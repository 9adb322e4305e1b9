// Room for tasks of higher priority: jobs that allow it give up what runs.
#pragma once

#include "service/core/state.h"

namespace dms::service {

// For tasks that wait for slots, in the order in which they would start: runs of jobs with a lower
// priority and allowTaskPreemption are ended, and their tasks wait again, a counted requeue. As few
// as are needed; those of the lowest priority and with the least work lost first. The waiting tasks
// start when the slots are free. Slots that are about to be free are counted, so nothing is ended
// twice for one task. Source: REST reference, "allowTaskPreemption".
void preempt(Core& core, Effects& out, PoolRecord& pool, Timestamp now);

// Whether the job's next task will start when what is ended is gone, or could if tasks gave way.
// Requires: a task is in its queue.
bool waits_for_room(Core& core, const PoolRecord& pool, const JobRecord& job);

}  // namespace dms::service
