#include "tests/agent/node_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "agent/agent.h"
#include "agent/process_tree.h"
#include "core/child.h"
#include "core/log.h"

namespace dms::agent {
namespace {

constexpr int patience_ms = 60'000;

// Ends the test: what follows a wait that fails makes no sense.
[[noreturn]] void give_up(const std::string& why) { throw std::runtime_error(why); }

bool wait_readable(int fd, int milliseconds = patience_ms) {
  pollfd readable{fd, POLLIN, 0};
  return ::poll(&readable, 1, milliseconds) == 1;
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return address;
}

}  // namespace

Witness::Witness(pid_t pid) : pid_(pid), fd_(watch_process(pid).value()) {}

bool Witness::has_ended() const { return wait_readable(fd_.get()); }
bool Witness::is_running() const { return !wait_readable(fd_.get(), 0); }

// Opened for both directions, so that it has no end when a writer closes it.
LinePipe::LinePipe(std::string path) : path_(std::move(path)) {
  ::mkfifo(path_.c_str(), 0600);
  fd_ = UniqueFd(::open(path_.c_str(), O_RDWR | O_CLOEXEC));
}

std::string LinePipe::next_line() {
  while (text_.find('\n') == std::string::npos) {
    if (!wait_readable(fd_.get())) give_up("no process wrote a line");
    char buffer[4096];
    const ssize_t count = ::read(fd_.get(), buffer, sizeof buffer);
    if (count > 0) text_.append(buffer, static_cast<std::size_t>(count));
  }
  const std::size_t end = text_.find('\n');
  std::string line = text_.substr(0, end);
  text_.erase(0, end + 1);
  return line;
}

std::vector<Witness> LinePipe::next_processes(int count) {
  std::vector<Witness> processes;
  for (int i = 0; i < count; ++i) processes.emplace_back(std::stoi(next_line()));
  return processes;
}

NodeProcess::NodeProcess() { open_door(); }

NodeProcess::~NodeProcess() {
  if (pid_ != 0) kill_agent();
}

void NodeProcess::open_door() {
  listener_ = UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = address_of(outside("s"));
  if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_.get(), 8) != 0)
    give_up("cannot listen");
}

void NodeProcess::close_door() {
  listener_.reset();
  ::unlink(outside("s").c_str());
}

void NodeProcess::start(int slots, std::chrono::seconds orphan_limit) {
  const AgentOptions options{.socket_path = outside("s"),
                             .root = root(),
                             .node_id = "n1",
                             .slots = slots,
                             .orphan_limit = orphan_limit};
  pid_ = ::fork();
  if (pid_ != 0) return;
  set_log_level(LogLevel::error);
  agent_.close();
  listener_.reset();
  ::_exit(run_agent(options));
}

Hello NodeProcess::accept() {
  if (!wait_readable(listener_.get())) give_up("the agent does not connect");
  agent_ = FrameSocket(UniqueFd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
  frames_.clear();
  ends_.clear();
  coordinated_.clear();
  while (frames_.empty()) receive();
  const FromAgent first = frames_.front();
  frames_.pop_front();
  if (!first.hello) give_up("the first frame is no hello");
  return *first.hello;
}

Hello NodeProcess::connect(int slots) {
  start(slots);
  return accept();
}

void NodeProcess::receive() {
  if (!wait_readable(agent_.fd())) give_up("the agent says nothing");
  const Status received = agent_.receive();
  while (const auto text = agent_.next()) frames_.push_back(decode<FromAgent>(*text).value());
  if (!received && frames_.empty()) give_up("the agent closed the connection");
}

void NodeProcess::send(const ToAgent& frame) {
  agent_.queue(encode(frame));
  if (!agent_.flush_all()) give_up("the agent takes no frame");
}

void NodeProcess::run(RunSpec spec) {
  ToAgent frame;
  frame.start.push_back(std::move(spec));
  send(frame);
}

void NodeProcess::sort_frames() {
  if (frames_.empty()) receive();
  while (!frames_.empty()) {
    for (auto& run : frames_.front().coordinated) coordinated_.push_back(std::move(run));
    for (auto& end : frames_.front().ended) ends_.push_back(std::move(end));
    frames_.pop_front();
  }
}

RunRef NodeProcess::next_coordinated() {
  while (coordinated_.empty()) sort_frames();
  RunRef run = std::move(coordinated_.front());
  coordinated_.pop_front();
  return run;
}

void NodeProcess::proceed(const RunRef& run) {
  ToAgent frame;
  frame.proceed.push_back(run);
  send(frame);
}

void NodeProcess::end(const RunRef& run) {
  ToAgent frame;
  frame.end.push_back(run);
  send(frame);
}

RunEnd NodeProcess::next_end_unacknowledged() {
  while (ends_.empty()) sort_frames();
  RunEnd end = std::move(ends_.front());
  ends_.pop_front();
  return end;
}

RunEnd NodeProcess::next_end() {
  RunEnd end = next_end_unacknowledged();
  acknowledge(end.run);
  return end;
}

void NodeProcess::acknowledge(const RunRef& run) {
  ToAgent frame;
  frame.acknowledged.push_back(run);
  send(frame);
}

RunEnd NodeProcess::run_to_end(RunSpec spec) {
  run(std::move(spec));
  return next_end();
}

void NodeProcess::kill_agent() {
  ::kill(pid_, SIGKILL);
  wait_exit();
  wait_lock_free();
}

int NodeProcess::wait_exit() {
  const auto status = wait_child(std::exchange(pid_, 0));
  return status ? exit_code(*status) : -1;
}

pid_t parent_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream rest(text.substr(text.rfind(')') + 1));
  char state = 0;
  pid_t parent = 0;
  rest >> state >> parent;
  return parent;
}

void NodeProcess::wait_lock_free() const {
  const UniqueFd lock(::open(at("volatile/agent.lock").c_str(), O_RDWR | O_CLOEXEC));
  if (lock) ::flock(lock.get(), LOCK_EX);
}

std::string NodeProcess::text_of_file(const std::string& name) const {
  return read_file(at(name)).value_or("(no such file)");
}

std::string NodeProcess::write_file(const std::string& name, const std::string& text) const {
  std::ofstream(outside(name)) << text;
  return outside(name);
}

std::string NodeProcess::script(const std::string& text, const std::string& argument) {
  const std::string path = write_file("script" + std::to_string(scripts_++), text);
  return "/bin/sh " + path + " " + argument;
}

RunSpec run_of(const std::string& command_line, const std::string& task) {
  return {.run = {.job_id = "j", .task_id = task},
          .task_directory = "workitems/j/job-1/" + task,
          .command_line = command_line};
}

}  // namespace dms::agent
