// A real agent with its runners, forked from the test, and the service's end of its socket.
//
// Waits end with a test failure after a minute at the latest. What is still running at the end of a
// test is killed. One thread; the agent must be started before the test starts a thread.
#pragma once

#include <sys/types.h>

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "agent/frame_socket.h"
#include "agent/protocol.h"
#include "tests/support/temp_directory.h"

namespace dms::agent {

// A process that is not of this one, known by a descriptor so that its id cannot mean another.
class Witness {
 public:
  explicit Witness(pid_t pid);
  pid_t pid() const { return pid_; }
  // Waits until the process has ended.
  bool has_ended() const;
  bool is_running() const;

 private:
  pid_t pid_;
  UniqueFd fd_;
};

// A named pipe to which the processes of tasks write lines.
class LinePipe {
 public:
  explicit LinePipe(std::string path);
  const std::string& path() const { return path_; }
  // Waits for a line.
  std::string next_line();
  // Waits for lines that are process ids.
  std::vector<Witness> next_processes(int count);

 private:
  std::string path_;
  UniqueFd fd_;
  std::string text_;
};

class NodeProcess {
 public:
  NodeProcess();
  NodeProcess(const NodeProcess&) = delete;
  NodeProcess& operator=(const NodeProcess&) = delete;
  ~NodeProcess();

  // Forks the agent; it connects by itself.
  void start(int slots = 1, std::chrono::seconds orphan_limit = std::chrono::seconds{600});
  // Waits for the agent's connection and its hello.
  Hello accept();
  // start and accept.
  Hello connect(int slots = 1);
  // Closes the connection; the agent will connect again unless `close_door` was called.
  void hang_up() { agent_.close(); }
  void close_door();
  void open_door();

  void send(const ToAgent& frame);
  void run(RunSpec spec);
  // Waits for the next end. `acknowledge` by default, as the service does.
  RunEnd next_end();
  RunEnd next_end_unacknowledged();
  void acknowledge(const RunRef& run);
  // Waits until an instance is told to be coordinated.
  RunRef next_coordinated();
  void proceed(const RunRef& run);
  void end(const RunRef& run);

  // Runs a spec and waits for its end.
  RunEnd run_to_end(RunSpec spec);

  pid_t pid() const { return pid_; }
  void kill_agent();
  // Waits for the agent's end; gives its exit status, 128 + n for signal n.
  int wait_exit();
  // Waits until no process of the node holds its lock.
  void wait_lock_free() const;

  std::string root() const { return temp_ / "node"; }
  std::string at(const std::string& name) const { return root() + "/" + name; }
  std::string text_of_file(const std::string& name) const;
  // Writes a file outside the node, and gives its path.
  std::string write_file(const std::string& name, const std::string& text) const;
  std::string outside(const std::string& name) const { return temp_ / name; }
  // A command line that runs a shell script with one argument.
  std::string script(const std::string& text, const std::string& argument = {});

 private:
  void receive();
  void sort_frames();

  TempDirectory temp_;
  UniqueFd listener_;
  FrameSocket agent_;
  std::deque<FromAgent> frames_;
  std::deque<RunEnd> ends_;
  std::deque<RunRef> coordinated_;
  pid_t pid_ = 0;
  int scripts_ = 0;
};

// The parent of a running process: of a task's command, its runner.
pid_t parent_of(pid_t pid);

// A run of task "t" of job "j" in workitems/j/job-1/<task>.
RunSpec run_of(const std::string& command_line, const std::string& task = "t");

}  // namespace dms::agent
