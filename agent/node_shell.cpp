#include "agent/node_shell.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <sstream>

#include "agent/frame_socket.h"
#include "agent/instance_node.h"
#include "agent/shell_protocol.h"

namespace dms::agent {
namespace {

namespace fs = std::filesystem;

constexpr int exit_failed = 255;  // ssh's
// Source: ssh(1).
constexpr std::string_view options_with_value = "BbcDEeFIiJLlmOopQRSWw";

// The instance on a host, or nothing when it is no host of this task.
Result<std::optional<Target>> find_peer(const std::string& host) {
  const char* file = std::getenv(peers_variable);
  if (!file) return std::optional<Target>{};
  DMS_TRY(const std::string list, read_file(file));
  return find_host(list, host);
}

Status send_stdio(int socket) {
  const std::array<int, 3> fds = {0, 1, 2};
  char byte = 0;
  iovec part{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof fds)> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fds);
  std::memcpy(CMSG_DATA(header), fds.data(), sizeof fds);
  if (::sendmsg(socket, &message, MSG_NOSIGNAL) != 1)
    return fail_errno("passing the standard descriptors", errno);
  return ok();
}

Result<ShellAnswer> await_answer(FrameSocket& socket) {
  for (;;) {
    pollfd readable{socket.fd(), POLLIN, 0};
    ::poll(&readable, 1, -1);
    const Status received = socket.receive();
    if (const auto text = socket.next()) return decode<ShellAnswer>(*text);
    if (!received) return fail(Code::unavailable, "the task ended there");
  }
}

Result<int> run_on(const Target& target, const std::string& command) {
  DMS_TRY(FrameSocket socket, connect_unix(target.socket_path));
  DMS_CHECK(send_stdio(socket.fd()));
  socket.queue(encode(ShellRequest{.run = target.run, .command = command}));
  DMS_CHECK(socket.flush_all());
  DMS_TRY(const ShellAnswer answer, await_answer(socket));
  if (!answer.exit_code) return fail(Code::conflict, answer.error);
  return *answer.exit_code;
}

// The program `ssh` in the PATH that is not the one through which this one was called.
std::optional<std::string> real_ssh() {
  const char* file = std::getenv(peers_variable);
  const fs::path own = file ? fs::path(file).parent_path() / "bin" : fs::path();
  const char* path = std::getenv("PATH");
  std::istringstream directories(path ? path : "");
  for (std::string directory; std::getline(directories, directory, ':');) {
    const std::string program = directory + "/ssh";
    if (fs::path(directory) != own && ::access(program.c_str(), X_OK) == 0) return program;
  }
  return std::nullopt;
}

int complain(const std::string& what) {
  std::fprintf(stderr, "node-shell: %s\n", what.c_str());
  return exit_failed;
}

int leave_to_ssh(const ShellCall& call, std::vector<std::string> arguments) {
  const auto ssh = real_ssh();
  if (!ssh)
    return complain("no instance of this task is on '" + call.host +
                    "', and there is no ssh for other hosts");
  std::vector<char*> argv{const_cast<char*>(ssh->c_str())};
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  ::execv(ssh->c_str(), argv.data());
  return complain(*ssh + ": " + std::strerror(errno));
}

}  // namespace

ShellCall parse_shell_call(const std::vector<std::string>& arguments) {
  std::size_t at = 0;
  for (; at < arguments.size() && arguments[at].starts_with('-'); ++at) {
    const std::string& option = arguments[at];
    if (option == "--") {
      ++at;
      break;
    }
    // "-xo A=b": the first letter that takes a value takes the rest, or the next word.
    const std::size_t letter = option.find_first_of(options_with_value, 1);
    if (letter != std::string::npos && letter + 1 == option.size()) ++at;
  }
  ShellCall call;
  if (at < arguments.size()) call.host = arguments[at++];
  if (const std::size_t user = call.host.rfind('@'); user != std::string::npos)
    call.host.erase(0, user + 1);
  for (; at < arguments.size(); ++at)
    call.command += (call.command.empty() ? "" : " ") + arguments[at];
  return call;
}

int run_node_shell(const std::vector<std::string>& arguments) {
  const ShellCall call = parse_shell_call(arguments);
  auto target = find_peer(call.host);
  if (!target) return complain(target.error().message);
  if (!*target) return leave_to_ssh(call, arguments);
  const auto code = run_on(**target, call.command);
  return code ? *code : complain(call.host + ": " + code.error().message);
}

}  // namespace dms::agent
