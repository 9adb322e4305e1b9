// A run as a Batch task: one command line on a prepared node, one archive out.
//
// On the node everything of ours is in the folder .dmsbatch of the task's working directory, so
// that no file of the user's is in its way:
//   .dmsbatch/outputs.zip  uploaded when the task ends: to the kept results of the study's family
//                          when it succeeded, else below the job's id
//   .dmsbatch/dmsnode, .dmsbatch/inputs.zip
//                          only when the job's preparation task does not bring them, see
//                          models/place/prepare_task.h
//
// Pure functions without state.
#pragma once

#include <string>
#include <vector>

#include "batch/wire.h"
#include "models/runs/run.h"

namespace dms::models {

// The exit code of a task whose command succeeded without leaving all its outputs; dmsnode's.
inline constexpr int exit_missing_outputs = 66;

// A large file that runs find as AZ_BATCH_NODE_SHARED_DIR/<name>.
struct SharedFile {
  std::string name;
  std::string sha256;
  std::string url;  // with a SAS that may read
};

// What every task of a study has in common.
struct TaskPlace {
  std::string tool_url;       // dmsnode, with a SAS that may read
  std::string tool_sha256;    // of its content
  std::string inputs_url;     // inputs.zip, likewise; empty without inputs
  std::string inputs_sha256;  // empty without inputs
  std::vector<SharedFile> shared_files = {};
  std::string results_container_url;  // with a SAS that may create and write
  std::string blob_prefix;            // of the outputs of failed runs: the job's id
  // Runs::family: where outputs of successful runs are kept. Empty: they stay with the job, too.
  std::string family = {};
  // Whether the job's preparation task brings tool and inputs to the nodes; else each task does.
  bool prepared = false;
};

// "<job>/<task>/outputs.zip" in the container of results.
std::string results_blob(std::string_view blob_prefix, std::string_view task_id);

// "runs/<family>/": where the outputs of runs that succeeded are kept, whatever their job.
std::string kept_prefix(std::string_view family);
// "runs/<family>/<digest>.zip".
std::string kept_blob(std::string_view family, std::string_view digest);

// A file that a node fetches from `url` before a task, to `path` with that mode ("0755").
batch::ResourceFile fetch(const std::string& url, std::string_view path, std::string_view mode);

// The line of shell that puts the packages' folders on the PATH; empty without packages.
std::string package_lines(const std::vector<AppPackage>& packages);

// dmsnode on a prepared node, as a word of a script.
std::string prepared_tool(const TaskPlace& place);
// The options of `dmsnode run` that give a run its inputs, from `archive` where nodes are not
// prepared, and its shared files.
std::string input_options(const TaskPlace& place, std::string_view archive);

// The lines of bash, for a shell that stops at the first error, that write the run's own input
// files by the dmsnode that DMSBATCH_NODE_TOOL names.
std::string template_lines(const std::vector<TemplateFile>& templates);

// The shell script of a run, which puts the packages on the PATH and becomes dmsnode: it copies the
// inputs here, fills its templates in, runs the command in a bash of its own which stops at the
// first error (-eo pipefail), packs the outputs with stdout.txt and stderr.txt even when the
// command failed, and exits with the command's code, else with dmsnode's (65 bad inputs or
// template, 66 missing outputs, 74 the disk). The command's text arrives as it is, byte for byte.
std::string run_script(const Run& run, const TaskPlace& place,
                       const std::vector<AppPackage>& packages = {});

batch::Task make_task(const Run& run, const Study& study, const TaskPlace& place);

}  // namespace dms::models
