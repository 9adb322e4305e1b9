#include "models/job_file/check_job_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "core/child.h"
#include "core/suggest.h"
#include "models/job_file/job_directives.h"
#include "models/job_file/job_scripts.h"

namespace dms::models {
namespace {

constexpr std::string_view sas_stand_in = "<sas>";

std::string place_of(const JobFile& job, Mark mark) {
  return fmt::format("{}:{}:{}: ", job.source->name, mark.line, mark.column);
}

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

// Names that the scripts of the template refer to.
Result<std::set<std::string>> names_in_scripts(const JobFile& job) {
  std::set<std::string> names;
  TaskValues values = job.variables.of_task({});
  JobKeys keys(job.variables, values);
  const std::string_view end = job.is_windows() ? ".bat" : ".sh";
  for (const std::string_view role : {"application", "coordination", "job_start"}) {
    const std::string key = fmt::format("{}_command_template", role);
    DMS_TRY(const ScriptText script, script_text(job, keys, key, key + std::string(end)));
    for (const Piece& piece : job.variables.compile(script.text, script.kind).pieces)
      if (piece.is_placeholder()) names.insert(piece.name);
  }
  return names;
}

Status note_unused(JobFile& job, const YamlNode& root) {
  DMS_TRY(const auto in_scripts, names_in_scripts(job));
  const auto& known = job_file_keys();
  for (const YamlEntry& entry : root.entries) {
    const bool used = std::find(known.begin(), known.end(), entry.key) != known.end() ||
                      job.variables.is_used(entry.key) || in_scripts.contains(entry.key);
    if (used) continue;
    job.notes.push_back(
        place_of(job, entry.key_mark) +
        fmt::format("nothing uses '{}'{}", entry.key, did_you_mean(entry.key, std::span(known))));
  }
  return ok();
}

// Keys of accounts go to no node, and so into no text that does.
Status check_no_keys(const JobFile& job, const YamlNode& node) {
  for (const std::string_view name : {"{storage_account_key}", "{batch_account_key}"})
    if (const std::size_t at = node.text.find(name); at != node.text.npos)
      return error_in(*job.source, node.mark, node.text, at,
                      fmt::format("{} would send an account's key to the nodes: {{sas}} opens the "
                                  "container for two weeks",
                                  name));
  for (const YamlNode& item : node.items) DMS_CHECK(check_no_keys(job, item));
  for (const YamlEntry& entry : node.entries) DMS_CHECK(check_no_keys(job, entry.value));
  return ok();
}

// What bash itself says of a script, without executing any of it. A note: of a script for another
// bash, or after shopt, it may be wrong.
void note_syntax(JobFile& job, const std::string& script) {
  if (job.is_windows()) return;
  const auto read = run_captured({"/bin/bash", "-n", "-c", script});
  if (!read || read->exit_code == 0) return;
  std::string first = read->err.substr(0, read->err.find('\n'));
  if (const std::size_t own = first.find(": "); own != first.npos) first.erase(0, own + 2);
  // It may have died of the script.
  if (first.empty()) first = fmt::format("it ends with exit code {}", read->exit_code);
  job.notes.push_back(fmt::format("{}: bash finds an error in the script of the first task: {}",
                                  job.source->name, first));
}

// Doubled braces are single ones to the Python tool, and stay doubled here.
void note_braces(JobFile& job, const YamlNode& node) {
  std::size_t at = 0;
  while (node.kind == YamlNode::Kind::scalar && (at = node.text.find("{{", at)) != node.text.npos) {
    if (at == 0 || node.text[at - 1] != '$') {
      const Mark mark = place_in(*job.source, node.mark, node.text, at);
      job.notes.push_back(place_of(job, mark) +
                          "'{{' stays as it is; where the Python tool was to make '{' of it, write "
                          "'{'");
      return;
    }
    at += 2;
  }
  for (const YamlNode& item : node.items) note_braces(job, item);
  for (const YamlEntry& entry : node.entries) note_braces(job, entry.value);
}

void note_replaced_keys(JobFile& job, const YamlNode& root) {
  for (const YamlEntry& entry : root.entries) {
    if (entry.key == "pool_bicep_resource" || entry.key == "pool_parameters_resource" ||
        entry.key == "build_identity_resource_id")
      job.notes.push_back(
          place_of(job, entry.key_mark) +
          fmt::format("{} is not used: the pool is made from the keys of this file", entry.key));
    else if (entry.key == "task_id")
      job.notes.push_back(place_of(job, entry.key_mark) +
                          "task_id is what each task brings; what stands here is not used");
  }
}

void note_outputs(JobFile& job, const std::vector<JobKeys::FileEntry>& outputs) {
  for (std::size_t at = 0; at < outputs.size(); ++at) {
    const JobKeys::FileEntry& output = outputs[at];
    const bool one_file = output.file_pattern.find_first_of("*?[") == std::string::npos;
    const std::string name = std::filesystem::path(output.file_pattern).filename().string();
    if (job.shared_output_paths.contains(at) && !output.shared)
      job.notes.push_back(
          place_of(job, output.mark) +
          fmt::format("several tasks write to '{}': each has a folder of its own below it, named "
                      "after the task (shared: true here keeps them together, when their file "
                      "names differ)",
                      output.path));
    else if (one_file && !output.path.empty() && !output.path.ends_with(name))
      job.notes.push_back(place_of(job, output.mark) +
                          fmt::format("without a wildcard the path is the blob's whole name: write "
                                      "{}/{} to keep the file's",
                                      output.path, name));
  }
}

// What all tasks together tell.
class TasksCheck {
 public:
  explicit TasksCheck(JobFile& job) : job_(job), place_{.names = names(job)} {}

  Status run() {
    for (std::uint64_t index = 0; index < job_.points.size(); ++index) {
      DMS_TRY(const batch::Task task, make_task(job_, index, place_));
      DMS_CHECK(check_unique(index, task.id));
      add_paths(task);
      if (index == 0) first_line_ = task.command_line;
      job_.has_one_script = job_.has_one_script && task.command_line == first_line_;
    }
    DMS_TRY(TaskValues values, values_of_task(job_, 0, place_.names));
    DMS_TRY(std::string script, application_script(job_, values));
    if (job_.is_multi_instance) {
      DMS_TRY(const std::string coordination, coordination_script(job_, values));
      script += coordination;
    }
    job_.scripts_hold_sas = script.find(sas_stand_in) != script.npos;
    note_syntax(job_, script);
    return ok();
  }

  std::set<std::size_t> repeated_paths() { return std::move(repeated_); }

 private:
  static JobNames names(const JobFile& job) { return make_names(job, "", Timestamp{}); }

  Status check_unique(std::uint64_t index, const std::string& id) {
    const auto [earlier, is_new] = ids_.emplace(lower(id), index);
    if (is_new) return ok();
    const Variable* key = job_.variables.find("task_name");
    const std::string message = fmt::format(
        "tasks {} and {} are both named '{}': a task_name must tell all tasks apart, by "
        "{{task_id}} or what follows from it",
        earlier->second + 1, index + 1, id);
    if (!key) key = job_.variables.find("task_ids");
    if (!key) key = job_.variables.find("sweep");
    return yaml_error(job_.source->name, key ? key->value.mark : Mark{1, 1}, message);
  }

  void add_paths(const batch::Task& task) {
    const std::size_t own = place_.keeps_scripts ? 2 : 1;
    paths_.resize(std::max(paths_.size(), task.output_files.size() - own));
    for (std::size_t at = own; at < task.output_files.size(); ++at) {
      const auto& container = task.output_files[at].destination.container;
      if (!paths_[at - own].insert(container->path.value_or("")).second) repeated_.insert(at - own);
    }
  }

  JobFile& job_;
  const JobPlace place_;
  std::string first_line_;
  std::map<std::string, std::uint64_t> ids_;
  std::vector<std::set<std::string>> paths_;
  std::set<std::size_t> repeated_;
};

Status check_command(const JobFile& job, JobKeys& keys) {
  DMS_TRY(const YamlNode* command, keys.node(job.is_multi_instance ? "mpi_command" : "command"));
  if (!command)
    return yaml_error(job.source->name, {1, 1}, "the job file has no command (nor mpi_command)");
  return ok();
}

}  // namespace

Status check_job_file(JobFile& job, const YamlNode& root) {
  TaskValues values = job.variables.of_task(job.points.at(0));
  JobKeys keys(job.variables, values);
  DMS_CHECK(check_command(job, keys));
  DMS_CHECK(check_no_keys(job, root));
  TasksCheck tasks(job);
  DMS_CHECK(tasks.run());
  job.shared_output_paths = tasks.repeated_paths();
  DMS_TRY([[maybe_unused]] const batch::Job made, make_job(job, {}));
  DMS_TRY([[maybe_unused]] const batch::Pool pool, make_pool(job, "pool", Where::azure));
  DMS_CHECK(note_unused(job, root));
  note_braces(job, root);
  note_replaced_keys(job, root);
  DMS_TRY(const auto outputs, keys.files("output_files", JobKeys::FileKind::output));
  note_outputs(job, outputs);
  return ok();
}

}  // namespace dms::models
