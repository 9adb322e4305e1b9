#include "samples/estimator/programs/connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "samples/estimator/programs/text.h"

namespace estimator {
namespace {

constexpr std::size_t longest_line = 1 << 20;

sockaddr_in socket_address(const Address& address) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(static_cast<std::uint16_t>(address.port));
  if (::inet_pton(AF_INET, address.ip.c_str(), &result.sin_addr) != 1)
    throw Problem("'" + address.ip + "' is not an IPv4 address");
  return result;
}

void set(int fd, int level, int name, int value) {
  (void)::setsockopt(fd, level, name, &value, sizeof value);
}

}  // namespace

Address address_of(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) throw Problem("'" + text + "' is not ADDRESS:PORT");
  const double port = number_of(text.substr(colon + 1), "the port of " + text);
  if (port < 1 || port > 65535) throw Problem("'" + text + "': no such port");
  return {text.substr(0, colon), static_cast<int>(port)};
}

Connection::Connection(int fd) : fd_(fd) {
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 10);
  set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
  set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 25'000);
}
Connection::Connection(Connection&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), received_(std::move(other.received_)) {}
Connection& Connection::operator=(Connection&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(received_, other.received_);
  return *this;
}
Connection::~Connection() {
  if (fd_ >= 0) ::close(fd_);
}

bool Connection::send(const std::string& line) {
  std::string text = line + '\n';
  for (std::size_t sent = 0; sent < text.size();) {
    const ssize_t count = ::send(fd_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    sent += static_cast<std::size_t>(count);
  }
  return true;
}

bool Connection::receive() {
  char buffer[65536];
  ssize_t count = 0;
  do count = ::recv(fd_, buffer, sizeof buffer, 0);
  while (count < 0 && errno == EINTR);
  if (count <= 0 || received_.size() > longest_line) return false;
  received_.append(buffer, static_cast<std::size_t>(count));
  return true;
}

std::optional<std::string> Connection::next_line() {
  const std::size_t end = received_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  std::string line = received_.substr(0, end);
  received_.erase(0, end + 1);
  return line;
}

int listen_at(const Address& address) {
  const sockaddr_in place = socket_address(address);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (fd < 0 || ::bind(fd, reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0 ||
      ::listen(fd, 256) != 0)
    throw Problem("cannot listen at " + address.ip + ":" + std::to_string(address.port) + ": " +
                  std::strerror(errno));
  return fd;
}

std::optional<Connection> connect_to(const Address& address, int seconds) {
  const sockaddr_in place = socket_address(address);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (true) {
    Connection connection(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(connection.fd(), reinterpret_cast<const sockaddr*>(&place), sizeof place) == 0)
      return connection;
    if (std::chrono::steady_clock::now() >= end) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
}

}  // namespace estimator
