#include "models/job_file/job_directives.h"

#include <fmt/format.h>

#include "core/version.h"
#include "models/job_file/job_scripts.h"
#include "models/job_file/node_commands.h"

namespace dms::models {
namespace {

using FileKind = JobKeys::FileKind;

// Below it lie the YAML file, and a folder per task with its scripts and output.
std::string blobs_of_task(const JobNames& names, std::string_view task_id) {
  return fmt::format("jobs/{}/{}", names.job_id, task_id);
}

batch::ResourceFile fetch(const std::string& url, std::string path) {
  return {.http_url = url, .file_path = std::move(path), .file_mode = "0755"};
}

Result<std::vector<batch::ResourceFile>> resource_files(JobKeys& keys, std::string_view key,
                                                        const std::string& container_url) {
  std::vector<batch::ResourceFile> files;
  DMS_TRY(const auto entries, keys.files(key, FileKind::resource));
  for (const JobKeys::FileEntry& entry : entries)
    files.push_back(
        batch::create_input_file_spec(container_url, entry.blob_prefix, entry.file_path));
  return files;
}

bool has_wildcard(std::string_view pattern) { return pattern.find_first_of("*?[") != pattern.npos; }

// Where the files of an entry go. A path that all tasks have would keep the last one's files only:
// each task then has a folder of its own below it.
std::string output_path(const JobFile& job, std::size_t entry, const JobKeys::FileEntry& file,
                        std::string_view task_id) {
  if (file.shared || !job.shared_output_paths.contains(entry)) return file.path;
  std::string path =
      file.path.empty() ? std::string(task_id) : fmt::format("{}/{}", file.path, task_id);
  if (!has_wildcard(file.file_pattern))
    path += "/" + std::filesystem::path(file.file_pattern).filename().string();
  return path;
}

Result<std::vector<batch::OutputFile>> output_files(const JobFile& job, JobKeys& keys,
                                                    std::string_view task_id,
                                                    const JobPlace& place) {
  const std::string folder = blobs_of_task(place.names, task_id);
  std::vector<batch::OutputFile> files{
      batch::create_output_file_spec("../std*.txt", place.outputs_url, folder)};
  if (place.keeps_scripts)
    files.push_back(batch::create_output_file_spec(
        job.is_windows() ? "../*_command.bat" : "../*_command.sh", place.outputs_url, folder));
  DMS_TRY(const auto entries, keys.files("output_files", FileKind::output));
  for (std::size_t at = 0; at < entries.size(); ++at)
    files.push_back(batch::create_output_file_spec(
        entries[at].file_pattern, place.outputs_url, output_path(job, at, entries[at], task_id),
        parse_word<batch::OutputFileUploadCondition>(entries[at].upload_condition)
            .value_or(batch::OutputFileUploadCondition::task_completion)));
  return files;
}

Result<std::vector<batch::EnvironmentSetting>> environment(const JobFile& job, JobKeys& keys) {
  std::vector<batch::EnvironmentSetting> settings;
  for (const std::string& name : job.points.parameters()) {
    DMS_TRY(const YamlNode* value, keys.node(name));
    settings.push_back({.name = name, .value = value ? value_text(*value) : ""});
  }
  DMS_TRY(const YamlNode* map, keys.node("environment_variables"));
  if (!map) return settings;
  const StudyReader reader = keys.reader("environment_variables");
  if (map->kind != YamlNode::Kind::map)
    return reader.error(map->mark,
                        "environment_variables is a map of names to values, not " + describe(*map));
  for (const YamlEntry& entry : map->entries) {
    DMS_CHECK(reader.variable_name(entry));
    if (entry.value.kind != YamlNode::Kind::scalar)
      return reader.error(entry.value.mark,
                          fmt::format("environment_variables.{} is a text, not {}", entry.key,
                                      describe(entry.value)));
    settings.push_back({.name = entry.key, .value = entry.value.text});
  }
  return settings;
}

Result<std::optional<batch::TaskContainerSettings>> container(JobKeys& keys) {
  // As in the Python tool, the options say whether there is a container at all.
  DMS_TRY(const YamlNode* options, keys.node("container_run_options"));
  if (!options) return std::optional<batch::TaskContainerSettings>();
  DMS_TRY(std::string image, keys.text("container_image_name"));
  if (image.empty())
    return keys.error("container_run_options",
                      "container_run_options needs a container_image_name");
  return std::optional(batch::TaskContainerSettings{.container_run_options = options->text,
                                                    .image_name = std::move(image)});
}

Result<std::optional<batch::TaskConstraints>> constraints(JobKeys& keys) {
  DMS_TRY(const YamlNode* limit, keys.node("max_wall_clock"));
  if (!limit) return std::optional<batch::TaskConstraints>();
  batch::TaskConstraints result;
  DMS_CHECK(
      keys.reader("max_wall_clock").duration("max_wall_clock", *limit, result.max_wall_clock_time));
  DMS_TRY(result.max_task_retry_count, keys.integer("max_task_retry_count", {-1, 1000}));
  return std::optional(result);
}

Status add_instances(const JobFile& job, JobKeys& keys, TaskValues& values,
                     batch::TaskOptions& options) {
  if (!job.is_multi_instance) return ok();
  DMS_TRY(const auto hosts, keys.integer("num_hosts", {1, 10'000}));
  options.num_instances = hosts.value_or(1);
  DMS_TRY(const std::string script, coordination_script(job, values));
  auto line = script_line("coordination", script, job.os);
  if (!line) return keys.error("mpi_command", line.error().message);
  options.coordination_command_line = std::move(*line);
  return ok();
}

}  // namespace

Result<std::optional<batch::TaskConstraints>> limits_of_tasks(const JobFile& job,
                                                              const JobNames& names) {
  DMS_TRY(TaskValues values, values_of_task(job, 0, names));
  JobKeys keys(job.variables, values);
  return constraints(keys);
}

Result<batch::Job> make_job(const JobFile& job, const JobPlace& place) {
  TaskValues values = job.variables.of_task({});
  JobKeys keys(job.variables, values);
  batch::Job made{.id = place.names.job_id};
  made.pool_info.pool_id = place.names.pool_id;
  DMS_TRY(const auto retries, keys.integer("max_task_retry_count", {-1, 1000}));
  made.constraints = batch::JobConstraints{.max_task_retry_count = retries.value_or(0)};
  made.metadata.push_back({.name = "dmsbatch-version", .value = std::string(version)});
  DMS_TRY(const ScriptText text, script_text(job, keys, "job_start_command_template",
                                             job.is_windows() ? "job_start_command_template.bat"
                                                              : "job_start_command_template.sh"));
  DMS_TRY(const std::string script, expand_script(job, values, text));
  DMS_TRY(auto files, resource_files(keys, "job_start_command_resource_files", place.inputs_url));
  if (script.find_first_not_of(" \t\n") == script.npos && files.empty()) return made;
  made.job_preparation_task =
      batch::create_prep_task("job_prep_task", {}, std::move(files), job.os);
  auto line = job_start_line(script, job.os);
  if (!line) return keys.error("job_start_command_template", line.error().message);
  made.job_preparation_task->command_line = std::move(*line);
  return made;
}

Result<batch::Task> make_task(const JobFile& job, std::uint64_t index, const JobPlace& place) {
  DMS_TRY(const std::string id, task_id_of(job, index, place.names));
  DMS_TRY(TaskValues values, values_of_task(job, index, place.names));
  JobKeys keys(job.variables, values);
  batch::TaskOptions options;
  DMS_TRY(options.resource_files, resource_files(keys, "resource_files", place.inputs_url));
  DMS_TRY(options.output_files, output_files(job, keys, id, place));
  DMS_TRY(options.environment, environment(job, keys));
  DMS_TRY(options.container_settings, container(keys));
  DMS_TRY(options.constraints, constraints(keys));
  DMS_TRY(const bool admin, keys.boolean("run_as_admin", false));
  options.elevation_level = admin ? batch::ElevationLevel::admin : batch::ElevationLevel::nonadmin;
  DMS_CHECK(add_instances(job, keys, values, options));
  std::string line;
  if (place.script_url.empty()) {
    DMS_TRY(const std::string script, application_script(job, values));
    auto made = script_line("application", script, job.os);
    if (!made) return keys.error("command", made.error().message);
    line = std::move(*made);
  } else {
    options.resource_files.push_back(
        fetch(place.script_url, fetched_script_path("application", job.os)));
    line = fetched_script_line("application", job.os);
  }
  return batch::create_task(id, std::move(line), std::move(options));
}

}  // namespace dms::models
