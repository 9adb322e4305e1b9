// Directives for the service inside a task: command lines, and what goes in and out.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "batch/azure_batch.h"

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
  std::vector<std::string_view> kept;
  for (const auto& text : commands) {
    std::string_view command = text;
    while (!command.empty() && is_blank(command.front())) command.remove_prefix(1);
    while (!command.empty() && (is_blank(command.back()) || command.back() == '&'))
      command.remove_suffix(1);
    if (!command.empty()) kept.push_back(command);
  }
  return fmt::format("cmd.exe /c \"{}\"", fmt::join(kept, " && "));
}

}  // namespace

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
