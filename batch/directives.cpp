// Directives for the service inside a task: command lines, and what goes in and out.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "batch/directives.h"

namespace dms::batch {
namespace {

std::optional<std::string> unless_empty(std::string text) {
  if (text.empty()) return std::nullopt;
  return text;
}

// Whether the last character is escaped by a backslash: "find . -exec rm {} \;".
bool ends_escaped(std::string_view text) {
  std::size_t backslashes = 0;
  while (backslashes + 1 < text.size() && text[text.size() - 2 - backslashes] == '\\')
    ++backslashes;
  return backslashes % 2 == 1;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// The command without blanks around it and without the separators at its end: ';' and "&&", which
// say what the next command's separator says anyway. A single '&' stays: it means something.
std::string_view trim_command(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && !ends_escaped(text)) {
    if (is_blank(text.back()) || text.back() == ';')
      text.remove_suffix(1);
    else if (text.ends_with("&&"))
      text.remove_suffix(2);
    else
      break;
  }
  return text;
}

// What must follow a command before the next one. A command over several lines may end in a here
// document, and one with '#' in a comment; only a new line ends these.
std::string_view separator_after(std::string_view command) {
  if (command.find_first_of("#\n") != command.npos) return "\n";
  return command.ends_with('&') && !ends_escaped(command) ? " " : "; ";
}

std::string bash_command_line(const std::vector<std::string>& commands) {
  std::string script = "set -e; set -o pipefail; ";
  for (const auto& text : commands) {
    const std::string_view command = trim_command(text);
    if (!command.empty()) script.append(command).append(separator_after(command));
  }
  return "/bin/bash -c " + shell_quote(script + "wait");
}

// cmd.exe takes the text between the first and the last quote as it stands, so that quotes inside
// need no escape.
std::string cmd_command_line(const std::vector<std::string>& commands) {
  std::vector<std::string> kept;
  for (const auto& text : commands) {
    std::string_view command = text;
    while (!command.empty() && is_blank(command.front())) command.remove_prefix(1);
    while (!command.empty() && (is_blank(command.back()) || command.back() == '&'))
      command.remove_suffix(1);
    if (!command.empty()) kept.push_back(stopping_at_failures(command));
  }
  return fmt::format("cmd.exe /c \"{}\"", fmt::join(kept, " && "));
}

}  // namespace

std::string stopping_at_failures(std::string_view line) {
  std::string result;
  bool quoted = false;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    result += c;
    if (c == '"') quoted = !quoted;
    if (c == '^' && !quoted && at + 1 < line.size()) result += line[++at];
    if (c != '&' || quoted) continue;
    const bool of_redirection = at > 0 && (line[at - 1] == '>' || line[at - 1] == '<');
    const bool doubled = at + 1 < line.size() && line[at + 1] == '&';
    const bool at_end = line.find_first_not_of(" \t\r&", at) == line.npos;
    if (doubled)
      result += line[++at];
    else if (!of_redirection && !at_end)
      result += '&';
  }
  return result;
}

std::string shell_quote(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'')
      quoted += "'\\''";
    else
      quoted += c;
  }
  return quoted + "'";
}

std::string wrap_commands_in_shell(const std::vector<std::string>& commands, OsType os) {
  return os == OsType::windows ? cmd_command_line(commands) : bash_command_line(commands);
}

Task create_task(std::string task_id, std::string command_line, TaskOptions options) {
  Task task{.id = std::move(task_id)};
  task.command_line = std::move(command_line);
  task.resource_files = std::move(options.resource_files);
  task.output_files = std::move(options.output_files);
  task.environment_settings = std::move(options.environment);
  task.container_settings = std::move(options.container_settings);
  task.constraints = options.constraints;
  task.exit_conditions = std::move(options.exit_conditions);
  task.required_slots = options.required_slots;
  task.application_package_references = std::move(options.app_packages);
  task.user_identity =
      UserIdentity{.auto_user = AutoUser{.scope = AutoUserScope::pool,
                                         .elevation_level = options.elevation_level}};
  if (!options.depends_on.empty())
    task.depends_on = TaskDependencies{.task_ids = std::move(options.depends_on)};
  if (options.num_instances > 1 || !options.coordination_command_line.empty()) {
    task.multi_instance_settings = MultiInstanceSettings{
        .number_of_instances = options.num_instances,
        .coordination_command_line = options.coordination_command_line.empty()
                                         ? "/bin/true"
                                         : std::move(options.coordination_command_line),
        .common_resource_files = std::move(options.coordination_files)};
  }
  return task;
}

JobPreparationTask create_prep_task(std::string task_name, const std::vector<std::string>& commands,
                                    std::vector<ResourceFile> resource_files, OsType os,
                                    ElevationLevel elevation_level) {
  JobPreparationTask task;
  task.id = std::move(task_name);
  task.command_line = wrap_commands_in_shell(commands, os);
  task.resource_files = std::move(resource_files);
  task.wait_for_success = true;
  task.user_identity = UserIdentity{
      .auto_user = AutoUser{.scope = AutoUserScope::pool, .elevation_level = elevation_level}};
  return task;
}

// A blob of a container lands under its whole name, wherever that is.
JobPreparationTask create_task_copy_file_to_shared_dir(std::string container_url,
                                                       std::string blob_path, std::string file_path,
                                                       std::string_view shared_dir, OsType os) {
  std::vector<std::string> commands;
  if (os == OsType::windows) {
    std::string from = blob_path;
    std::replace(from.begin(), from.end(), '/', '\\');
    commands = {fmt::format("move /Y \".\\{}\" \"%{}%\\{}\"", from, shared_dir, file_path)};
  } else {
    const std::string target = fmt::format("\"${{{}}}\"/{}", shared_dir, shell_quote(file_path));
    commands = {fmt::format("mkdir -p \"$(dirname {})\"", target),
                fmt::format("mv -f ./{} {}", shell_quote(blob_path), target)};
  }
  return create_prep_task(
      "copy_file_to_shared_dir", commands,
      {create_input_file_spec(std::move(container_url), std::move(blob_path), ".")}, os);
}

std::string get_env_varname_for_app(std::string_view app_name, std::string_view app_version,
                                    OsType os) {
  std::string name(app_name);
  if (!app_version.empty()) name.append(os == OsType::windows ? "#" : "_").append(app_version);
  if (os != OsType::windows)
    for (char& c : name)
      if (c == '.' || c == '-' || c == '#') c = '_';
  return "AZ_BATCH_APP_PACKAGE_" + name;
}

std::string set_path_to_apps(const std::vector<AppBin>& apps, OsType os) {
  const bool windows = os == OsType::windows;
  std::string path;
  for (const AppBin& app : apps) {
    const std::string variable = get_env_varname_for_app(app.name, app.version, os);
    path += windows ? "%" + variable + "%" : "${" + variable + "}";
    if (!app.bin_dir.empty()) path.append(windows ? "\\" : "/").append(app.bin_dir);
    path += windows ? ';' : ':';
  }
  return windows ? "set \"PATH=" + path + "%PATH%\"" : "export PATH=\"" + path + "$PATH\"";
}

std::string wrap_cmd_with_app_path(const std::vector<std::string>& commands,
                                   const std::vector<AppBin>& apps, OsType os) {
  std::vector<std::string> all;
  if (!apps.empty()) all.push_back(set_path_to_apps(apps, os));
  all.insert(all.end(), commands.begin(), commands.end());
  return wrap_commands_in_shell(all, os);
}

ResourceFile create_input_file_spec(std::string container_url, std::string blob_prefix,
                                    std::string file_path) {
  return {.storage_container_url = std::move(container_url),
          .blob_prefix = unless_empty(std::move(blob_prefix)),
          .file_path = unless_empty(std::move(file_path))};
}

OutputFile create_output_file_spec(std::string file_pattern, std::string container_sas_url,
                                   std::string blob_path, OutputFileUploadCondition condition) {
  return {.file_pattern = std::move(file_pattern),
          .destination = {.container =
                              OutputFileContainer{.path = unless_empty(std::move(blob_path)),
                                                  .container_url = std::move(container_sas_url)}},
          .upload_options = {.upload_condition = condition}};
}

}  // namespace dms::batch
