// Takes a task's output files to their containers.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "agent/command_line.h"
#include "agent/failures.h"
#include "batch/wire_common.h"
#include "core/http.h"

namespace dms::agent {

// How a command ended, for the condition under which an output file is uploaded.
enum class CommandResult { success, failure };

// Those of `files` whose condition the result meets.
std::vector<batch::OutputFile> select_output_files(const std::vector<batch::OutputFile>& files,
                                                   CommandResult result);

struct UploadPlace {
  std::string task_directory;  // absolute; patterns are relative to its wd
  const Environment& environment;
};

// Uploads what the patterns match, looked up before anything is sent, and goes on after a failure;
// the first failure is given back. A pattern that matches nothing is no failure. What happened
// stands in fileuploadout.txt and fileuploaderr.txt of the task directory, without signatures;
// these two are not there yet when the patterns are looked up. A stop request makes it end soon,
// with a failure that means nothing. Requires: `transport` retries.
Failure upload_files(Transport& transport, const std::vector<batch::OutputFile>& files,
                     const UploadPlace& place, const std::stop_token& stop);

// Removes the two files of an earlier run.
void remove_upload_logs(const std::string& task_directory);

}  // namespace dms::agent
