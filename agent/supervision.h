// A runner's side of its socket: which run comes next, and what may end a run while it waits.
//
// One thread.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "agent/frame_socket.h"
#include "agent/protocol.h"
#include "core/file.h"

namespace dms::agent {

// What ended a wait: the awaited thing, a request to end the run, its time limit, or the agent's
// death.
enum class Wake { ready, terminate, wall_clock, abandoned };

using Deadline = std::optional<std::chrono::steady_clock::time_point>;

class Supervision {
 public:
  // Blocks SIGTERM, which from now on counts as the agent's death.
  explicit Supervision(UniqueFd socket);

  // Waits for a run to start; nothing when the agent is gone.
  std::optional<RunSpec> next_run();

  // Calls `serve` whenever `fd` is readable during a wait; -1 ends that.
  void attend(int fd, std::function<void()> serve);

  // Waits until `fd` is readable or the current run must end. A run that must end by request, or
  // because the agent is gone, must end in every further wait too.
  Wake wait_for(int fd, Deadline deadline);

  // Tells that the current run, an instance, is coordinated.
  void report_coordinated();

  // Waits as wait_for does, until the current run, a coordinated primary, is told to proceed.
  Wake wait_for_proceed(Deadline deadline);

  // Does `work` on a thread of its own while watching as wait_for does; a reason to end the run
  // stops the token and is given back when the work has returned.
  Wake work_until(Deadline deadline, const std::function<void(std::stop_token)>& work);

  // Sends the end of the current run.
  void report(const RunEnd& end);

 private:
  enum class Event { awaited, deadline, other };

  void send(const FromAgent& frame);

  // Waits for `awaited` (a negative one never comes), for the deadline, or for anything that
  // changes this object, and takes that.
  Event poll_once(int awaited, Deadline deadline);
  void take_frames();
  void end_run(const RunRef& run);

  FrameSocket socket_;
  UniqueFd signals_;
  int attended_ = -1;
  std::function<void()> serve_;
  std::deque<RunSpec> starts_;
  std::vector<RunRef> ends_;  // of runs that wait in starts_
  RunRef current_;
  bool may_proceed_ = false;     // the current run was told to
  Wake must_end_ = Wake::ready;  // ready: nothing ends the run
};

}  // namespace dms::agent
