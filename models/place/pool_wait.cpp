#include "models/place/pool_wait.h"

#include <fmt/format.h>

#include <map>

#include "models/place/preparation_watch.h"
#include "models/study/mpi.h"

namespace dms::models {
namespace {

std::string words_of(const std::vector<batch::ResizeError>& errors) {
  std::string text;
  for (const auto& error : errors)
    text += fmt::format("; {}: {}", error.code.value_or("resize error"),
                        error.message.value_or("no reason given"));
  return text;
}

// How many nodes the study's runs can do without; nothing when nobody knows, or one is enough.
std::optional<int> spare_nodes(const Study& study, const batch::Pool& pool) {
  const std::optional<int> nodes = pools::most_nodes(pool);
  if (!study.mpi || !nodes) return std::nullopt;
  return *nodes - hosts_per_run(study);
}

}  // namespace

Result<std::string> what_is_waited_for(batch::AzureBatch& batch, const Study& study) {
  const std::string& pool_id = study.pool_name;
  auto pool = batch.get_pool(pool_id);
  if (!pool && pool.error().code == Code::not_found)
    return fail(Code::not_found,
                fmt::format("pool {} is gone and the runs wait for it: run the study again, which "
                            "makes it anew",
                            pool_id));
  if (!pool) return std::move(pool).error();
  std::map<std::string_view, int> states;
  DMS_CHECK(batch.list_nodes(pool_id, {.select = {"id", "state"}}, [&](const batch::Node& node) {
    ++states[node.state ? text_of(*node.state) : "unknown"];
    return ok();
  }));
  const int target =
      pool->target_dedicated_nodes.value_or(0) + pool->target_low_priority_nodes.value_or(0);
  std::string text = fmt::format("pool {}: {} nodes wanted", pool_id, target);
  for (const auto& [name, count] : states) text += fmt::format(", {} {}", count, name);
  DMS_TRY(const std::string preparation,
          preparation_state(batch, study.job_name, spare_nodes(study, *pool)));
  if (!preparation.empty()) text += "; " + preparation;
  return text + words_of(pool->resize_errors);
}

}  // namespace dms::models
