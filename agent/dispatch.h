// Which run is where: the agent's memory, apart from its sockets and processes.
//
// Handlers are pure of I/O: what is to be sent is added to `Outbox`. A run is known from its start
// until its end is acknowledged; starting, ending and acknowledging are safe to repeat. Runs are
// the same when all but retry count and slots are. Runs of no slots start at once, each on a runner
// beyond those of the slots. One thread.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "agent/protocol.h"

namespace dms::agent {

// What handlers want sent: to runners by their index, and to the service.
struct Outbox {
  std::vector<std::pair<int, ToAgent>> to_runners;
  std::vector<RunRef> coordinated;
  std::vector<RunEnd> ended;
};

class Dispatch {
 public:
  // One runner per slot, and more as runs of no slots need them.
  explicit Dispatch(int slots);
  // How many runners there must be to send to.
  int runners() const { return static_cast<int>(runners_.size()); }

  // Gives the run to a free runner or, while there is none or the slots it needs are taken, queues
  // it. A run that has ended already is answered by its end.
  void start(RunSpec spec, Timestamp now, Outbox& out);
  // Has the run's runner end it; a queued run ends here. An unknown run has ended and is
  // acknowledged: nothing is left to do.
  void end(const RunRef& run, Timestamp now, Outbox& out);
  void acknowledged(const RunRef& run);
  // Has a primary that waits for its command go on with it. Any other run is left alone.
  void proceed(const RunRef& run, Outbox& out);

  // A runner reports that its run, an instance, is coordinated.
  void runner_coordinated(int runner, Outbox& out);
  // A runner reports the end of its run: the end is kept, and the next queued run starts.
  void runner_ended(int runner, RunEnd end, Timestamp now, Outbox& out);
  // A runner died, nothing of its run is left, and a new runner is in its place.
  void runner_lost(int runner, Timestamp now, Outbox& out);

  // Whether a run is running or queued.
  bool is_busy() const;
  // Running and queued runs, and the ends that are not acknowledged.
  Hello hello() const;

 private:
  using Key = std::tuple<RunKind, std::string, std::string, int, std::int64_t, int>;
  struct Active {
    RunRef run;
    Timestamp since;
    std::optional<InstancePhase> phase;  // of an instance
  };

  static Key key_of(const RunRef& run);
  int slots_of(const RunRef& run) const;
  bool is_active(const Key& key) const;
  void report(RunEnd end, Outbox& out);
  void start_queued(Timestamp now, Outbox& out);
  void start_on(std::size_t runner, RunSpec spec, Timestamp now, Outbox& out);
  std::optional<std::size_t> free_runner() const;
  std::size_t free_runner_beyond_slots();

  int slots_;
  int taken_ = 0;
  std::vector<std::optional<Active>> runners_;  // of the slots, then those beyond
  std::deque<RunSpec> queue_;
  std::map<Key, RunEnd> ended_;
};

}  // namespace dms::agent
