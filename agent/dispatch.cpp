#include "agent/dispatch.h"

#include <algorithm>

#include "agent/failures.h"

namespace dms::agent {

Dispatch::Dispatch(int slots) : slots_(slots), runners_(static_cast<std::size_t>(slots)) {}

Dispatch::Key Dispatch::key_of(const RunRef& run) {
  return {run.kind, run.job_id, run.task_id, run.instance, run.incarnation, run.attempt};
}

int Dispatch::slots_of(const RunRef& run) const {
  return std::clamp(run.required_slots, 0, slots_);
}

static std::optional<InstancePhase> first_phase(const RunSpec& spec) {
  return spec.coordination ? std::optional(InstancePhase::coordinating) : std::nullopt;
}

bool Dispatch::is_active(const Key& key) const {
  for (const auto& runner : runners_)
    if (runner && key_of(runner->run) == key) return true;
  for (const auto& queued : queue_)
    if (key_of(queued.run) == key) return true;
  return false;
}

void Dispatch::start(RunSpec spec, Timestamp now, Outbox& out) {
  const Key key = key_of(spec.run);
  if (const auto ended = ended_.find(key); ended != ended_.end()) {
    out.ended.push_back(ended->second);
    return;
  }
  if (is_active(key)) return;
  if (slots_of(spec.run) == 0)
    return start_on(free_runner_beyond_slots(), std::move(spec), now, out);
  queue_.push_back(std::move(spec));
  start_queued(now, out);
}

void Dispatch::start_on(std::size_t runner, RunSpec spec, Timestamp now, Outbox& out) {
  runners_[runner] = Active{spec.run, now, first_phase(spec)};
  taken_ += slots_of(spec.run);
  ToAgent frame;
  frame.start.push_back(std::move(spec));
  out.to_runners.emplace_back(static_cast<int>(runner), std::move(frame));
}

std::optional<std::size_t> Dispatch::free_runner() const {
  for (std::size_t i = 0; i < static_cast<std::size_t>(slots_); ++i)
    if (!runners_[i]) return i;
  return std::nullopt;
}

std::size_t Dispatch::free_runner_beyond_slots() {
  for (auto i = static_cast<std::size_t>(slots_); i < runners_.size(); ++i)
    if (!runners_[i]) return i;
  runners_.emplace_back();
  return runners_.size() - 1;
}

// First come, first served: a run that waits for several slots is not overtaken for ever.
void Dispatch::start_queued(Timestamp now, Outbox& out) {
  while (!queue_.empty() && taken_ + slots_of(queue_.front().run) <= slots_) {
    const auto runner = free_runner();
    if (!runner) return;
    RunSpec spec = std::move(queue_.front());
    queue_.pop_front();
    start_on(*runner, std::move(spec), now, out);
  }
}

void Dispatch::end(const RunRef& run, Timestamp now, Outbox& out) {
  const Key key = key_of(run);
  for (std::size_t i = 0; i < runners_.size(); ++i) {
    if (!runners_[i] || key_of(runners_[i]->run) != key) continue;
    ToAgent frame;
    frame.end.push_back(runners_[i]->run);
    out.to_runners.emplace_back(static_cast<int>(i), std::move(frame));
    return;
  }
  const auto queued = std::find_if(queue_.begin(), queue_.end(),
                                   [&](const RunSpec& spec) { return key_of(spec.run) == key; });
  if (queued == queue_.end()) return;
  report({.run = queued->run,
          .ended_by = EndedBy::terminate,
          .start_time = now,
          .end_time = now,
          .failure_info = ended_by_request()},
         out);
  queue_.erase(queued);
  start_queued(now, out);
}

void Dispatch::acknowledged(const RunRef& run) { ended_.erase(key_of(run)); }

void Dispatch::proceed(const RunRef& run, Outbox& out) {
  const Key key = key_of(run);
  for (std::size_t i = 0; i < runners_.size(); ++i) {
    if (!runners_[i] || key_of(runners_[i]->run) != key) continue;
    if (run.instance != 0 || runners_[i]->phase != InstancePhase::coordinated) return;
    runners_[i]->phase = InstancePhase::proceeding;
    ToAgent frame;
    frame.proceed.push_back(runners_[i]->run);
    out.to_runners.emplace_back(static_cast<int>(i), std::move(frame));
    return;
  }
}

void Dispatch::runner_coordinated(int runner, Outbox& out) {
  auto& active = runners_[static_cast<std::size_t>(runner)];
  if (!active) return;
  active->phase = InstancePhase::coordinated;
  out.coordinated.push_back(active->run);
}

void Dispatch::runner_ended(int runner, RunEnd end, Timestamp now, Outbox& out) {
  auto& active = runners_[static_cast<std::size_t>(runner)];
  if (!active) return;
  taken_ -= slots_of(active->run);
  end.run = active->run;
  active.reset();
  report(std::move(end), out);
  start_queued(now, out);
}

void Dispatch::runner_lost(int runner, Timestamp now, Outbox& out) {
  const auto& active = runners_[static_cast<std::size_t>(runner)];
  if (!active) return;
  runner_ended(runner,
               {.run = active->run,
                .ended_by = EndedBy::lost,
                .start_time = active->since,
                .end_time = now,
                .failure_info = runner_died()},
               now, out);
}

void Dispatch::report(RunEnd end, Outbox& out) {
  out.ended.push_back(end);
  ended_.insert_or_assign(key_of(end.run), std::move(end));
}

bool Dispatch::is_busy() const {
  return !queue_.empty() || std::any_of(runners_.begin(), runners_.end(),
                                        [](const auto& runner) { return runner.has_value(); });
}

Hello Dispatch::hello() const {
  Hello hello;
  const auto add = [&](const RunRef& run, std::optional<InstancePhase> phase) {
    hello.running.push_back(run);
    if (phase) hello.instances.push_back({run, *phase});
  };
  for (const auto& runner : runners_)
    if (runner) add(runner->run, runner->phase);
  for (const auto& queued : queue_) add(queued.run, first_phase(queued));
  for (const auto& [key, end] : ended_) hello.ended.push_back(end);
  return hello;
}

}  // namespace dms::agent
