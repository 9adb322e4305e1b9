#include "models/run_task.h"

#include <fmt/format.h>

#include "batch/azure_batch.h"

namespace dms::models {
namespace {

constexpr std::string_view tool_path = ".dmsbatch/dmsnode";
constexpr std::string_view inputs_path = ".dmsbatch/inputs.zip";
constexpr std::string_view outputs_path = ".dmsbatch/outputs.zip";

batch::ResourceFile fetch(const std::string& url, std::string_view path, std::string_view mode) {
  return {.http_url = url, .file_path = std::string(path), .file_mode = std::string(mode)};
}

std::optional<std::string> version_of(const AppPackage& package) {
  if (package.version.empty()) return std::nullopt;
  return package.version;
}

}  // namespace

std::string results_blob(std::string_view blob_prefix, std::string_view task_id) {
  return fmt::format("{}/{}/outputs.zip", blob_prefix, task_id);
}

std::string run_script(const Run& run, Inputs inputs, const std::vector<AppPackage>& packages) {
  using batch::shell_quote;
  // A retry on the same node must not send the archive of the try before.
  std::string script = fmt::format("rm -f {}\n", outputs_path);
  if (inputs == Inputs::zipped)
    script += fmt::format("{} unzip {} --delete || exit $?\n", tool_path, inputs_path);
  std::vector<batch::AppBin> bins;
  for (const AppPackage& package : packages)
    bins.push_back({package.name, package.version, package.path});
  if (!bins.empty()) script += batch::set_path_to_apps(bins) + '\n';
  script += fmt::format("/bin/bash -eo pipefail -c {}\ncode=$?\n", shell_quote(run.command));
  script += "lenient=; [ $code = 0 ] || lenient=--optional\n";
  script += fmt::format(
      "{} zip $lenient --also stdout.txt=../stdout.txt "
      "--also stderr.txt=../stderr.txt -- {}",
      tool_path, outputs_path);
  for (const std::string& pattern : run.outputs) script += ' ' + shell_quote(pattern);
  script += "\npacked=$?; [ $code = 0 ] || exit $code; exit $packed";
  return script;
}

batch::Task make_task(const Run& run, const Study& study, const TaskPlace& place) {
  const Inputs inputs = place.inputs_url.empty() ? Inputs::none : Inputs::zipped;
  batch::Task task{.id = run.id};
  task.command_line =
      "/bin/bash -c " + batch::shell_quote(run_script(run, inputs, study.app_packages));
  task.resource_files.push_back(fetch(place.tool_url, tool_path, "0755"));
  if (inputs == Inputs::zipped)
    task.resource_files.push_back(fetch(place.inputs_url, inputs_path, "0644"));
  task.output_files.push_back(
      batch::create_output_file_spec(std::string(outputs_path), place.results_container_url,
                                     results_blob(place.blob_prefix, run.id)));
  for (const AppPackage& package : study.app_packages)
    task.application_package_references.push_back(
        {.application_id = package.name, .version = version_of(package)});
  for (const auto& [name, value] : run.environment)
    task.environment_settings.push_back({.name = name, .value = value});
  task.constraints = batch::TaskConstraints{.max_wall_clock_time = study.max_wall_clock,
                                            .max_task_retry_count = study.max_task_retry_count};
  return task;
}

}  // namespace dms::models
