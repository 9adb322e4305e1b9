#include "cli/interrupts.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <thread>

#include "cli/commands.h"
#include "core/file.h"

namespace dms::cli {

struct Interrupts::Watch {
  sigset_t signals;
  sigset_t before;
  UniqueFd arrived;  // a signalfd
  UniqueFd over;     // an eventfd
  std::stop_source stop;
  std::jthread thread;

  void run() {
    std::array<pollfd, 2> fds{pollfd{arrived.get(), POLLIN, 0}, pollfd{over.get(), POLLIN, 0}};
    while (true) {
      if (::poll(fds.data(), fds.size(), -1) < 0) continue;
      if (fds[1].revents != 0) return;
      signalfd_siginfo info;
      if (::read(arrived.get(), &info, sizeof info) != sizeof info) continue;
      if (stop.stop_requested()) ::_exit(exit_interrupted);
      stop.request_stop();
    }
  }
};

Interrupts::Interrupts() : watch_(std::make_unique<Watch>()) {
  sigemptyset(&watch_->signals);
  sigaddset(&watch_->signals, SIGINT);
  sigaddset(&watch_->signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &watch_->signals, &watch_->before);
  watch_->arrived.reset(::signalfd(-1, &watch_->signals, SFD_CLOEXEC));
  watch_->over.reset(::eventfd(0, EFD_CLOEXEC));
  // Without descriptors the signals do what they do elsewhere: end the program.
  if (watch_->arrived && watch_->over)
    watch_->thread = std::jthread([watch = watch_.get()] { watch->run(); });
  else
    pthread_sigmask(SIG_SETMASK, &watch_->before, nullptr);
}

Interrupts::~Interrupts() {
  const std::uint64_t one = 1;
  if (watch_->thread.joinable() && ::write(watch_->over.get(), &one, sizeof one) == sizeof one)
    watch_->thread.join();
  pthread_sigmask(SIG_SETMASK, &watch_->before, nullptr);
}

std::stop_token Interrupts::token() const { return watch_->stop.get_token(); }

}  // namespace dms::cli
