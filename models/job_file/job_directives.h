// A job file as objects of the Batch service: its pool, its job, its tasks.
//
// Pure functions without state. Errors of all: invalid_argument, with the place in the job file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "batch/wire.h"
#include "models/job_file/job_file.h"

namespace dms::models {

// "<pool>_20260102030405", "<pool>_job_20260102030405", and for a single task
// "<pool>_task_20260102030405".
struct JobNames {
  std::string prefix;  // of the pool's name
  std::string stamp;
  std::string pool_id;
  std::string job_id;

  std::string single_task_id() const { return prefix + "_task_" + stamp; }
};

// "20260102030405", the local time.
std::string stamp_of(Timestamp now);
// With a pool that is there already, the job is named after it, whatever its name looks like.
JobNames make_names(const JobFile& job, std::string_view pool_id, Timestamp now);
// The names of a job that was made by make_names. Errors: invalid_argument for another job's.
Result<JobNames> names_of_job(std::string_view job_id, std::string_view pool_id);
// Errors: a name that Batch does not take: too long with its ending, or with other characters than
// letters, digits, '-' and '_'.
Status check_names(const JobFile& job, const JobNames& names);

// This machine's service has no autoscale worth its name, no mounts and a fixed number of nodes.
enum class Where { azure, this_machine };

Result<batch::Pool> make_pool(const JobFile& job, const std::string& pool_id, Where where);

// Where things are, and the signatures that open them.
struct JobPlace {
  JobNames names;
  std::string inputs_url;     // the container, with a SAS that may read and list
  std::string outputs_url;    // with one that may create and write
  std::string script_url;     // application script of all tasks; empty: in each command line
  bool keeps_scripts = true;  // whether scripts may be uploaded beside the results
};

// How long tasks may take, and how often; the first one's, where a file has them differ.
Result<std::optional<batch::TaskConstraints>> limits_of_tasks(const JobFile& job,
                                                              const JobNames& names);

Result<batch::Job> make_job(const JobFile& job, const JobPlace& place);

// The id of a task, as the job file names it. Requires: index < job.points.size().
Result<std::string> task_id_of(const JobFile& job, std::uint64_t index, const JobNames& names);
Result<batch::Task> make_task(const JobFile& job, std::uint64_t index, const JobPlace& place);

// The script that a task executes, put together from the template and the command.
Result<std::string> application_script(const JobFile& job, TaskValues& values);
// The same for the coordination of a multi-instance task.
Result<std::string> coordination_script(const JobFile& job, TaskValues& values);

// The values of a task, the scripts' own included. Requires: index < job.points.size().
Result<TaskValues> values_of_task(const JobFile& job, std::uint64_t index, const JobNames& names);

}  // namespace dms::models
