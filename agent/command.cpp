#include "agent/command.h"

#include <fcntl.h>

#include "agent/process_tree.h"
#include "core/child.h"

namespace dms::agent {
namespace {

constexpr std::string_view missing_program =
    "The system cannot find the file specified";  // the service's detail

Failure not_launched(std::string_view code, std::string_view message) {
  return failure(code, {{"Message", std::string(message)}});
}

}  // namespace

Failure launch(const std::string& command_line, const CommandPlace& place, Command& command) {
  const auto words = split_command_line(command_line);
  if (!words) return not_launched("CommandLaunchFailed", words.error().message);
  const auto program = find_program(words->front(), place.environment, place.directory);
  if (!program && program.error().code == Code::not_found)
    return not_launched("CommandProgramNotFound", missing_program);
  if (!program) return not_launched("CommandLaunchFailed", program.error().message);
  const auto null = open_file("/dev/null", O_RDONLY);
  if (!null) return not_launched("CommandLaunchFailed", null.error().message);
  ChildSpec child{.argv = *words,
                  .env = place.environment,
                  .cwd = place.directory,
                  .stdin_fd = null->get(),
                  .stdout_fd = place.stdout_fd,
                  .stderr_fd = place.stderr_fd,
                  .session = Session::own};
  child.argv.front() = *program;
  const auto pid = place.view ? place.view->spawn(child) : spawn_child(child);
  if (!pid) return not_launched("CommandLaunchFailed", pid.error().message);
  auto exited = watch_process(*pid);
  if (!exited) {
    end_descendants(*pid);
    return not_launched("CommandLaunchFailed", exited.error().message);
  }
  command = {*pid, *std::move(exited)};
  return std::nullopt;
}

}  // namespace dms::agent
