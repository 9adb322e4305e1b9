// Checks of a job file that has been read, before anything is sent.
#pragma once

#include "models/job_file/job_file.h"

namespace dms::models {

// Checks what the tasks and the pool will be, each task included, and adds to job.notes what is
// odd: keys that nothing uses, braces that the Python tool read in another way, output paths that
// tasks share.
Status check_job_file(JobFile& job, const YamlNode& root);

}  // namespace dms::models
