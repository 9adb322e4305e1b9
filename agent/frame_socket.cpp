#include "agent/frame_socket.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace dms::agent {

FrameSocket::FrameSocket(UniqueFd fd) : fd_(std::move(fd)) {
  ::fcntl(fd_.get(), F_SETFL, ::fcntl(fd_.get(), F_GETFL) | O_NONBLOCK);
}

void FrameSocket::close() { *this = FrameSocket(); }

Status FrameSocket::receive() {
  in_.erase(0, taken_);
  searched_ -= taken_;
  taken_ = 0;
  for (;;) {
    char buffer[64 * 1024];
    const ssize_t count = ::recv(fd_.get(), buffer, sizeof buffer, 0);
    if (count > 0) {
      in_.append(buffer, static_cast<std::size_t>(count));
      if (in_.size() > max_frame_bytes) return fail(Code::exhausted, "a frame is too long");
      if (static_cast<std::size_t>(count) < sizeof buffer) return ok();
    } else if (count == 0) {
      return fail(Code::unavailable, "the other side closed the connection");
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return ok();
    } else if (errno != EINTR) {
      return fail(Code::unavailable, std::string("receiving: ") + std::strerror(errno));
    }
  }
}

std::optional<std::string_view> FrameSocket::next() {
  const std::size_t end = in_.find('\n', searched_);
  if (end == std::string::npos) {
    searched_ = in_.size();
    return std::nullopt;
  }
  const std::string_view frame = std::string_view(in_).substr(taken_, end - taken_);
  taken_ = searched_ = end + 1;
  return frame;
}

void FrameSocket::queue(std::string_view frame) {
  if (!is_open()) return;
  out_.append(frame);
  out_ += '\n';
}

Status FrameSocket::flush() {
  while (has_unsent()) {
    const ssize_t count = ::send(fd_.get(), out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (count >= 0) {
      sent_ += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return ok();
    } else if (errno != EINTR) {
      return fail(Code::unavailable, std::string("sending: ") + std::strerror(errno));
    }
  }
  out_.clear();
  sent_ = 0;
  return ok();
}

Status FrameSocket::flush_all() {
  for (;;) {
    DMS_CHECK(flush());
    if (!has_unsent()) return ok();
    pollfd writable{fd_.get(), POLLOUT, 0};
    ::poll(&writable, 1, -1);
  }
}

// The address of a socket. A path that does not fit is reached through an open directory, which
// must stay open until the address was used.
static Result<sockaddr_un> address_of(const std::string& path, UniqueFd& directory) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string reachable = path;
  if (path.size() >= sizeof address.sun_path) {
    const std::size_t slash = path.rfind('/');
    if (slash != std::string::npos) {
      DMS_TRY(directory, open_file(path.substr(0, slash), O_PATH | O_DIRECTORY));
      reachable = "/proc/self/fd/" + std::to_string(directory.get()) + path.substr(slash);
    }
  }
  if (reachable.size() >= sizeof address.sun_path)
    return fail(Code::invalid_argument, "the socket's path " + path + " is too long");
  std::memcpy(address.sun_path, reachable.data(), reachable.size());
  return address;
}

Result<FrameSocket> connect_unix(const std::string& path) {
  UniqueFd directory;
  DMS_TRY(const sockaddr_un address, address_of(path, directory));
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail_errno("opening a socket", errno);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail_errno("connecting to " + path, errno);
  return FrameSocket(std::move(fd));
}

Result<UniqueFd> listen_unix(const std::string& path) {
  UniqueFd directory;
  DMS_TRY(const sockaddr_un address, address_of(path, directory));
  ::unlink(path.c_str());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return fail_errno("opening a socket", errno);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return fail_errno("binding " + path, errno);
  if (::chmod(path.c_str(), 0600) != 0) return fail_errno("changing the mode of " + path, errno);
  if (::listen(fd.get(), 128) != 0) return fail_errno("listening on " + path, errno);
  return fd;
}

Result<SocketPair> make_socket_pair() {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
    return fail_errno("opening a socket pair", errno);
  return SocketPair{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

}  // namespace dms::agent
