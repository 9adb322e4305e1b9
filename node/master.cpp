#include "node/master.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace dms::node {
namespace {

class Socket {
 public:
  explicit Socket(int type) : fd_(::socket(AF_INET, type | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

  bool read_own_address(sockaddr_in& address) const {
    socklen_t size = sizeof address;
    return ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  }

 private:
  int fd_;
};

sockaddr_in socket_address(const char* ip, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  (void)::inet_pton(AF_INET, ip, &address.sin_addr);
  return address;
}

// The address from which packets leave the machine. None is sent: connecting a datagram socket only
// asks for the route. The target is of a network that is kept for documentation.
Status outward_address(std::string& ip) {
  const sockaddr_in far = socket_address("192.0.2.1", 9);
  const Socket socket(SOCK_DGRAM);
  sockaddr_in own{};
  char text[INET_ADDRSTRLEN] = "";
  if (::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&far), sizeof far) != 0 ||
      !socket.read_own_address(own) || !::inet_ntop(AF_INET, &own.sin_addr, text, sizeof text))
    return fail_errno("finding this node's address", errno);
  ip = text;
  return {};
}

Status free_port(const std::string& ip, std::string& port) {
  const sockaddr_in any = socket_address(ip.c_str(), 0);
  const Socket socket(SOCK_STREAM);
  sockaddr_in own{};
  if (::bind(socket.fd(), reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0 ||
      !socket.read_own_address(own))
    return fail_errno("finding a free port of " + ip, errno);
  port = std::to_string(ntohs(own.sin_port));
  return {};
}

Status check_port(const std::string& port) {
  int number = 0;
  const char* const end = port.data() + port.size();
  const auto [stop, error] = std::from_chars(port.data(), end, number);
  if (error == std::errc() && stop == end && number >= 1 && number <= 65535) return {};
  return {Exit::usage, "--port " + port + ": must be a number from 1 to 65535, or any"};
}

std::string host_name() {
  char name[256] = "";
  (void)::gethostname(name, sizeof name - 1);
  return name;
}

}  // namespace

Status run_master(const MasterOptions& options) {
  const char* given = std::getenv("DMSBATCH_NODE_IP");
  const bool is_local = given && *given;
  std::string ip = is_local ? given : "";
  if (!is_local) DMS_NODE_CHECK(outward_address(ip));
  const std::string name = is_local ? ip : host_name();
  std::string port = options.port.value_or("");
  if (port == "any") {
    DMS_NODE_CHECK(free_port(ip, port));
  } else if (options.port) {
    DMS_NODE_CHECK(check_port(port));
  }

  std::string text = "hostname " + name + "\naddress " + ip + '\n';
  if (!port.empty()) text += "port " + port + '\n';
  if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0)
    return fail_errno("writing to stdout", errno);
  ::setenv("MASTER_HOSTNAME", name.c_str(), 1);
  ::setenv("MASTER_IP", ip.c_str(), 1);
  if (!port.empty()) ::setenv("MASTER_PORT", port.c_str(), 1);

  std::vector<char*> arguments;
  for (const std::string& word : options.command)
    arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  return fail_errno("running " + options.command[0], errno);
}

}  // namespace dms::node
