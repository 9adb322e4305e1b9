// A job file rewritten as a study.
//
// A pure function without state.
#pragma once

#include <filesystem>
#include <string>

#include "core/result.h"
#include "models/job_file/job_file.h"

namespace dms::models {

// The text of a study that runs the same command for the same tasks, with comments where a study
// has no equal. It is read back before it is given. `study` is where it will lie.
// Errors: invalid_argument when the job file cannot be a study: several nodes for one task,
// Windows.
Result<std::string> migrate_job_file(const JobFile& job, const std::filesystem::path& study);

}  // namespace dms::models
