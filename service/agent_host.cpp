#include "service/agent_host.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <list>
#include <map>
#include <mutex>
#include <thread>

#include "agent/frame_socket.h"
#include "core/child.h"
#include "core/file.h"
#include "core/log.h"
#include "service/sweeper.h"

namespace dms::service {

namespace {

namespace fs = std::filesystem;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::chrono::milliseconds look_interval{200};
constexpr std::chrono::milliseconds first_restart_pause{200};
constexpr std::chrono::seconds longest_restart_pause{30};
// How long an agent that was told to end, or that holds its lock but is silent, may take.
constexpr std::chrono::seconds silence_patience{30};

SteadyTime steady_now() { return std::chrono::steady_clock::now(); }

// One agent as the host knows it.
struct Agent {
  int slots = 1;
  pid_t child = 0;       // started by this process and not yet waited for
  pid_t process_id = 0;  // as its hello says, or `child`
  bool connected = false;
  bool retired = false;
  std::optional<RootFate> stops;
  bool told_dead = false;
  bool wants_start = false;
  int failed_starts = 0;
  SteadyTime start_after{};
  SteadyTime silent_since = steady_now();
};

struct AgentConnection {
  agent::FrameSocket socket;
  std::optional<NodeKey> node;  // once it said hello
};

class Host final : public AgentHost {
 public:
  Host(AgentHostOptions options, UniqueFd listener, UniqueFd wake)
      : options_(std::move(options)),
        listener_(std::move(listener)),
        wake_(std::move(wake)),
        sweeper_(options_.nodes_dir) {}
  ~Host() override { stop(); }

  void start(AgentEvents& events) override {
    events_ = &events;
    thread_ = std::jthread([this](std::stop_token stop) { loop(stop); });
  }

  void stop() override {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    wake();
    thread_.join();
    std::lock_guard lock(mutex_);
    connections_.clear();
  }

  void watch(const NodeKey& node, int slots) override {
    std::lock_guard lock(mutex_);
    agents_[node].slots = slots;
  }

  void start_agent(const NodeKey& node, int slots) override {
    std::lock_guard lock(mutex_);
    Agent& agent = agents_[node];
    agent.slots = slots;
    agent.wants_start = true;
    wake();
  }

  void retire_agent(const NodeKey& node) override {
    std::lock_guard lock(mutex_);
    Agent& agent = agents_[node];
    agent.retired = true;
    agent.wants_start = false;
    agent.silent_since = steady_now();
    send_locked(node, agent::ToAgent{.shutdown = true});
    wake();
  }

  void stop_agent(const NodeKey& node, RootFate fate) override {
    std::lock_guard lock(mutex_);
    Agent& agent = agents_[node];
    if (agent.stops != RootFate::erased) agent.stops = fate;
    agent.wants_start = false;
    agent.silent_since = steady_now();
    send_locked(node, agent::ToAgent{.shutdown = true});
    wake();
  }

  void send(const NodeKey& node, const agent::ToAgent& frame) override {
    const std::string text = encode(frame);
    std::lock_guard lock(mutex_);
    send_text(node, text);
  }

  void shut_down_agents() override {
    std::lock_guard lock(mutex_);
    for (auto& connection : connections_) {
      connection.socket.queue(encode(agent::ToAgent{.shutdown = true}));
      (void)connection.socket.flush();
    }
  }

 private:
  using Frames = std::vector<std::pair<NodeKey, agent::FromAgent>>;

  void wake() {
    const std::uint64_t one = 1;
    (void)!::write(wake_.get(), &one, sizeof one);
  }

  void send_locked(const NodeKey& node, const agent::ToAgent& frame) {
    send_text(node, encode(frame));
  }

  void send_text(const NodeKey& node, const std::string& text) {
    for (auto& connection : connections_) {
      if (connection.node != node) continue;
      const bool was_idle = !connection.socket.has_unsent();
      connection.socket.queue(text);
      // What the socket does not take at once goes when poll says so.
      if (was_idle && connection.socket.flush() && connection.socket.has_unsent()) wake();
      return;
    }
  }

  void loop(std::stop_token stop) {
    SteadyTime next_look = steady_now();
    while (!stop.stop_requested()) {
      wait_for_input(next_look);
      accept_agents();
      for (auto& [node, frame] : take_frames()) tell(node, frame);
      for (const auto& node : drop_closed()) events_->on_silent(node);
      if (steady_now() < next_look && !start_is_due()) continue;
      look_after_agents();
      next_look = steady_now() + look_interval;
    }
  }

  void wait_for_input(SteadyTime until) {
    std::vector<pollfd> fds{{listener_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
    {
      std::lock_guard lock(mutex_);
      for (const auto& connection : connections_)
        fds.push_back({connection.socket.fd(),
                       static_cast<short>(POLLIN | (connection.socket.has_unsent() ? POLLOUT : 0)),
                       0});
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_now());
    ::poll(fds.data(), fds.size(), static_cast<int>(std::max<std::int64_t>(0, left.count())));
    std::uint64_t count = 0;
    (void)!::read(wake_.get(), &count, sizeof count);
  }

  void accept_agents() {
    while (true) {
      UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (!fd) return;
      std::lock_guard lock(mutex_);
      connections_.push_back({agent::FrameSocket(std::move(fd)), std::nullopt});
    }
  }

  // Reads what has arrived on every connection. A broken connection is closed here and dropped by
  // drop_closed, so that what it said last is told first.
  Frames take_frames() {
    Frames frames;
    std::lock_guard lock(mutex_);
    for (auto& connection : connections_) {
      const bool open = connection.socket.receive() && connection.socket.flush();
      while (const auto text = connection.socket.next()) take_frame(connection, *text, frames);
      if (!open) connection.socket.close();
    }
    return frames;
  }

  void take_frame(AgentConnection& connection, std::string_view text, Frames& frames) {
    auto frame = decode<agent::FromAgent>(text, Missing::refused);
    if (!frame) {
      log_error("an agent's frame cannot be read: " + frame.error().message);
      connection.socket.close();
      return;
    }
    if (frame->hello) greet(connection, *frame->hello);
    if (connection.node) frames.emplace_back(*connection.node, *std::move(frame));
  }

  // An agent of a node that is not known here any more is sent home.
  void greet(AgentConnection& connection, const agent::Hello& hello) {
    const auto known = std::find_if(agents_.begin(), agents_.end(), [&](const auto& entry) {
      return entry.first.node == NodeId{hello.node_id};
    });
    if (known == agents_.end() || known->second.retired || known->second.stops) {
      connection.socket.queue(encode(agent::ToAgent{.shutdown = true}));
      (void)connection.socket.flush();
    }
    if (known == agents_.end()) return;
    // An agent that connects again has given its old connection up, whether that is seen yet or
    // not.
    for (auto& other : connections_)
      if (other.node == known->first) {
        other.node.reset();
        other.socket.close();
      }
    connection.node = known->first;
    Agent& agent = known->second;
    agent.connected = true;
    agent.process_id = hello.process_id;
    agent.failed_starts = 0;
    agent.told_dead = false;
    agent.wants_start = false;
  }

  void tell(const NodeKey& node, agent::FromAgent& frame) {
    if (frame.hello) events_->on_hello(node, *std::move(frame.hello));
    if (!frame.coordinated.empty()) events_->on_coordinated(node, std::move(frame.coordinated));
    if (!frame.ended.empty()) events_->on_ended(node, std::move(frame.ended));
  }

  std::vector<NodeKey> drop_closed() {
    std::vector<NodeKey> silent;
    std::lock_guard lock(mutex_);
    std::erase_if(connections_, [&](const AgentConnection& connection) {
      if (connection.socket.is_open()) return false;
      if (connection.node && agents_.contains(*connection.node)) {
        Agent& agent = agents_[*connection.node];
        agent.connected = false;
        agent.silent_since = steady_now();
        silent.push_back(*connection.node);
      }
      return true;
    });
    return silent;
  }

  bool start_is_due() {
    std::lock_guard lock(mutex_);
    return std::any_of(agents_.begin(), agents_.end(), [](const auto& entry) {
      return entry.second.wants_start && steady_now() >= entry.second.start_after;
    });
  }

  // Starts the agents that are wanted, finds the dead and buries the retired.
  void look_after_agents() {
    std::vector<NodeKey> dead;
    std::vector<NodeKey> stopped;
    std::vector<NodeKey> gone;
    {
      std::lock_guard lock(mutex_);
      for (auto& [node, agent] : agents_) {
        if (agent.connected && !agent.retired && !agent.stops) continue;
        if (is_alive(node, agent)) {
          if (steady_now() - agent.silent_since > silence_patience) end_by_force(node, agent);
        } else if (agent.retired) {
          gone.push_back(node);
        } else if (agent.stops) {
          if (*std::exchange(agent.stops, std::nullopt) == RootFate::erased)
            sweeper_.sweep(root_of(node));
          agent.told_dead = true;
          agent.failed_starts = 0;
          stopped.push_back(node);
        } else if (agent.wants_start) {
          if (steady_now() >= agent.start_after) spawn(node, agent);
        } else if (!agent.told_dead) {
          agent.told_dead = true;
          dead.push_back(node);
        }
      }
      for (const auto& node : gone) {
        sweeper_.sweep(root_of(node));
        agents_.erase(node);
      }
    }
    for (const auto& node : dead) events_->on_dead(node);
    for (const auto& node : stopped) events_->on_stopped(node);
    for (const auto& node : gone) events_->on_gone(node);
  }

  std::string root_of(const NodeKey& node) const {
    return options_.nodes_dir + "/" + node.pool.text + "/" + node.node.text;
  }

  // Alive means that the agent or one of its runners holds the node's lock, or that the process
  // this host started has not ended yet.
  bool is_alive(const NodeKey& node, Agent& agent) {
    if (agent.child > 0) {
      int status = 0;
      if (::waitpid(agent.child, &status, WNOHANG) == 0) return true;
      agent.child = 0;
    }
    const std::string lock = root_of(node) + "/volatile/agent.lock";
    if (!fs::exists(lock)) return false;
    const auto taken = FileLock::try_lock(lock);
    return !taken && taken.error().code == Code::conflict;
  }

  void end_by_force(const NodeKey& node, Agent& agent) {
    if (agent.process_id <= 0) return;
    log_warn("the agent of node " + node.node.text + " does not answer and is ended");
    ::kill(agent.process_id, SIGKILL);
    agent.silent_since = steady_now();
  }

  void spawn(const NodeKey& node, Agent& agent) {
    agent.told_dead = false;
    agent.wants_start = false;
    agent.silent_since = steady_now();
    agent.start_after =
        steady_now() +
        std::min<SteadyTime::duration>(
            first_restart_pause * (1 << std::min(agent.failed_starts, 10)), longest_restart_pause);
    ++agent.failed_starts;
    std::error_code ignored;
    fs::create_directories(fs::path(root_of(node)).parent_path(), ignored);
    auto log = open_file(options_.log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ChildSpec spec{.argv = options_.agent_command, .session = Session::own};
    for (const std::string& word :
         {std::string("--socket"), options_.socket_path, std::string("--root"), root_of(node),
          std::string("--node"), node.node.text, std::string("--slots"),
          std::to_string(agent.slots)})
      spec.argv.push_back(word);
    if (log) spec.stdout_fd = spec.stderr_fd = log->get();
    UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    spec.stdin_fd = nothing.get();
    auto child = spawn_child(spec);
    if (!child) {
      log_error("starting an agent: " + child.error().message);
      return;
    }
    agent.child = *child;
    agent.process_id = *child;
  }

  const AgentHostOptions options_;
  const UniqueFd listener_;
  const UniqueFd wake_;
  AgentEvents* events_ = nullptr;
  Sweeper sweeper_;

  std::mutex mutex_;
  std::map<NodeKey, Agent> agents_;         // guarded by mutex_
  std::list<AgentConnection> connections_;  // guarded by mutex_
  std::jthread thread_;
};

}  // namespace

Result<std::unique_ptr<AgentHost>> make_agent_host(AgentHostOptions options) {
  std::error_code error;
  fs::create_directories(options.nodes_dir, error);
  if (error) return fail_errno("creating " + options.nodes_dir, error.value());
  DMS_TRY(UniqueFd listener, agent::listen_unix(options.socket_path));
  UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) return fail_errno("eventfd", errno);
  return std::unique_ptr<AgentHost>(
      new Host(std::move(options), std::move(listener), std::move(wake)));
}

}  // namespace dms::service
