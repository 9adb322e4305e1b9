#include "models/job_file/node_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "core/crypto.h"

namespace dms::models {
namespace {

using batch::OsType;

// Of CreateProcess, and of one argument of execve on Linux.
constexpr std::size_t longest_windows_line = 32'000;
constexpr std::size_t longest_linux_line = 128 * 1024 - 1;

constexpr std::string_view keep_environment =
    "(umask 077; export -p >\"$AZ_BATCH_TASK_DIR/env_vars.sh\")\n";

// A line that is not in the text, to end it.
std::string end_of_text(std::string_view text) {
  std::string end = "END_OF_SCRIPT";
  while (text.find(end) != text.npos) end += '_';
  return end;
}

std::string run_line(std::string_view write_script, std::string_view file) {
  return "/bin/bash -c " +
         batch::shell_quote(fmt::format("set -e\nscript=\"$AZ_BATCH_TASK_DIR/{}\"\n{}{}exec "
                                        "/bin/bash \"$script\"",
                                        file, write_script, keep_environment));
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  return result;
}

std::string_view trim_command(std::string_view line) {
  const std::size_t begin = std::min(line.find_first_not_of(" \t@"), line.size());
  line.remove_prefix(begin);
  return line.substr(0, line.find_last_not_of(" \t") + 1);
}

// The first word of a command of cmd.exe, in lower case.
std::string first_word(std::string_view line) {
  return lower(line.substr(0, std::min(line.find_first_of(" \t(=;,"), line.size())));
}

bool is_comment(std::string_view line) {
  return line.empty() || line.starts_with(':') || first_word(line) == "rem";
}

constexpr std::string_view leave_with_code = "if %errorlevel% neq 0 exit /b %errorlevel%\n";

// Commands that cannot fail, or after which nothing may stand.
bool needs_no_check(std::string_view line) {
  if (line.find('&') != line.npos) return false;  // others stand behind it
  const std::string word = first_word(line);
  for (const std::string_view quiet : {"set", "setlocal", "endlocal", "echo", "goto", "exit"})
    if (word == quiet) return true;
  return false;
}

int depth_of(std::string_view line) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '^')
      ++at;
    else if (line[at] == '"')
      quoted = !quoted;
    else if (!quoted && line[at] == '(')
      ++depth;
    else if (!quoted && line[at] == ')')
      --depth;
  }
  return depth;
}

// "for … do command" in one line: its status would be that of the last round.
bool is_loop(std::string_view line) { return first_word(line) == "for"; }

// Blocks, lines that go on, and variables that are set first are nothing for one line of cmd.exe.
bool needs_a_file(std::string_view line) {
  const std::string_view command = trim_command(line);
  if (is_comment(command)) return command.starts_with(':');
  return depth_of(command) != 0 || command.ends_with('^') || first_word(command) == "set";
}

bool is_batch_file(std::string_view line) {
  const std::string word = first_word(line);
  return word.ends_with(".bat") || word.ends_with(".cmd");
}

}  // namespace

std::string script_file(std::string_view role, OsType os) {
  return fmt::format("{}_command.{}", role, os == OsType::windows ? "bat" : "sh");
}

std::string fetched_script_path(std::string_view role, OsType os) {
  return ".dmsbatch/" + script_file(role, os);
}

Result<std::string> script_line(std::string_view role, std::string_view script, OsType os) {
  const std::string file = script_file(role, os);
  std::string line;
  if (os == OsType::windows) {
    std::string crlf;
    for (const std::string_view one : lines_of(script)) crlf.append(one).append("\r\n");
    line = fmt::format(
        "powershell.exe -NoProfile -Command \"$script = Join-Path $env:AZ_BATCH_TASK_DIR '{}'; "
        "[IO.File]::WriteAllBytes($script, [Convert]::FromBase64String('{}')); & cmd.exe /c "
        "$script; exit $LASTEXITCODE\"",
        file, base64_encode(crlf));
  } else {
    const std::string end = end_of_text(script);
    line = run_line(fmt::format("cat >\"$script\" <<'{}'\n{}{}{}\n", end, script,
                                script.ends_with('\n') ? "" : "\n", end),
                    file);
  }
  const std::size_t longest = os == OsType::windows ? longest_windows_line : longest_linux_line;
  if (line.size() > longest)
    return fail(Code::invalid_argument,
                fmt::format("the {} script is too long for a command line: {} bytes of at most {}; "
                            "put what does not differ by task into a file among the resource_files",
                            role, line.size(), longest));
  return line;
}

std::string fetched_script_line(std::string_view role, OsType os) {
  const std::string file = script_file(role, os);
  if (os == OsType::windows)
    return fmt::format(
        "cmd.exe /c \"copy /Y .dmsbatch\\{0} \"%AZ_BATCH_TASK_DIR%\\{0}\" >NUL && "
        "\"%AZ_BATCH_TASK_DIR%\\{0}\"\"",
        file);
  return run_line(fmt::format("cp {} \"$script\"\n", fetched_script_path(role, os)), file);
}

Result<std::string> job_start_line(std::string_view script, OsType os) {
  const auto lines = lines_of(script);
  if (os == OsType::windows && std::any_of(lines.begin(), lines.end(), needs_a_file))
    return script_line("job_start", checked_batch(script), os);
  return start_task_line(script, os);
}

std::string start_task_line(std::string_view script, OsType os) {
  if (os == OsType::linux_os) return batch::wrap_commands_in_shell({std::string(script)}, os);
  std::vector<std::string> commands;
  for (const std::string_view line : lines_of(script)) {
    const std::string_view command = trim_command(line);
    if (is_comment(command)) continue;
    commands.push_back((is_batch_file(command) ? "call " : "") + std::string(command));
  }
  return batch::wrap_commands_in_shell(commands, os);
}

std::string checked_batch(std::string_view script) {
  std::string checked;
  int depth = 0;
  bool continues = false, has_jump = false;
  for (const std::string_view line : lines_of(script)) {
    const std::string_view command = trim_command(line);
    const bool starts = !continues;
    if (is_comment(command)) {
      checked.append(line).append("\n");
      continues = command.ends_with('^');
      continue;
    }
    if (starts && is_batch_file(command)) checked += "call ";
    checked += batch::stopping_at_failures(line);
    const bool was_inside = depth > 0;
    const int change = depth_of(command);
    depth = std::max(0, depth + change);
    continues = command.ends_with('^');
    const bool ends = !continues && !(starts && needs_no_check(command));
    // A line of a block is looked at when the block is read, long before its commands run.
    const bool jumps = ends && change == 0 && !command.starts_with(')') &&
                       (was_inside || (starts && is_loop(command)));
    has_jump = has_jump || jumps;
    checked += jumps ? " || goto dmsbatch_failed\n" : "\n";
    if (ends && depth == 0 && !jumps) checked += leave_with_code;
  }
  // The next label of that name from where it stands is the one that goto finds.
  if (has_jump)
    checked += "goto dmsbatch_end\n:dmsbatch_failed\nexit /b %errorlevel%\n:dmsbatch_end\n";
  return checked;
}

}  // namespace dms::models
