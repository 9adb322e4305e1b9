#include "agent/supervision.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <array>
#include <thread>

#include "core/log.h"

namespace dms::agent {

static UniqueFd watch_sigterm() {
  sigset_t terminate;
  ::sigemptyset(&terminate);
  ::sigaddset(&terminate, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &terminate, nullptr);
  return UniqueFd(::signalfd(-1, &terminate, SFD_CLOEXEC));
}

Supervision::Supervision(UniqueFd socket) : socket_(std::move(socket)), signals_(watch_sigterm()) {}

std::optional<RunSpec> Supervision::next_run() {
  must_end_ = must_end_ == Wake::abandoned ? Wake::abandoned : Wake::ready;
  current_ = RunRef{};
  may_proceed_ = false;
  while (starts_.empty() && must_end_ != Wake::abandoned) poll_once(-1, std::nullopt);
  if (must_end_ == Wake::abandoned) return std::nullopt;
  RunSpec spec = std::move(starts_.front());
  starts_.pop_front();
  current_ = spec.run;
  if (std::erase(ends_, current_) > 0) must_end_ = Wake::terminate;
  return spec;
}

void Supervision::attend(int fd, std::function<void()> serve) {
  attended_ = fd;
  serve_ = std::move(serve);
}

Wake Supervision::wait_for(int fd, Deadline deadline) {
  for (;;) {
    if (must_end_ != Wake::ready) return must_end_;
    const Event event = poll_once(fd, deadline);
    if (must_end_ != Wake::ready) return must_end_;
    if (event == Event::awaited) return Wake::ready;
    if (event == Event::deadline) return Wake::wall_clock;
  }
}

Wake Supervision::wait_for_proceed(Deadline deadline) {
  while (must_end_ == Wake::ready && !may_proceed_)
    if (poll_once(-1, deadline) == Event::deadline && must_end_ == Wake::ready)
      return Wake::wall_clock;
  return must_end_;
}

// How long ppoll may wait; null is for ever.
static const timespec* time_left(Deadline deadline, timespec& buffer) {
  if (!deadline) return nullptr;
  const auto left = std::max<std::chrono::nanoseconds>(*deadline - std::chrono::steady_clock::now(),
                                                       std::chrono::nanoseconds{0});
  buffer.tv_sec = std::chrono::floor<std::chrono::seconds>(left).count();
  buffer.tv_nsec = (left % std::chrono::seconds{1}).count();
  return &buffer;
}

Supervision::Event Supervision::poll_once(int awaited, Deadline deadline) {
  std::array<pollfd, 4> fds{{{socket_.fd(), POLLIN, 0},
                             {signals_.get(), POLLIN, 0},
                             {awaited, POLLIN, 0},
                             {attended_, POLLIN, 0}}};
  timespec left{};
  const int count = ::ppoll(fds.data(), fds.size(), time_left(deadline, left), nullptr);
  if (count == 0) return Event::deadline;
  if (count < 0) return Event::other;
  if (fds[0].revents != 0) take_frames();
  if (fds[1].revents != 0) must_end_ = Wake::abandoned;
  if (fds[3].revents != 0) serve_();
  return fds[2].revents != 0 ? Event::awaited : Event::other;
}

void Supervision::take_frames() {
  const Status received = socket_.receive();
  while (const auto text = socket_.next()) {
    auto frame = decode<ToAgent>(*text);
    if (!frame) {
      log_error("the agent sent a frame that cannot be read: " + frame.error().message);
      continue;
    }
    for (auto& spec : frame->start) starts_.push_back(std::move(spec));
    for (const auto& run : frame->proceed) may_proceed_ |= run == current_;
    for (const auto& run : frame->end) end_run(run);
  }
  if (!received) must_end_ = Wake::abandoned;
}

// A start and its end may arrive together, before the run has begun.
void Supervision::end_run(const RunRef& run) {
  if (run == current_) {
    if (must_end_ == Wake::ready) must_end_ = Wake::terminate;
  } else if (std::any_of(starts_.begin(), starts_.end(),
                         [&](const RunSpec& spec) { return spec.run == run; })) {
    ends_.push_back(run);
  }
}

Wake Supervision::work_until(Deadline deadline, const std::function<void(std::stop_token)>& work) {
  const UniqueFd done(::eventfd(0, EFD_CLOEXEC));
  std::jthread worker([&](std::stop_token stop) {
    work(std::move(stop));
    ::eventfd_write(done.get(), 1);
  });
  const Wake wake = wait_for(done.get(), deadline);
  if (wake != Wake::ready) worker.request_stop();
  worker.join();
  return wake;
}

void Supervision::report(const RunEnd& end) {
  FromAgent frame;
  frame.ended.push_back(end);
  send(frame);
}

void Supervision::report_coordinated() {
  FromAgent frame;
  frame.coordinated.push_back(current_);
  send(frame);
}

void Supervision::send(const FromAgent& frame) {
  socket_.queue(encode(frame));
  if (!socket_.flush_all()) must_end_ = Wake::abandoned;
}

}  // namespace dms::agent
