// Directives for the service inside a job or task: tasks, files in and out, command lines,
// application packages. Names are those that users of the Python dmsbatch know. All are pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "batch/wire.h"

namespace dms::batch {

struct TaskOptions {
  std::vector<ResourceFile> resource_files;
  std::vector<OutputFile> output_files;
  std::vector<EnvironmentSetting> environment;
  ElevationLevel elevation_level = ElevationLevel::nonadmin;
  // More than one instance, or a coordination command, makes it a multi-instance task.
  int num_instances = 1;
  std::string coordination_command_line;
  std::vector<ResourceFile> coordination_files;
  std::optional<TaskContainerSettings> container_settings;
  std::vector<std::string> depends_on;  // ids; the job must have usesTaskDependencies
  std::optional<TaskConstraints> constraints;
  std::optional<ExitConditions> exit_conditions;
  std::optional<int> required_slots;
  std::vector<ApplicationPackageReference> app_packages;
};
// A task that runs as the pool's automatic user. A multi-instance task without a coordination
// command gets one that does nothing, since the service demands one.
Task create_task(std::string task_id, std::string command_line, TaskOptions options = {});

// Blobs of a container below `blob_prefix` land under `file_path` with their names' hierarchy.
ResourceFile create_input_file_spec(std::string container_url, std::string blob_prefix,
                                    std::string file_path = {});
// Files that match `file_pattern` go to `blob_path` in the container of the SAS URL.
OutputFile create_output_file_spec(
    std::string file_pattern, std::string container_sas_url, std::string blob_path = {},
    OutputFileUploadCondition condition = OutputFileUploadCondition::task_completion);

enum class OsType { linux_os, windows };
// One command line that runs the commands in a shell and stops at the first that fails.
// Linux: /bin/bash -c 'set -e; set -o pipefail; A; B; wait' with quotes escaped and trailing
// separators (';', "&&") dropped. A command may end in '&', hold '#' or several lines. Windows:
// cmd.exe /c "A && B".
std::string wrap_commands_in_shell(const std::vector<std::string>& commands,
                                   OsType os = OsType::linux_os);
// A line of cmd.exe whose commands run one after another only as long as they succeed: each '&'
// between commands as "&&". Quoted and escaped ones stay, and those of redirections (2>&1).
std::string stopping_at_failures(std::string_view line);
// `text` as one word for a POSIX shell: in single quotes, with quotes inside escaped.
std::string shell_quote(std::string_view text);

// A preparation task that runs the commands in a shell, as the pool's administrator.
JobPreparationTask create_prep_task(std::string task_name, const std::vector<std::string>& commands,
                                    std::vector<ResourceFile> resource_files = {},
                                    OsType os = OsType::linux_os,
                                    ElevationLevel elevation_level = ElevationLevel::admin);
// A preparation task that brings a blob to each node once and puts it into the directory that the
// environment variable `shared_dir` names, as `file_path`, where every task of the node finds it.
JobPreparationTask create_task_copy_file_to_shared_dir(
    std::string container_url, std::string blob_path, std::string file_path,
    std::string_view shared_dir = "AZ_BATCH_NODE_SHARED_DIR", OsType os = OsType::linux_os);

// A directory of an application package that belongs on the PATH.
struct AppBin {
  std::string name;
  std::string version;  // empty: the default version
  std::string bin_dir;  // below the package; empty: the package itself
};
// The environment variable that holds the directory of an application package. Linux: '.', '-' and
// '#' become '_', the case of the id is kept. Source: "Deploy applications to compute nodes".
std::string get_env_varname_for_app(std::string_view app_name, std::string_view app_version,
                                    OsType os = OsType::linux_os);
// A shell command that puts the directories in front of the PATH, in the order given.
std::string set_path_to_apps(const std::vector<AppBin>& apps, OsType os = OsType::linux_os);
// One command line: the PATH is set, then the commands run in a shell.
std::string wrap_cmd_with_app_path(const std::vector<std::string>& commands,
                                   const std::vector<AppBin>& apps, OsType os = OsType::linux_os);

}  // namespace dms::batch
