// What $expand=stats shows: sums over the runs of a task, and over the tasks of a job.
#pragma once

#include "batch/wire_statistics.h"
#include "service/core/state.h"

namespace dms::service {

batch::TaskStatistics task_statistics(const Core& core, const JobRecord& job,
                                      const TaskRecord& task, Timestamp now);
// Rolled up when that is cheap: of a job with many tasks this may be that many tenths of a
// millisecond old, which lastUpdateTime tells.
batch::JobStatistics job_statistics(const Core& core, const JobRecord& job, Timestamp now);

}  // namespace dms::service
