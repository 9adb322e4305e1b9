#include "agent/worker.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace dms::agent {
namespace {

void close_all_but(int one, int other) {
  const auto low = static_cast<unsigned>(std::min(one, other));
  const auto high = static_cast<unsigned>(std::max(one, other));
  if (low > 3) ::close_range(3, low - 1, 0);
  if (high > low + 1) ::close_range(low + 1, high - 1, 0);
  ::close_range(high + 1, ~0U, 0);
}

[[noreturn]] void become_worker(pid_t agent, int socket, const NodeRoot& root, WorkerBody body) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != agent) ::_exit(0);  // it died before it could be watched
  close_all_but(socket, root.lock_fd());
  ::_exit(body(UniqueFd(socket), root.path()));
}

}  // namespace

Result<Worker> fork_worker(const NodeRoot& root, WorkerBody body) {
  DMS_TRY(SocketPair pair, make_socket_pair());
  const pid_t agent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return fail_errno("forking a worker", errno);
  if (pid == 0) become_worker(agent, pair.theirs.release(), root, body);
  return Worker{pid, FrameSocket(std::move(pair.ours))};
}

int run_sweeper(UniqueFd socket, const std::string& root) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) {
    empty_trash(root);
    char pokes[256];
    const ssize_t count = ::recv(socket.get(), pokes, sizeof pokes, 0);
    if (count == 0 || (count < 0 && errno != EINTR)) return 0;
  }
}

}  // namespace dms::agent
