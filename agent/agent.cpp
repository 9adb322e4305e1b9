#include "agent/agent.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "agent/dispatch.h"
#include "agent/log_upload.h"
#include "agent/process_tree.h"
#include "agent/runner.h"
#include "agent/worker.h"
#include "core/clock.h"
#include "core/log.h"

namespace dms::agent {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

constexpr milliseconds first_delay{100};  // between two tries to connect
constexpr milliseconds longest_delay{1000};

// One thread around one poll: frames of the service and of the runners, signals, and the time of
// the next try to connect. What a turn of the loop wants sent is collected and sent at its end.
class Agent {
 public:
  Agent(const AgentOptions& options, NodeRoot root, UniqueFd signals)
      : options_(options),
        root_(std::move(root)),
        signals_(std::move(signals)),
        dispatch_(options.slots) {}

  int run() {
    if (const Status status = start_workers(); !status) {
      log_error(status.error().message);
      end_everything();
      return 1;
    }
    connect_if_due();
    deliver();
    while (!stopping_) turn();
    end_everything();
    return 0;
  }

 private:
  // -- the loop --

  void turn() {
    wait();
    take_signals();
    for (std::size_t i = 0; i < runners_.size(); ++i) take_from_runner(i);
    take_from_service();
    replace_dead_runners();
    connect_if_due();
    deliver();
  }

  void wait() {
    polled_.clear();
    polled_.push_back({signals_.get(), POLLIN, 0});
    add_polled(service_);
    for (const Worker& runner : runners_) add_polled(runner.socket);
    ::poll(polled_.data(), polled_.size(), static_cast<int>(patience().count()));
  }

  // A closed socket has the descriptor -1, which poll passes over.
  void add_polled(const FrameSocket& socket) {
    const int events = POLLIN | (socket.has_unsent() ? POLLOUT : 0);
    polled_.push_back({socket.fd(), static_cast<short>(events), 0});
  }

  milliseconds patience() const {
    if (!service_.is_open()) {
      const auto left = next_try_ - std::chrono::steady_clock::now();
      return std::max(std::chrono::ceil<milliseconds>(left), milliseconds{0});
    }
    return dead_runners_.empty() ? milliseconds{-1} : longest_delay;
  }

  // Whether the last poll had something to read on the socket at `place`.
  bool is_readable(std::size_t place) const { return (polled_[place].revents & ~POLLOUT) != 0; }

  void deliver() {
    add_runners();
    for (auto& [runner, frame] : out_.to_runners)
      runners_[static_cast<std::size_t>(runner)].socket.queue(encode(frame));
    if ((!out_.ended.empty() || !out_.coordinated.empty()) && service_.is_open()) {
      FromAgent frame;
      frame.coordinated = std::move(out_.coordinated);
      frame.ended = std::move(out_.ended);
      service_.queue(encode(frame));
    }
    out_ = Outbox{};
    // A runner whose socket is broken is dead, which SIGCHLD tells.
    for (Worker& runner : runners_) static_cast<void>(runner.socket.flush());
    if (service_.is_open() && !service_.flush()) disconnect();
  }

  // -- the service --

  void connect_if_due() {
    const SteadyTime now = std::chrono::steady_clock::now();
    if (service_.is_open() || dispatch_.is_busy()) idle_since_ = now;
    if (service_.is_open() || now < next_try_) return;
    if (root_.has_vanished()) return stop("the node's root is gone");
    auto connected = connect_unix(options_.socket_path);
    if (!connected) {
      if (!dispatch_.is_busy() && now - idle_since_ >= options_.orphan_limit)
        return stop("no service for too long: " + connected.error().message);
      next_try_ = now + delay_;
      delay_ = std::min(delay_ * 2, longest_delay);
      return;
    }
    service_ = *std::move(connected);
    delay_ = first_delay;
    say_hello();
  }

  void say_hello() {
    FromAgent frame;
    frame.hello = dispatch_.hello();
    frame.hello->node_id = options_.node_id;
    frame.hello->process_id = ::getpid();
    service_.queue(encode(frame));
    out_.coordinated.clear();  // these stand in the hello
    out_.ended.clear();
  }

  void disconnect() {
    log_info("the connection to the service is lost; connecting again");
    service_.close();
    next_try_ = std::chrono::steady_clock::now();
  }

  void take_from_service() {
    if (!service_.is_open() || !is_readable(1)) return;
    const Status received = service_.receive();
    while (const auto text = service_.next()) {
      auto frame = decode<ToAgent>(*text);
      if (frame)
        handle(*std::move(frame));
      else
        log_error("the service sent a frame that cannot be read: " + frame.error().message);
    }
    if (!received) disconnect();
  }

  void handle(ToAgent frame) {
    const Timestamp now = system_clock().now();
    for (const RunRef& run : frame.acknowledged) dispatch_.acknowledged(run);
    discard(frame.remove);
    for (RunSpec& spec : frame.start) dispatch_.start(std::move(spec), now, out_);
    for (const RunRef& run : frame.proceed) dispatch_.proceed(run, out_);
    for (const RunRef& run : frame.end) dispatch_.end(run, now, out_);
    if (!frame.upload_logs.empty()) upload_logs(std::move(frame.upload_logs));
    if (frame.shutdown.value_or(false)) stop("the service said shutdown");
  }

  void discard(const std::vector<std::string>& paths) {
    for (const std::string& path : paths)
      if (const Status status = root_.discard(path); !status) log_warn(status.error().message);
    if (paths.empty()) return;
    sweeper_.socket.queue("");
    static_cast<void>(sweeper_.socket.flush());  // a dead one is replaced, and sweeps at its start
  }

  // A worker of its own does it, so that nothing here waits for a network.
  void upload_logs(std::vector<LogUpload> uploads) {
    auto uploader = fork_worker(root_, run_log_uploader);
    if (!uploader) return log_error(uploader.error().message);
    uploaders_.push_back(uploader->pid);
    ToAgent frame;
    frame.upload_logs = std::move(uploads);
    uploader->socket.queue(encode(frame));
    static_cast<void>(uploader->socket.flush_all());  // it reads what is left in a closed socket
  }

  // -- the workers --

  Status start_workers() {
    for (int i = 0; i < options_.slots; ++i) {
      DMS_TRY(Worker runner, fork_worker(root_, run_runner));
      runners_.push_back(std::move(runner));
    }
    DMS_TRY(sweeper_, fork_worker(root_, run_sweeper));
    return ok();
  }

  // Runners beyond the slots are made when they are first needed. One that could not be made is
  // dead from its start: its run is lost and told so.
  void add_runners() {
    while (static_cast<int>(runners_.size()) < dispatch_.runners()) {
      auto runner = fork_worker(root_, run_runner);
      if (!runner) {
        log_error(runner.error().message);
        dead_runners_.push_back(runners_.size());
      }
      runners_.push_back(runner ? *std::move(runner) : Worker{});
    }
  }

  void take_from_runner(std::size_t i) {
    if (!runners_[i].socket.is_open() || !is_readable(i + 2)) return;
    read_runner(i);
  }

  void read_runner(std::size_t i) {
    FrameSocket& socket = runners_[i].socket;
    const Status received = socket.receive();
    const Timestamp now = system_clock().now();
    while (const auto text = socket.next()) {
      auto frame = decode<FromAgent>(*text);
      if (!frame) {
        log_error("a runner sent a frame that cannot be read: " + frame.error().message);
        continue;
      }
      if (!frame->coordinated.empty()) dispatch_.runner_coordinated(static_cast<int>(i), out_);
      for (RunEnd& end : frame->ended)
        dispatch_.runner_ended(static_cast<int>(i), std::move(end), now, out_);
    }
    if (!received) socket.close();
  }

  void take_signals() {
    if (polled_.front().revents == 0) return;
    signalfd_siginfo info{};
    while (::read(signals_.get(), &info, sizeof info) == sizeof info)
      if (info.ssi_signo != SIGCHLD) stop("a signal asked for the end");
    reap();
  }

  void reap() {
    pid_t pid = 0;
    while ((pid = ::waitpid(-1, nullptr, WNOHANG)) > 0) {
      if (pid == sweeper_.pid) sweeper_.pid = 0;
      std::erase(uploaders_, pid);
      for (std::size_t i = 0; i < runners_.size(); ++i)
        if (pid == runners_[i].pid) bury_runner(i);
    }
    if (sweeper_.pid != 0) return;
    if (auto sweeper = fork_worker(root_, run_sweeper))
      sweeper_ = *std::move(sweeper);
    else
      log_error(sweeper.error().message);
  }

  void bury_runner(std::size_t i) {
    log_warn("a runner died unexpectedly; its task will run again");
    if (runners_[i].socket.is_open()) read_runner(i);  // an end that it could still report counts
    runners_[i].socket.close();
    runners_[i].pid = 0;
    dead_runners_.push_back(i);
  }

  // What a dead runner's task left is now below the agent. It is killed before the loss is told,
  // and the death of each of them brings the loop back here.
  void replace_dead_runners() {
    if (dead_runners_.empty()) return;
    std::vector<pid_t> kept = uploaders_;
    kept.push_back(sweeper_.pid);
    for (const Worker& runner : runners_) kept.push_back(runner.pid);
    if (kill_children_except(kept) > 0) return;
    while (!dead_runners_.empty()) {
      auto runner = fork_worker(root_, run_runner);
      if (!runner) return log_error(runner.error().message);
      const std::size_t i = dead_runners_.back();
      dead_runners_.pop_back();
      runners_[i] = *std::move(runner);
      dispatch_.runner_lost(static_cast<int>(i), system_clock().now(), out_);
    }
  }

  // -- the end --

  void stop(const std::string& why) {
    if (!stopping_) log_info("the agent of node " + options_.node_id + " ends: " + why);
    stopping_ = true;
  }

  // A runner whose socket closes ends its run and exits; what remains then is killed.
  void end_everything() {
    for (Worker& runner : runners_) runner.socket.close();
    for (const Worker& runner : runners_)
      if (runner.pid > 0) ::waitpid(runner.pid, nullptr, 0);
    end_descendants(0);
  }

  const AgentOptions options_;
  NodeRoot root_;
  const UniqueFd signals_;
  Dispatch dispatch_;
  Outbox out_;

  FrameSocket service_;
  SteadyTime next_try_{};
  milliseconds delay_ = first_delay;
  SteadyTime idle_since_ = std::chrono::steady_clock::now();

  std::vector<Worker> runners_;  // as in dispatch_; pid 0: dead
  std::vector<std::size_t> dead_runners_;
  Worker sweeper_;
  std::vector<pid_t> uploaders_;  // of logs
  std::vector<pollfd> polled_;    // signals, service, runners
  bool stopping_ = false;
};

// The descriptors 0, 1 and 2 are open, and no other outlives an exec.
void settle_descriptors() {
  int fd = 0;
  do fd = ::open("/dev/null", O_RDWR);
  while (fd >= 0 && fd < 3);
  if (fd >= 3) ::close(fd);
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
}

// SIGCHLD, SIGTERM and SIGINT as something to read; what a broken pipe or a closed terminal sends
// is ignored.
Result<UniqueFd> watch_signals() {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  ::signal(SIGCHLD, SIG_DFL);
  sigset_t watched;
  ::sigemptyset(&watched);
  for (const int signal : {SIGCHLD, SIGTERM, SIGINT}) ::sigaddset(&watched, signal);
  ::sigprocmask(SIG_BLOCK, &watched, nullptr);
  UniqueFd signals(::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals) return fail_errno("watching signals", errno);
  return signals;
}

Result<int> start_agent(AgentOptions options) {
  if (options.slots < 1)
    return fail(Code::invalid_argument,
                "a node needs at least one slot, not " + std::to_string(options.slots));
  options.root = std::filesystem::absolute(options.root).string();
  settle_descriptors();
  ::setsid();  // a Ctrl-C meant for the service is not for its nodes; fails where it is so already
  DMS_TRY(NodeRoot root, NodeRoot::open(options.root));
  also_log_to(options.root + "/" + agent_log);
  log_info("the agent of node " + options.node_id + " starts");
  DMS_CHECK(become_subreaper());
  DMS_TRY(UniqueFd signals, watch_signals());
  return Agent(options, std::move(root), std::move(signals)).run();
}

}  // namespace

int run_agent(const AgentOptions& options) {
  auto result = start_agent(options).context("node " + options.node_id);
  if (result) return *result;
  log_error(result.error().message);
  return 1;
}

}  // namespace dms::agent
