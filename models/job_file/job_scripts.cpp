// The scripts of a job file: template files, or texts that the job file has in their place.
#include <fmt/format.h>

#include "core/file.h"
#include "models/job_file/job_directives.h"
#include "models/job_file/job_scripts.h"
#include "models/job_file/node_commands.h"

namespace dms::models {
namespace {

namespace fs = std::filesystem;

// "templates/linux/run.sh", not "echo done > log.txt".
bool is_path(std::string_view text) {
  if (text.empty() || text.size() > 255 || text.find_first_of(" \t\n;|&") != text.npos)
    return false;
  return text.starts_with("templates/") || text.ends_with(".sh") || text.ends_with(".bat") ||
         text.ends_with(".txt");
}

// A file that a key names: of a template folder, or beside the job file.
Result<SourceText> named_file(const JobFile& job, const JobKeys& keys, std::string_view key,
                              std::string_view path) {
  constexpr std::string_view folder = "templates/";
  const std::string_view below = path.starts_with(folder) ? path.substr(folder.size()) : path;
  if (auto found = job.shelf.read(below)) return std::move(*found);
  const std::string own = (job.file.parent_path() / path).string();
  if (auto text = read_file(own)) return SourceText{own, std::move(*text)};
  return keys.error(
      key, fmt::format("there is no file {}: looked for {} and in the templates", path, own));
}

// Where the status of "set -e" is read as if it were the command's, as in the scripts of the Python
// tool: whatever fails there counts as a success.
std::size_t find_lost_status(std::string_view script) {
  std::size_t at = 0;
  while ((at = script.find("exit_code=${", at)) != script.npos) {
    std::string_view before = script.substr(0, at);
    while (before.ends_with('\n') || before.ends_with(' ') || before.ends_with(';'))
      before.remove_suffix(1);
    if (before.ends_with("set -e")) return at;
    ++at;
  }
  return script.npos;
}

}  // namespace

Result<ScriptText> script_text(const JobFile& job, JobKeys& keys, std::string_view key,
                               std::string_view file) {
  DMS_TRY(const YamlNode* value, keys.node(key));
  ScriptText script;
  if (!value) {
    auto found = job.shelf.file(job.used, file);
    if (!found) return script;
    script.text = found->text;
    script.source = std::make_shared<SourceText>(std::move(*found));
    script.kind = TextKind::script;
  } else if (is_path(value->text)) {
    DMS_TRY(SourceText found, named_file(job, keys, key, value->text));
    script.text = found.text;
    script.source = std::make_shared<SourceText>(std::move(found));
    script.kind = TextKind::script;
  } else {
    // A text of the job file is put together already.
    script.text = value->text;
  }
  if (const std::size_t lost = find_lost_status(script.text); lost != script.text.npos) {
    const std::string why =
        "this reads the exit code of 'set -e', so that a command that failed counts as a success: "
        "take the line before it away, or begin the script with 'set -eo pipefail' and let the "
        "command stand alone";
    if (script.source) return error_in(*script.source, {1, 1}, script.text, lost, why);
    return keys.error(key, why);
  }
  return script;
}

Result<std::string> expand_script(const JobFile& job, TaskValues& values,
                                  const ScriptText& script) {
  if (!script.source) return script.text;
  const Variables::Text text =
      job.variables.compile(script.text, script.kind, script.source, {1, 1});
  return values.expand(text);
}

namespace {

// Of "application": "application_command_template.sh".
Result<std::string> script_of(const JobFile& job, TaskValues& values, std::string_view role) {
  JobKeys keys(job.variables, values);
  const std::string key = fmt::format("{}_command_template", role);
  DMS_TRY(const ScriptText script,
          script_text(job, keys, key, key + (job.is_windows() ? ".bat" : ".sh")));
  return expand_script(job, values, script);
}

// What prepares the packages, in the order of the list.
Result<std::string> packages_script(const JobFile& job, JobKeys& keys) {
  DMS_TRY(const auto packages, keys.packages());
  std::vector<batch::AppBin> on_path;
  std::string script;
  for (const JobKeys::Package& package : packages) {
    if (package.on_path) on_path.push_back({package.name, package.version, package.path});
    if (!package.init_script.empty()) script += package.init_script + "\n";
  }
  if (!on_path.empty()) script = batch::set_path_to_apps(on_path, job.os) + "\n" + script;
  return script;
}

}  // namespace

Result<TaskValues> values_of_task(const JobFile& job, std::uint64_t index, const JobNames& names) {
  TaskValues values = job.variables.of_task(job.points.at(index));
  if (!job.variables.find("task_name")) {
    DMS_TRY(std::string id, task_id_of(job, index, names));
    values.put("task_name", std::move(id));
  }
  JobKeys keys(job.variables, values);
  DMS_TRY(std::string packages, packages_script(job, keys));
  const std::string_view key = job.is_multi_instance ? "mpi_command" : "command";
  DMS_TRY(std::string command, keys.text(key));
  values.put("app_pkgs_script", job.is_windows() ? checked_batch(packages) : packages);
  values.put("main_command", job.is_windows() ? checked_batch(command) : command);
  return values;
}

Result<std::string> application_script(const JobFile& job, TaskValues& values) {
  return script_of(job, values, "application");
}

Result<std::string> coordination_script(const JobFile& job, TaskValues& values) {
  return script_of(job, values, "coordination");
}

}  // namespace dms::models
