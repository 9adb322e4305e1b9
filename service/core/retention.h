// How long the directories of completed tasks stay on their nodes.
#pragma once

#include "service/core/state.h"

namespace dms::service {

// A task that completed now shall be looked at when its retention time is over.
void expect_cleanup(JobRecord& job, const TaskRecord& task);
// Removes the directories of those tasks of the job whose retention time is over. All tasks are
// looked at when the first may be due, and then not sooner than is cheap: retention is a least
// time.
void clean_up_directories(Core& core, Effects& out, JobRecord& job, Timestamp now);

}  // namespace dms::service
