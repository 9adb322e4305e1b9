// Study files: what to run, with which parameters, and what to bring back.
//
//   job_name: melt
//   inputs: .                          # a folder: zipped once, unpacked for every run
//   exclude: ["*.tmp"]                 # what of it stays at home
//   shared_files: [tides.h5]           # large ones: once per node, in AZ_BATCH_NODE_SHARED_DIR
//   command: lmp -in in.melt -log log.lammps
//   sweep:                             # every combination; environment variables of each run
//     LJ_T:   {linspace: [0.5, 3.0, 6]}
//     LJ_RHO: [0.7, 0.8, 0.9, 1.0]
//     SEED:   {range: [1, 20]}         # both ends included; a third number is the step
//   combine: product                   # or zip, or chain; docs/study.md has all forms
//   outputs: [result.txt, log.lammps]  # zipped on the node when a run ends
//   results:                           # one column each in results.csv
//     t_end: {file: result.txt, regex: 'Tend (\S+)'}
//   environment_variables: {OMP_NUM_THREADS: 1}
//   num_hosts: 1
//   task_slots_per_node: 2
//   vm_size: standard_f2s_v2
//   pool_name: melt                    # job_name unless given
//   pool: {recipe: spot, max_nodes: 60, image: ubuntu-22.04, when_done: idle:15m}
//   app_pkgs: [{name: lammps, version: 2023.8, path: bin}]
//   mpi_command: …                     # instead of command: on several hosts, see study_mpi.h
//   max_task_retry_count: 0
//   max_wall_clock: 2h                 # of one run: s, m, h, d
//
// More on sweeps, and the keys where, sample, derive, templates and task_id, in docs/study.md.
//
// Instead of command and sweep it may have a master and workers: models/study/master.h.
// In command, outputs, results and environment_variables {NAME} stands for the value of a swept
// parameter. Key names follow the job files of the Python dmsbatch where the idea is the same.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "models/study/master.h"
#include "models/study/mpi.h"
#include "models/sweep/sweep.h"
#include "pools/recipe.h"

namespace dms::models {

// One column of results.csv: the first match in a file of the run's outputs; its first group, or
// all of it when the pattern has no group. stdout.txt and stderr.txt are always there.
struct ResultColumn {
  std::string name;
  std::string file;
  std::string regex;  // ECMAScript, held against one line at a time
};

// An input file of the run's own: the file `from` of the inputs with its gaps filled.
struct TemplateFile {
  std::string from;
  std::string to;
  std::string style = "braces";  // or dollar, tilde: node/template_text.h
};

// An application package that every run has, with the folder in it that belongs on the PATH.
struct AppPackage {
  std::string name;
  std::string version;  // empty: the default version
  std::string path;     // below the package; empty: the package itself
};

struct Study {
  std::filesystem::path file;  // absolute
  std::string job_name;
  std::string pool_name;
  std::optional<std::filesystem::path> inputs;  // absolute, an existing folder
  std::vector<std::string> exclude;
  std::vector<std::filesystem::path> shared_files;  // absolute; their last names differ
  std::string command;                              // mpi_command, when there is `mpi`
  ParameterSpace space;
  std::string task_id;  // a pattern for the ids of the runs; empty: from their parameters
  std::vector<TemplateFile> templates;
  std::vector<std::string> outputs;
  std::vector<ResultColumn> results;
  std::vector<std::pair<std::string, std::string>> environment_variables;
  int num_hosts = 1;
  int task_slots_per_node = 1;
  std::string vm_size = "standard_f2s_v2";
  std::vector<AppPackage> app_packages;
  pools::Recipe pool;  // its nodes, slots and size are the three members above: see recipe_of
  int max_task_retry_count = 0;
  std::optional<Duration> max_wall_clock;
  // Both or neither: then there is no command and no sweep.
  std::optional<MasterSpec> master;
  std::optional<WorkersSpec> workers;
  std::optional<MpiKeys> mpi;  // runs are on several hosts each
};

// Reads and checks a study; `inputs` is relative to the study's folder.
// Errors: not_found or permission for the file; invalid_argument with "file:line:column: " in
// front for everything that is wrong in it, one mistake a line: syntax, unknown keys (with the
// nearest known one), types, names that Batch does not take, empty or repeated parameter values, a
// folder that is not there.
Result<Study> load_study(const std::filesystem::path& path);

// The same of a study file's text; `path` says where it lies.
Result<Study> parse_study(const std::filesystem::path& path, std::string_view text);

// The pool that a study asks for, as a whole.
pools::Recipe recipe_of(const Study& study);

// Checks an id of a pool, job or task: 1 to 64 of A-Z a-z 0-9 - _. `what` begins the message.
Status check_id(std::string_view what, std::string_view id);

}  // namespace dms::models
