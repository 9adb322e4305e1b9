// A run as a Batch task: files in, one command line, one archive out.
//
// On the node everything of ours is in the folder .dmsbatch of the task's working directory, so
// that no file of the user's is in its way:
//   .dmsbatch/dmsnode      unpacks and packs
//   .dmsbatch/inputs.zip   gone once it is unpacked
//   .dmsbatch/outputs.zip  uploaded when the task ends, whether it succeeded or not
//
// Pure functions without state.
#pragma once

#include <string>

#include "batch/wire.h"
#include "models/run.h"

namespace dms::models {

// The exit code of a task whose command succeeded without leaving all its outputs; dmsnode's.
inline constexpr int exit_missing_outputs = 66;

// What every task of a study has in common.
struct TaskPlace {
  std::string tool_url;               // dmsnode, with a SAS that may read
  std::string inputs_url;             // inputs.zip, likewise; empty without inputs
  std::string results_container_url;  // with a SAS that may create and write
  std::string blob_prefix;            // of the results: the job's id
};

// "<job>/<task>/outputs.zip" in the container of results.
std::string results_blob(std::string_view blob_prefix, std::string_view task_id);

// The bash script of a run: unpacks the inputs, puts the packages on the PATH, runs the command in
// a shell of its own which stops at the first error (set -eo pipefail), packs the outputs with
// stdout.txt and stderr.txt even when the command failed, and exits with the command's code, else
// with dmsnode's (65 bad inputs, 66 missing outputs). The command's text arrives as it is, byte for
// byte.
enum class Inputs { none, zipped };
std::string run_script(const Run& run, Inputs inputs, const std::vector<AppPackage>& packages = {});

batch::Task make_task(const Run& run, const Study& study, const TaskPlace& place);

}  // namespace dms::models
