#include "agent/shell_server.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "agent/process_tree.h"
#include "agent/shell_protocol.h"
#include "core/child.h"
#include "core/log.h"

namespace dms::agent {
namespace {

bool is_readable(int fd) {
  pollfd polled{fd, POLLIN, 0};
  return fd >= 0 && ::poll(&polled, 1, 0) > 0;
}

bool is_of_this_user(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         peer.uid == ::geteuid();
}

// The byte and the three descriptors that come before a request. Errors: unavailable when the other
// side sent something else.
Status receive_stdio(int socket, UniqueFd* stdio) {
  char byte = 0;
  iovec part{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(3 * sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t count = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  const cmsghdr* header = count == 1 ? CMSG_FIRSTHDR(&message) : nullptr;
  if (!header || header->cmsg_type != SCM_RIGHTS || header->cmsg_len < CMSG_LEN(sizeof(int)))
    return fail(Code::unavailable, "no descriptors came");
  std::array<int, 3> fds = {-1, -1, -1};
  std::memcpy(fds.data(), CMSG_DATA(header), std::min(sizeof fds, header->cmsg_len - CMSG_LEN(0)));
  for (std::size_t at = 0; at < fds.size(); ++at) stdio[at].reset(fds[at]);
  if (fds[2] < 0) return fail(Code::unavailable, "fewer than three descriptors came");
  return ok();
}

}  // namespace

Result<ShellServer> ShellServer::listen(const std::string& socket_path, Place place) {
  DMS_TRY(UniqueFd listener, listen_unix(socket_path));
  UniqueFd poll(::epoll_create1(EPOLL_CLOEXEC));
  if (!poll) return fail_errno("watching " + socket_path, errno);
  ShellServer server(std::move(listener), std::move(poll), std::move(place));
  DMS_CHECK(server.watch(server.listener_.get()));
  return server;
}

Status ShellServer::watch(int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  if (::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    return fail_errno("watching a remote shell", errno);
  return ok();
}

// A session that is over closes its descriptors, which takes them out of what is watched.
void ShellServer::serve() {
  accept();
  for (auto session = sessions_.begin(); session != sessions_.end();)
    session = advance(*session) ? std::next(session) : sessions_.erase(session);
}

void ShellServer::accept() {
  for (;;) {
    UniqueFd door(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!door) return;
    if (!is_of_this_user(door.get())) continue;
    if (const Status status = watch(door.get()); !status) {
      log_warn(status.error().message);
      continue;
    }
    sessions_.emplace_back().door = std::move(door);
  }
}

bool ShellServer::advance(Session& session) {
  if (session.pid != 0) {
    if (is_readable(session.exited.get())) return tell_end(session);
    // Nobody waits for the end any more; the command goes on, as without a terminal it does.
    if (is_readable(session.socket.fd())) session.socket.close();
    return true;
  }
  if (session.door && is_readable(session.door.get()) && !take_descriptors(session)) return false;
  return !is_readable(session.socket.fd()) || take_request(session);
}

bool ShellServer::take_descriptors(Session& session) {
  if (!receive_stdio(session.door.get(), session.stdio)) return false;
  session.socket = FrameSocket(std::move(session.door));
  return true;
}

bool ShellServer::take_request(Session& session) {
  const Status received = session.socket.receive();
  const auto text = session.socket.next();
  if (!text) return bool(received);
  const auto request = decode<ShellRequest>(*text, Missing::refused);
  if (!request) return refuse(session, request.error().message);
  if (request->run != place_.run) return refuse(session, "this node runs another task now");
  if (request->command.empty()) return refuse(session, "there is no terminal: name a command");
  return start(session, request->command);
}

bool ShellServer::start(Session& session, const std::string& command) {
  const ChildSpec child{.argv = {"/bin/bash", "-c", command},
                        .env = place_.environment,
                        .cwd = place_.directory,
                        .stdin_fd = session.stdio[0].get(),
                        .stdout_fd = session.stdio[1].get(),
                        .stderr_fd = session.stdio[2].get()};
  const auto pid = place_.view.spawn(child);
  if (!pid) return refuse(session, pid.error().message);
  session.pid = *pid;
  for (UniqueFd& fd : session.stdio) fd.reset();
  auto exited = watch_process(*pid);
  const Status status = exited ? watch(exited->get()) : Status(exited.error());
  if (exited) session.exited = *std::move(exited);
  if (status) return true;
  ::kill(*pid, SIGKILL);
  static_cast<void>(wait_child(*pid));
  return refuse(session, status.error().message);
}

bool ShellServer::tell_end(Session& session) {
  const int code = exit_code(wait_child(session.pid).value_or(SIGKILL));
  if (session.socket.is_open()) {
    session.socket.queue(encode(ShellAnswer{.exit_code = code}));
    static_cast<void>(session.socket.flush());  // who is gone needs no answer
  }
  return false;
}

bool ShellServer::refuse(Session& session, const std::string& why) {
  session.socket.queue(encode(ShellAnswer{.error = why}));
  static_cast<void>(session.socket.flush());
  return false;
}

}  // namespace dms::agent
