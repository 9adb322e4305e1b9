#include "agent/command.h"

#include <fcntl.h>

#include <optional>

#include "agent/process_tree.h"
#include "core/child.h"
#include "core/plain_words.h"

namespace dms::agent {
namespace {

constexpr std::string_view missing_program =
    "The system cannot find the file specified";  // the service's detail

Failure not_launched(std::string_view code, std::string_view message) {
  return failure(code, {{"Message", std::string(message)}});
}

Result<pid_t> spawn(const std::vector<std::string>& argv, const CommandPlace& place) {
  DMS_TRY(const UniqueFd null, open_file("/dev/null", O_RDONLY));
  const ChildSpec child{.argv = argv,
                        .env = place.environment,
                        .cwd = place.directory,
                        .stdin_fd = null.get(),
                        .stdout_fd = place.stdout_fd,
                        .stderr_fd = place.stderr_fd,
                        .session = Session::own};
  return place.view ? place.view->spawn(child) : spawn_child(child);
}

// `sh -c TEXT` without the shell, where that comes to the same: so every run of a study starts.
// Nothing where it does not, and where the shell had better say what is wrong.
std::optional<pid_t> spawn_without_shell(const std::vector<std::string>& words,
                                         const CommandPlace& place) {
  if (words.size() != 3 || words[1] != "-c" || place.view) return std::nullopt;
  if (words[0] != "/bin/sh" && words[0] != "/bin/bash") return std::nullopt;
  std::vector<std::string> plain = plain_words(words[2], place.environment);
  if (plain.empty()) return std::nullopt;
  const auto program = find_program(plain.front(), place.environment, place.directory);
  if (!program) return std::nullopt;
  plain.front() = *program;
  Environment environment = place.environment;
  set_variable(environment, "PWD", place.directory);  // as a shell does
  const auto pid = spawn(plain, {place.directory, environment, place.stdout_fd, place.stderr_fd});
  return pid ? std::optional(*pid) : std::nullopt;
}

Failure start(const std::string& command_line, const CommandPlace& place, pid_t& pid) {
  auto words = split_command_line(command_line);
  if (!words) return not_launched("CommandLaunchFailed", words.error().message);
  if (const auto started = spawn_without_shell(*words, place)) {
    pid = *started;
    return std::nullopt;
  }
  const auto program = find_program(words->front(), place.environment, place.directory);
  if (!program && program.error().code == Code::not_found)
    return not_launched("CommandProgramNotFound", missing_program);
  if (!program) return not_launched("CommandLaunchFailed", program.error().message);
  words->front() = *program;
  const auto started = spawn(*words, place);
  if (!started) return not_launched("CommandLaunchFailed", started.error().message);
  pid = *started;
  return std::nullopt;
}

}  // namespace

Failure launch(const std::string& command_line, const CommandPlace& place, Command& command) {
  pid_t pid = 0;
  if (Failure failure = start(command_line, place, pid)) return failure;
  auto exited = watch_process(pid);
  if (!exited) {
    end_descendants(pid);
    return not_launched("CommandLaunchFailed", exited.error().message);
  }
  command = {pid, *std::move(exited)};
  return std::nullopt;
}

}  // namespace dms::agent
