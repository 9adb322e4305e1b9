#include "models/runs/run_task.h"

#include <fmt/format.h>

#include "batch/azure_batch.h"
#include "models/runs/mpi_task.h"

namespace dms::models {
namespace {

constexpr std::string_view tool_path = ".dmsbatch/dmsnode";
constexpr std::string_view inputs_path = ".dmsbatch/inputs.zip";
constexpr std::string_view outputs_path = ".dmsbatch/outputs.zip";

std::optional<std::string> version_of(const AppPackage& package) {
  if (package.version.empty()) return std::nullopt;
  return package.version;
}

}  // namespace

std::string results_blob(std::string_view blob_prefix, std::string_view task_id) {
  return fmt::format("{}/{}/outputs.zip", blob_prefix, task_id);
}

std::string kept_prefix(std::string_view family) { return fmt::format("runs/{}/", family); }

std::string kept_blob(std::string_view family, std::string_view digest) {
  return fmt::format("{}{}.zip", kept_prefix(family), digest);
}

batch::ResourceFile fetch(const std::string& url, std::string_view path, std::string_view mode) {
  return {.http_url = url, .file_path = std::string(path), .file_mode = std::string(mode)};
}

std::string package_lines(const std::vector<AppPackage>& packages) {
  std::vector<batch::AppBin> bins;
  for (const AppPackage& package : packages)
    bins.push_back({package.name, package.version, package.path});
  return bins.empty() ? "" : batch::set_path_to_apps(bins) + '\n';
}

std::string template_lines(const std::vector<TemplateFile>& templates) {
  std::string lines;
  for (const TemplateFile& file : templates)
    lines += fmt::format("\"$DMSBATCH_NODE_TOOL\" template --style {} -- {} {}\n", file.style,
                         batch::shell_quote(file.from), batch::shell_quote(file.to));
  return lines;
}

std::string prepared_tool(const TaskPlace& place) {
  return fmt::format("\"$AZ_BATCH_NODE_SHARED_DIR\"/dmsbatch/dmsnode-{}", place.tool_sha256);
}

std::string input_options(const TaskPlace& place, std::string_view archive) {
  std::string options;
  if (!place.inputs_sha256.empty()) options += " --inputs " + place.inputs_sha256;
  if (!place.inputs_sha256.empty() && !place.prepared) options += fmt::format("={}", archive);
  for (const SharedFile& file : place.shared_files)
    options += " --shared " + batch::shell_quote(file.name + "=" + file.sha256);
  return options;
}

std::string run_script(const Run& run, const TaskPlace& place,
                       const std::vector<AppPackage>& packages) {
  using batch::shell_quote;
  std::string script = package_lines(packages);
  // exec: the shell that reads this line becomes dmsnode, one process less for each run.
  script += fmt::format("exec {} run {}{}",
                        place.prepared ? prepared_tool(place) : std::string(tool_path),
                        outputs_path, input_options(place, inputs_path));
  script += " --also stdout.txt=../stdout.txt --also stderr.txt=../stderr.txt -- ";
  script += shell_quote(template_lines(run.templates) + run.command);
  for (const std::string& pattern : run.outputs) script += ' ' + shell_quote(pattern);
  return script;
}

batch::Task make_task(const Run& run, const Study& study, const TaskPlace& place) {
  using Condition = batch::OutputFileUploadCondition;
  batch::Task task{.id = run.id};
  task.command_line =
      "/bin/sh -c " + batch::shell_quote(run_script(run, place, study.app_packages));
  if (!place.prepared) {
    task.resource_files.push_back(fetch(place.tool_url, tool_path, "0755"));
    if (!place.inputs_url.empty())
      task.resource_files.push_back(fetch(place.inputs_url, inputs_path, "0644"));
  }
  const auto send = [&](const std::string& blob, Condition condition) {
    task.output_files.push_back(batch::create_output_file_spec(
        std::string(outputs_path), place.results_container_url, blob, condition));
  };
  const std::string of_job = results_blob(place.blob_prefix, run.id);
  if (place.family.empty()) {
    send(of_job, Condition::task_completion);
  } else {
    send(kept_blob(place.family, run.digest), Condition::task_success);
    send(of_job, Condition::task_failure);
  }
  for (const AppPackage& package : study.app_packages)
    task.application_package_references.push_back(
        {.application_id = package.name, .version = version_of(package)});
  for (const auto& [name, value] : run.environment)
    task.environment_settings.push_back({.name = name, .value = value});
  if (study.mpi) make_mpi_task(run, study, place, task);
  task.constraints = batch::TaskConstraints{.max_wall_clock_time = study.max_wall_clock,
                                            .max_task_retry_count = study.max_task_retry_count};
  return task;
}

}  // namespace dms::models
