// The agents of the tests: they say hello when told to, hold the runs they are given and end them
// when told to. Thread-safe; events are called from the caller's thread.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "service/agent_host.h"

namespace dms::service {

class FakeAgentHost final : public AgentHost {
 public:
  using Run = std::pair<NodeKey, agent::RunSpec>;
  // What a run does: how it ends. Its run and times are filled in.
  using Behaviour = std::function<agent::RunEnd(const NodeKey&, const agent::RunSpec&)>;

  void start(AgentEvents& events) override { listen(events); }
  // The events go to this one from now on; without start() no thread of an engine is needed.
  void listen(AgentEvents& events) { events_ = &events; }
  void stop() override {}
  void watch(const NodeKey& node, int slots) override { start_agent(node, slots); }
  void start_agent(const NodeKey& node, int) override {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(node);
  }
  void stop_agent(const NodeKey& node, RootFate fate) override {
    const std::lock_guard lock(mutex_);
    stopped_.emplace_back(node, fate);
  }
  void retire_agent(const NodeKey& node) override {
    const std::lock_guard lock(mutex_);
    retired_.push_back(node);
  }
  void send(const NodeKey& node, const agent::ToAgent& frame) override {
    const std::lock_guard lock(mutex_);
    for (const auto& spec : frame.start) running_.emplace_back(node, spec);
    proceeded_ += frame.proceed.size();
    for (const auto& run : frame.end) asked_to_end_.emplace_back(node, run);
    for (const auto& upload : frame.upload_logs) uploads_.push_back(upload);
    acknowledged_ += frame.acknowledged.size();
  }
  void shut_down_agents() override {}

  // Every agent that was started connects.
  void hello_all() {
    for (const auto& node : take(waiting_))
      events_->on_hello(node, {.node_id = node.node.text, .process_id = ++process_id_});
  }

  // Every instance of a multi-instance task that is under way is coordinated.
  void coordinate_all() {
    for (const auto& [node, spec] : running())
      if (spec.coordination) events_->on_coordinated(node, {spec.run});
  }

  // Every run that is under way ends by itself, as `behaviour` says.
  void end_all(const Behaviour& behaviour) {
    for (auto& [node, spec] : take(running_)) {
      agent::RunEnd end = behaviour(node, spec);
      end.run = spec.run;
      end.start_time = end.end_time = system_clock().now();
      events_->on_ended(node, {end});
    }
  }

  // Every run that an agent was asked to end is over.
  void answer_ends() {
    for (auto& [node, run] : take(asked_to_end_)) {
      {
        const std::lock_guard lock(mutex_);
        std::erase_if(running_,
                      [&, ended = run](const Run& entry) { return entry.second.run == ended; });
      }
      agent::RunEnd end;
      end.run = run;
      end.ended_by = agent::EndedBy::terminate;
      end.failure_info =
          batch::FailureInfo{batch::ErrorCategory::user_error, "TaskEnded", "ended", {}};
      events_->on_ended(node, {end});
    }
  }

  // Every agent that was told to stop has ended. How their directories fared.
  std::vector<RootFate> answer_stops() {
    std::vector<RootFate> fates;
    for (const auto& [node, fate] : take(stopped_)) {
      {
        const std::lock_guard lock(mutex_);
        std::erase_if(running_, [&, key = node](const Run& entry) { return entry.first == key; });
        std::erase_if(asked_to_end_,
                      [&, key = node](const auto& entry) { return entry.first == key; });
      }
      events_->on_stopped(node);
      fates.push_back(fate);
    }
    return fates;
  }

  void bury_retired() {
    for (const auto& node : take(retired_)) events_->on_gone(node);
  }

  std::vector<Run> running() const {
    const std::lock_guard lock(mutex_);
    return running_;
  }
  std::size_t proceeded() const {
    const std::lock_guard lock(mutex_);
    return proceeded_;
  }
  std::vector<agent::LogUpload> uploads() const {
    const std::lock_guard lock(mutex_);
    return uploads_;
  }
  std::size_t acknowledged() const {
    const std::lock_guard lock(mutex_);
    return acknowledged_;
  }

 private:
  template <class T>
  std::vector<T> take(std::vector<T>& list) {
    const std::lock_guard lock(mutex_);
    return std::exchange(list, {});
  }

  AgentEvents* events_ = nullptr;
  int process_id_ = 100;
  mutable std::mutex mutex_;
  std::vector<NodeKey> waiting_;                                 // guarded by mutex_
  std::vector<std::pair<NodeKey, RootFate>> stopped_;            // guarded by mutex_
  std::vector<NodeKey> retired_;                                 // guarded by mutex_
  std::vector<Run> running_;                                     // guarded by mutex_
  std::vector<std::pair<NodeKey, agent::RunRef>> asked_to_end_;  // guarded by mutex_
  std::size_t proceeded_ = 0;                                    // guarded by mutex_
  std::vector<agent::LogUpload> uploads_;                        // guarded by mutex_
  std::size_t acknowledged_ = 0;                                 // guarded by mutex_
};

}  // namespace dms::service
