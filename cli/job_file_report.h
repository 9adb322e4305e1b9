// A job file in words, and the account that it is for.
//
// One thread.
#pragma once

#include <string>

#include "cli/connection.h"
#include "models/job_file/job_file.h"
#include "models/job_file/submit_job.h"

namespace dms::cli {

// Reads and checks a job file, and says that it is valid.
Status validate_job_file(const std::string& path, const std::string& template_dir,
                         const Invocation& invocation);
// What submit-job would send, signatures left out: the pool, and the first tasks with what they
// execute. As JSON the pool and the tasks as the service gets them.
Status plan_job_file(const std::string& path, const std::string& template_dir,
                     std::uint64_t tasks_shown, const Invocation& invocation);
// The notes of a job file, each a line on stderr.
void print_notes(const models::JobFile& job);

// The service a job file goes to: of the configuration that is named; else the account that the
// file names, when the environment has its keys (BATCH_ACCOUNT_KEY, STORAGE_ACCOUNT_KEY); else the
// local service. Errors: invalid_argument when the configuration is another account's.
Result<Connection> connect_for(const models::JobFile& job, const Invocation& invocation,
                               std::stop_token stop);
models::Where where_is(const Connection& connection);

}  // namespace dms::cli
