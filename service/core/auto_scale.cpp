#include "service/core/auto_scale.h"

#include <algorithm>
#include <cstring>

#include "batch/errors.h"
#include "core/crypto.h"
#include "service/autoscale/evaluate.h"
#include "service/core/pool_samples.h"
#include "service/core/pools.h"
#include "service/core/rows.h"
#include "service/core/scheduler.h"

namespace dms::service {

using batch::batch_error;
using batch::NodeDeallocationOption;

namespace {

constexpr Ticks default_interval = std::chrono::minutes{15};
constexpr Ticks max_interval = std::chrono::hours{168};
constexpr Ticks enable_pause = std::chrono::seconds{30};

bool is_on(const batch::Pool& wire) { return wire.enable_auto_scale.value_or(false); }

Status check_interval(const AutoScaleTimes& times, const std::optional<Duration>& interval) {
  if (!interval ||
      (interval->span >= times.min_evaluation_interval && interval->span <= max_interval))
    return ok();
  return batch::invalid_property("autoScaleEvaluationInterval", interval->iso8601(),
                                 "it must lie between " +
                                     Duration{times.min_evaluation_interval}.iso8601() + " and " +
                                     Duration{max_interval}.iso8601());
}

Status check_formula(const std::optional<std::string>& formula) {
  if (!formula)
    return batch_error("InvalidAutoScalingSettings",
                       "autoScaleFormula is missing: a pool with autoscale needs one");
  if (auto parsed = autoscale::Formula::parse(*formula); !parsed) return std::move(parsed).error();
  return ok();
}

// From 0 up to 1, with all the bits that a double has room for.
double random_fraction() {
  std::uint64_t bits = 0;
  std::memcpy(&bits, random_bytes(sizeof bits).data(), sizeof bits);
  return double(bits >> 11) * 0x1p-53;
}

autoscale::Inputs inputs_of(const Core& core, const PoolRecord& pool,
                            const autoscale::Samples& samples, Timestamp now) {
  const batch::Pool shown = show_pool(core, pool);
  return {.now = now,
          .target_dedicated = shown.target_dedicated_nodes.value_or(0),
          .target_low_priority = shown.target_low_priority_nodes.value_or(0),
          .current_dedicated = shown.current_dedicated_nodes.value_or(0),
          .current_low_priority = shown.current_low_priority_nodes.value_or(0),
          .preempted = preempted_nodes(pool),
          .task_slots_per_node = pool.slots_per_node(),
          .samples = samples,
          .random = random_fraction};
}

// A target beyond what a pool here may have is cut to that, and the run says so.
void bound_target(autoscale::Evaluation& run, int& target, std::string_view name) {
  if (target <= max_nodes_here) return;
  run.error = {
      "AccountCoreQuotaReached",
      "The autoscale formula asks for more nodes than a pool may have.",
      {{"Message", std::string(name) + " is " + std::to_string(target) + " and was cut to " +
                       std::to_string(max_nodes_here) + ", the most of the local service"}}};
  target = max_nodes_here;
}

autoscale::Evaluation run_text(const Core& core, const PoolRecord& pool, std::string_view text,
                               Timestamp now) {
  const auto none = new_samples(core.auto_scale_times);
  const auto inputs = inputs_of(core, pool, pool.samples ? *pool.samples : none, now);
  const auto formula = autoscale::Formula::parse(text);
  auto run =
      formula ? autoscale::evaluate(*formula, inputs) : autoscale::refused(formula.error(), inputs);
  bound_target(run, run.target_dedicated, "$TargetDedicatedNodes");
  bound_target(run, run.target_low_priority, "$TargetLowPriorityNodes");
  return run;
}

batch::AutoScaleRun shown_run(autoscale::Evaluation run, Timestamp now) {
  return {now, std::move(run.results), std::move(run.error)};
}

void touch(PoolRecord& pool, Timestamp now) {
  pool.wire.last_modified = now;
  pool.wire.etag = now.etag();
}

// Runs the pool's own formula and notes what it came to. Returns what becomes of the tasks on nodes
// that must go, or nothing when the targets stay.
std::optional<NodeDeallocationOption> run_formula(const Core& core, PoolRecord& pool,
                                                  Timestamp now) {
  auto run = run_text(core, pool, pool.wire.auto_scale_formula.value_or(""), now);
  const bool stays = run.target_dedicated == pool.wire.target_dedicated_nodes &&
                     run.target_low_priority == pool.wire.target_low_priority_nodes;
  const auto option = run.node_deallocation_option.value_or(NodeDeallocationOption::requeue);
  pool.wire.target_dedicated_nodes = run.target_dedicated;
  pool.wire.target_low_priority_nodes = run.target_low_priority;
  pool.wire.auto_scale_run = shown_run(std::move(run), now);
  return stays ? std::nullopt : std::optional(option);
}

void run_and_resize(Core& core, Effects& out, PoolRecord& pool, Timestamp now) {
  const auto option = run_formula(core, pool, now);
  if (!option) {
    out.changes.push_back(pool_row(pool));
    return;
  }
  touch(pool, now);
  begin_resize(core, out, pool, *option, now);
  schedule(core, out, pool.id(), now);
}

bool is_due(const PoolRecord& pool, Timestamp now) {
  if (!is_on(pool.wire) || pool.wire.state == batch::PoolState::deleting) return false;
  const auto& last = pool.wire.auto_scale_run;
  const Ticks interval =
      pool.wire.auto_scale_evaluation_interval.value_or(Duration{default_interval}).span;
  // A clock that was set back does not stop the schedule.
  return !last || now < last->timestamp || now.at - last->timestamp.at >= interval;
}

// Within a call's pause after the one before. A clock that was set back does not prolong it.
bool is_too_soon(const PoolRecord& pool, Ticks pause, Timestamp now) {
  const auto& last = pool.auto_scale_enabled;
  return last && now >= *last && now.at - last->at < pause;
}

Status check_may_enable(const AutoScaleTimes& times, const PoolRecord& pool, Timestamp now) {
  if (const Ticks pause = std::min(enable_pause, times.min_evaluation_interval);
      is_too_soon(pool, pause, now))
    return batch_error("TooManyEnableAutoScaleRequests",
                       "The last one was at " + pool.auto_scale_enabled->iso8601() + "; wait " +
                           Duration{pause}.iso8601() + " between two");
  if (pool.wire.allocation_state != batch::AllocationState::steady)
    return batch_error("PoolBeingResized");
  return ok();
}

}  // namespace

Status check_auto_scale(const AutoScaleTimes& times, const batch::Pool& wire) {
  DMS_CHECK(check_interval(times, wire.auto_scale_evaluation_interval));
  if (!is_on(wire)) {
    if (!wire.auto_scale_formula) return ok();
    return batch_error("InvalidAutoScalingSettings", "autoScaleFormula needs enableAutoScale");
  }
  if (wire.target_dedicated_nodes || wire.target_low_priority_nodes)
    return batch_error("InvalidAutoScalingSettings",
                       "targetDedicatedNodes and targetLowPriorityNodes are the formula's to set "
                       "when enableAutoScale is true: leave them out");
  return check_formula(wire.auto_scale_formula);
}

void run_first_formula(const Core& core, PoolRecord& pool, Timestamp now) {
  auto& interval = pool.wire.auto_scale_evaluation_interval;
  if (!interval) interval = Duration{default_interval};
  run_formula(core, pool, now);
}

Status enable_auto_scale(Core& core, Effects& out, PoolRecord& pool,
                         const batch::EnableAutoScale& settings, Timestamp now) {
  batch::Pool& wire = pool.wire;
  if (wire.state == batch::PoolState::deleting) return batch_error("PoolBeingDeleted");
  const auto& formula =
      settings.auto_scale_formula ? settings.auto_scale_formula : wire.auto_scale_formula;
  DMS_CHECK(check_formula(formula));
  DMS_CHECK(check_interval(core.auto_scale_times, settings.auto_scale_evaluation_interval));
  DMS_CHECK(check_may_enable(core.auto_scale_times, pool, now));
  wire.enable_auto_scale = true;
  if (settings.auto_scale_formula) wire.auto_scale_formula = settings.auto_scale_formula;
  if (settings.auto_scale_evaluation_interval)
    wire.auto_scale_evaluation_interval = settings.auto_scale_evaluation_interval;
  if (!wire.auto_scale_evaluation_interval)
    wire.auto_scale_evaluation_interval = Duration{default_interval};
  pool.auto_scale_enabled = now;
  touch(pool, now);
  run_and_resize(core, out, pool, now);
  return ok();
}

Status disable_auto_scale(Effects& out, PoolRecord& pool, Timestamp now) {
  if (pool.wire.state == batch::PoolState::deleting) return batch_error("PoolBeingDeleted");
  if (!is_on(pool.wire)) return ok();
  pool.wire.enable_auto_scale = false;
  touch(pool, now);
  out.changes.push_back(pool_row(pool));
  return ok();
}

Result<batch::AutoScaleRun> evaluate_auto_scale(const Core& core, const PoolRecord& pool,
                                                std::string_view formula, Timestamp now) {
  if (!is_on(pool.wire))
    return batch_error("OperationNotValidOnPool",
                       "Autoscale is off for pool '" + pool.wire.id + "': enable it first");
  return shown_run(run_text(core, pool, formula, now), now);
}

void run_due_formula(Core& core, Effects& out, PoolRecord& pool, Timestamp now) {
  if (is_due(pool, now)) run_and_resize(core, out, pool, now);
}

void hide_idle_auto_scale(batch::Pool& wire) {
  if (is_on(wire)) return;
  wire.auto_scale_formula.reset();
  wire.auto_scale_evaluation_interval.reset();
  wire.auto_scale_run.reset();
}

}  // namespace dms::service
