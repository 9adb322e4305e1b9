// The engine of the Batch service: one Core behind one mutex, the store that keeps it and the
// agents that act for it.
//
// Thread-safe. A change is made under the mutex, and the caller gets its result when the change is
// durable; who looks gets an answer when all that it saw is durable. So what a client was told once
// is so after a crash too.
//
// Frames go to the agents at once, so that none waits for the disk before its next start; but a
// task that is not durable itself does not start before it is, since after a crash it would be
// added and run once more. A thread of its own sends such starts, and acknowledges ends, when they
// are durable.
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

  // Calls look(const Core&) under the mutex and returns its Result once what it saw is durable.
  template <class Look>
  auto look(Look&& look) -> std::invoke_result_t<Look, const Core&> {
    Ticket seen = 0;
    auto result = [&] {
      std::lock_guard lock(mutex_);
      seen = last_ticket_;
      return look(std::as_const(core_));
    }();
    if (auto durable = store_.wait(seen); !durable) return std::move(durable).error();
    return result;
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
  // A frame that waits until everything up to the ticket is durable.
  struct Deferred {
    Ticket ticket;
    NodeKey node;
    agent::ToAgent frame;
    bool ordered;  // later frames for the node wait behind it
  };

  void react(const std::function<void(Core&, Effects&, Timestamp)>& event);
  // These require the mutex.
  Ticket carry_out(Effects out);
  void send(NodeKey node, agent::ToAgent frame);
  void look_what_is_durable();
  bool must_wait(const agent::ToAgent& frame) const;
  void send_durable(Ticket ticket);

  void send_deferred_loop(std::stop_token stop);
  void tick_loop(std::stop_token stop);
  void sample_if_due();

  Store& store_;
  AgentHost& host_;
  Clock& clock_;

  std::mutex mutex_;
  Core core_;  // guarded by mutex_, as all down to unsettled_
  Ticket last_ticket_ = 0;
  std::deque<Deferred> deferred_;  // by ticket
  // Tasks numbered below durable_sequence_ are durable; those below a later entry of sequences_ are
  // when its ticket is.
  std::int64_t durable_sequence_ = 0;
  std::deque<std::pair<Ticket, std::int64_t>> sequences_;
  bool all_is_durable_ = true;
  bool unsettled_ = true;
  std::condition_variable_any something_deferred_;
  std::condition_variable_any something_to_settle_;
  MachineMeter meter_;                                 // the ticker's
  std::chrono::steady_clock::time_point next_sample_;  // the ticker's
  std::jthread deferrer_;
  std::jthread ticker_;
};

}  // namespace dms::service
