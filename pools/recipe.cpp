#include "pools/recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "batch/directives.h"
#include "core/time_span.h"
#include "core/version.h"
#include "pools/vm_sizes.h"

namespace dms::pools {
namespace {

// The shortest that Batch takes.
constexpr std::chrono::minutes evaluation_interval{5};
constexpr std::chrono::minutes longest_idle = std::chrono::hours(24);

Error refuse(std::string message) { return fail(Code::invalid_argument, std::move(message)); }

bool is_elastic(Kind kind) { return kind == Kind::autoscale || kind == Kind::spot; }

// The nodes that the pending tasks of the last minutes ask for. While there are too few samples,
// which is so after the pool was made, as many as it begins with.
std::string wanted_nodes(const Recipe& recipe, std::chrono::minutes seen) {
  return fmt::format(
      "span = TimeInterval_Minute * {minutes};\n"
      "seen = $PendingTasks.GetSamplePercent(span);\n"
      "pending = seen < 70 ? {nodes} * {slots} : max($PendingTasks.GetSample(span));\n"
      "wanted = min({most}, (pending + {slots} - 1) / {slots});\n",
      fmt::arg("minutes", seen.count()), fmt::arg("nodes", recipe.nodes),
      fmt::arg("slots", recipe.task_slots_per_node), fmt::arg("most", most_nodes(recipe)));
}

std::string elastic_formula(const Recipe& recipe) {
  std::string formula = wanted_nodes(recipe, evaluation_interval);
  if (recipe.kind == Kind::spot)
    formula +=
        "lostSeen = $PreemptedNodeCount.GetSamplePercent(TimeInterval_Minute * 3);\n"
        "lost = lostSeen < 70 ? 0 : avg($PreemptedNodeCount.GetSample(TimeInterval_Minute * 3));\n"
        "$TargetDedicatedNodes = min(wanted, lost);\n"
        "$TargetLowPriorityNodes = wanted - min(wanted, lost);\n";
  else
    formula += "$TargetDedicatedNodes = wanted;\n$TargetLowPriorityNodes = 0;\n";
  return formula + "$NodeDeallocationOption = taskcompletion;\n";
}

// All nodes while any task was pending in the idle time, else none.
std::string idle_formula(const Recipe& recipe) {
  return fmt::format(
      "idle = TimeInterval_Minute * {minutes};\n"
      "seen = $PendingTasks.GetSamplePercent(idle);\n"
      "busy = seen < 70 ? 1 : max($PendingTasks.GetSample(idle));\n"
      "$TargetDedicatedNodes = busy > 0 ? {nodes} : 0;\n"
      "$TargetLowPriorityNodes = 0;\n"
      "$NodeDeallocationOption = taskcompletion;\n",
      fmt::arg("minutes", recipe.when_done.idle.count()), fmt::arg("nodes", recipe.nodes));
}

Status check(const Recipe& recipe) {
  if (recipe.nodes < 1) return refuse("a pool of no nodes runs nothing: ask for one at least");
  if (most_nodes(recipe) < recipe.nodes)
    return refuse(fmt::format("max_nodes is {}, fewer than the {} that the pool begins with",
                              recipe.max_nodes, recipe.nodes));
  if (recipe.kind == Kind::mpi && recipe.task_slots_per_node != 1)
    return refuse(
        fmt::format("a pool for MPI has one task slot a node, not {}: with more, Batch "
                    "lets a task over several nodes wait for ever",
                    recipe.task_slots_per_node));
  if (const int most = most_task_slots(recipe.vm_size); recipe.task_slots_per_node > most)
    return refuse(fmt::format("{} takes {} task slots a node at most (four a core, 256), not {}",
                              recipe.vm_size, most, recipe.task_slots_per_node));
  return ok();
}

batch::StartTask start_task(const std::string& command) {
  batch::StartTask task{.command_line = batch::wrap_commands_in_shell({command})};
  task.user_identity = batch::UserIdentity{
      .auto_user = batch::AutoUser{.scope = batch::AutoUserScope::pool,
                                   .elevation_level = batch::ElevationLevel::admin}};
  task.max_task_retry_count = 0;
  task.wait_for_success = true;
  return task;
}

}  // namespace

Result<WhenDone> parse_when_done(std::string_view text) {
  using Policy = WhenDone::Policy;
  if (text == "keep") return WhenDone{.policy = Policy::keep};
  if (text == "delete") return WhenDone{.policy = Policy::delete_pool};
  constexpr std::string_view idle = "idle:";
  if (text.starts_with(idle)) {
    if (const auto span = parse_span(text.substr(idle.size()))) {
      const auto time = std::chrono::floor<std::chrono::minutes>(*span);
      if (time == *span && time >= evaluation_interval && time <= longest_idle)
        return WhenDone{.policy = Policy::idle, .idle = time};
      return refuse(fmt::format("'{}': the idle time is whole minutes from 5m to 24h", text));
    }
  }
  return refuse(
      fmt::format("'{}' is not known: keep, delete, or idle:TIME such as idle:15m or "
                  "idle:2h",
                  text));
}

int most_nodes(const Recipe& recipe) {
  if (!is_elastic(recipe.kind)) return recipe.nodes;
  return recipe.max_nodes == 0 ? 10 * recipe.nodes : recipe.max_nodes;
}

std::optional<int> most_nodes(const batch::Pool& pool) {
  if (!pool.enable_auto_scale.value_or(false))
    return pool.target_dedicated_nodes.value_or(0) + pool.target_low_priority_nodes.value_or(0);
  for (const auto& item : pool.metadata) {
    if (item.name != nodes_key) continue;
    const std::string text = item.value.value_or("");
    int nodes = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), nodes);
    if (error == std::errc{} && end == text.data() + text.size()) return nodes;
  }
  return std::nullopt;
}

std::optional<std::string> autoscale_formula(const Recipe& recipe) {
  if (is_elastic(recipe.kind)) return elastic_formula(recipe);
  if (recipe.when_done.policy == WhenDone::Policy::idle) return idle_formula(recipe);
  return std::nullopt;
}

Result<batch::Pool> make_pool(std::string id, const Recipe& recipe, std::string_view study) {
  DMS_CHECK(check(recipe).context("pool " + id));
  batch::Pool pool{.id = std::move(id), .vm_size = recipe.vm_size};
  pool.virtual_machine_configuration = recipe.machine;
  pool.resize_timeout = Duration{std::chrono::minutes(15)};
  if (auto formula = autoscale_formula(recipe)) {
    pool.enable_auto_scale = true;
    pool.auto_scale_formula = *std::move(formula);
    pool.auto_scale_evaluation_interval = Duration{evaluation_interval};
  } else {
    pool.target_dedicated_nodes = recipe.nodes;
    pool.target_low_priority_nodes = 0;
  }
  pool.enable_inter_node_communication = recipe.kind == Kind::mpi;
  pool.task_slots_per_node = recipe.task_slots_per_node;
  // Full nodes and empty ones, so that an elastic pool can give some back.
  if (is_elastic(recipe.kind))
    pool.task_scheduling_policy =
        batch::TaskSchedulingPolicy{.node_fill_type = batch::NodeFillType::pack};
  if (recipe.start_command) pool.start_task = start_task(*recipe.start_command);
  pool.application_package_references = recipe.app_packages;
  pool.metadata = {{.name = std::string(created_by_key), .value = "dmsbatch"},
                   {.name = "dmsbatch-version", .value = std::string(version)},
                   {.name = std::string(study_key), .value = std::string(study)},
                   {.name = std::string(nodes_key), .value = std::to_string(most_nodes(recipe))}};
  return pool;
}

bool is_made_for(const batch::Pool& pool, std::string_view study) {
  return std::any_of(pool.metadata.begin(), pool.metadata.end(), [&](const auto& item) {
    return item.name == study_key && item.value == study;
  });
}

}  // namespace dms::pools
