// The engine of the Batch service: one Core behind one mutex, the store that keeps it and the
// agents that act for it.
//
// Thread-safe. A change is made under the mutex, its frames go to the agents at once, and the
// caller gets its result when the change is durable. Ends of runs are acknowledged by a thread of
// its own when they are durable, so that no agent waits for the disk before its next start.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "core/clock.h"
#include "service/agent_host.h"
#include "service/core/state.h"
#include "service/machine_meter.h"
#include "service/store.h"

namespace dms::service {

class Engine final : public AgentEvents {
 public:
  // Takes a Core loaded from `store`. Requires: store, host and clock outlive this.
  Engine(Core core, Store& store, AgentHost& host, Clock& clock);
  ~Engine() override;

  // Begins to listen to agents and to let time pass.
  void start();
  void stop();

  // Calls change(Core&, Effects&, Timestamp) under the mutex and returns its Result once it is
  // durable. Whatever its result, the effects it recorded are carried out.
  template <class Change>
  auto change(Change&& change) -> std::invoke_result_t<Change, Core&, Effects&, Timestamp> {
    Ticket ticket = 0;
    auto result = [&] {
      std::lock_guard lock(mutex_);
      Effects out;
      auto decided = change(core_, out, clock_.now());
      ticket = carry_out(std::move(out));
      return decided;
    }();
    if (auto durable = store_.wait(ticket); !durable) return std::move(durable).error();
    return result;
  }

  // Calls look(const Core&) under the mutex.
  template <class Look>
  auto look(Look&& look) {
    std::lock_guard lock(mutex_);
    return look(std::as_const(core_));
  }

  // Whether anything runs, waits to run or is scheduled to: a service in use does not end itself.
  bool is_busy();

  void on_hello(const NodeKey& node, agent::Hello hello) override;
  void on_coordinated(const NodeKey& node, std::vector<agent::RunRef> runs) override;
  void on_ended(const NodeKey& node, std::vector<agent::RunEnd> ends) override;
  void on_silent(const NodeKey& node) override;
  void on_dead(const NodeKey& node) override;
  void on_stopped(const NodeKey& node) override;
  void on_gone(const NodeKey& node) override;

 private:
  struct Acknowledgement {
    Ticket ticket;
    std::vector<std::pair<NodeKey, agent::RunRef>> runs;
  };

  void react(const std::function<void(Core&, Effects&, Timestamp)>& event);
  Ticket carry_out(Effects out);
  void acknowledge_loop(std::stop_token stop);
  void tick_loop(std::stop_token stop);
  void sample_if_due();

  Store& store_;
  AgentHost& host_;
  Clock& clock_;

  std::mutex mutex_;
  Core core_;                                     // guarded by mutex_
  Ticket last_ticket_ = 0;                        // guarded by mutex_
  std::deque<Acknowledgement> acknowledgements_;  // guarded by mutex_
  std::condition_variable_any something_to_acknowledge_;
  std::condition_variable_any something_to_settle_;
  bool unsettled_ = true;                              // guarded by mutex_
  MachineMeter meter_;                                 // the ticker's
  std::chrono::steady_clock::time_point next_sample_;  // the ticker's
  std::jthread acknowledger_;
  std::jthread ticker_;
};

}  // namespace dms::service
