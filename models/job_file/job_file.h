// Job files: what the Python dmsbatch submits, in the same format as studies (models/study/study.h)
// with more keys. docs/job-files.md is their guide.
//
//   template_name: linux               # a folder of defaults and scripts
//   resource_group: models             # the account …
//   batch_account_name: mybatch
//   storage_account_name: mystorage
//   storage_container_name: studies    # … and the container that all files come from and go to
//   job_name: tides
//   task_ids: range(1, 4)
//   task_name: "tide_{task_id}"
//   resource_files: [{blob_prefix: "tides/{task_id}", file_path: .}]
//   output_files: [{file_pattern: "*.dss", path: "results/{task_id}"}]
//   command: |
//     ./tide {task_id}
//
// Values; const functions are safe from any thread.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "batch/directives.h"
#include "core/result.h"
#include "core/time.h"
#include "models/job_file/job_keys.h"
#include "models/job_file/task_points.h"
#include "models/job_file/templates.h"
#include "models/job_file/variables.h"

namespace dms::models {

struct JobFileOptions {
  std::filesystem::path template_dir;  // --template-dir; may be empty
  Timestamp now;
};

struct JobFile {
  std::filesystem::path file;  // absolute
  SourcePtr source;
  TemplateShelf shelf;
  Template used;
  Variables variables;
  TaskPoints points;

  std::string job_name;
  std::string pool_prefix;
  std::string location;
  std::string batch_account_name;
  std::string storage_account_name;
  std::string storage_container_name;
  bool signs_in_by_entra = false;
  batch::OsType os = batch::OsType::linux_os;
  bool is_multi_instance = false;
  bool auto_terminate = true;

  bool has_one_script = true;     // for all tasks
  bool scripts_hold_sas = false;  // so that they are not kept in storage
  // Entries of output_files, from 0, whose path several tasks have.
  std::set<std::size_t> shared_output_paths;
  // What is worth a look, one sentence each, with its place.
  std::vector<std::string> notes;

  bool is_windows() const { return os == batch::OsType::windows; }
};

// Whether it says of itself that it is a job file and no study: by template_name, or by the
// account.
bool is_job_file(const YamlNode& root);
// The same of a file; one that cannot be read or is no YAML is none.
bool is_job_file(const std::filesystem::path& path);

// Reads and checks a job file with its template, all its tasks included. Nothing is sent.
// Errors: not_found or permission for files; invalid_argument with "file:line:column: " in front
// for everything that is wrong: syntax, missing keys, types, names that Batch does not take,
// placeholders, tasks of one name, task_ids that are a program and no data (with the sweep to write
// instead).
Result<JobFile> load_job_file(const std::filesystem::path& path, const JobFileOptions& options);
Result<JobFile> parse_job_file(const std::filesystem::path& path, std::string_view text,
                               const JobFileOptions& options);

}  // namespace dms::models
