#include "service/http_listener.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>

namespace dms::service {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* first) const { ::freeaddrinfo(first); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

Result<Addresses> resolve(const std::string& host, std::uint16_t port) {
  // "[::1]" is how an address stands in a URL.
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const std::string bare = bracketed ? host.substr(1, host.size() - 2) : host;
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* first = nullptr;
  const int failed = ::getaddrinfo(bare.c_str(), std::to_string(port).c_str(), &wanted, &first);
  if (failed != 0) {
    return fail(Code::invalid_argument,
                fmt::format("cannot listen on '{}': {}", host, ::gai_strerror(failed)));
  }
  return Addresses(first);
}

Error listen_failure(const std::string& host, std::uint16_t port, int error) {
  const std::string where = fmt::format("{}:{}", host, port);
  if (error == EADDRINUSE) {
    return fail(
        Code::conflict,
        where + " is in use; choose another port with --port, or --port 0 for any free one");
  }
  if (error == EADDRNOTAVAIL) {
    return fail(Code::invalid_argument,
                "cannot listen on " + where + ": no address of this machine");
  }
  return fail_errno("listening on " + where, error);
}

void set_option(int fd, int level, int name) {
  const int on = 1;
  ::setsockopt(fd, level, name, &on, sizeof on);
}

}  // namespace

Result<UniqueFd> listen_on(const std::string& host, std::uint16_t port) {
  DMS_TRY(const Addresses found, resolve(host, port));
  UniqueFd listener(
      ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
  if (!listener) return listen_failure(host, port, errno);
  set_option(listener.get(), SOL_SOCKET, SO_REUSEADDR);
  if (::bind(listener.get(), found->ai_addr, found->ai_addrlen) != 0 ||
      ::listen(listener.get(), SOMAXCONN) != 0) {
    return listen_failure(host, port, errno);
  }
  return listener;
}

std::uint16_t port_of(const UniqueFd& listener) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  return bound.ss_family == AF_INET6 ? ntohs(reinterpret_cast<sockaddr_in6&>(bound).sin6_port)
                                     : ntohs(reinterpret_cast<sockaddr_in&>(bound).sin_port);
}

Accepted accept_connection(int listener, UniqueFd& connection) {
  for (;;) {
    connection.reset(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (connection) {
      set_option(connection.get(), IPPROTO_TCP, TCP_NODELAY);
      return Accepted::connection;
    }
    switch (errno) {
      case EAGAIN: return Accepted::none_waiting;
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM: return Accepted::out_of_descriptors;
      case EBADF:
      case EINVAL:
      case ENOTSOCK: return Accepted::gone;
      default: break;  // that one connection failed (ECONNABORTED, EINTR …): take the next
    }
  }
}

}  // namespace dms::service
