#include "models/place/restart_pool.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/codec.h"

namespace dms::models {
namespace {

constexpr std::string_view record_name = "dmsbatch-restart";
constexpr std::chrono::seconds look_interval{10};
// So long a resize may take to stop.
constexpr std::chrono::minutes stopping_limit{5};

// What a pool is to have again.
struct PoolScale {
  std::optional<std::string> formula;
  std::optional<Duration> interval;
  std::optional<int> dedicated;
  std::optional<int> low_priority;
  template <class S = PoolScale>
  static constexpr auto fields() {
    return std::tuple{field("formula", &S::formula), field("interval", &S::interval),
                      field("dedicated", &S::dedicated), field("lowPriority", &S::low_priority)};
  }
};

PoolScale scale_of(const batch::Pool& pool) {
  if (pool.enable_auto_scale.value_or(false))
    return {.formula = pool.auto_scale_formula, .interval = pool.auto_scale_evaluation_interval};
  return {.dedicated = pool.target_dedicated_nodes, .low_priority = pool.target_low_priority_nodes};
}

std::string words_of(const PoolScale& scale) {
  if (scale.formula) return "its formula";
  return fmt::format("its {} dedicated and {} low-priority nodes", scale.dedicated.value_or(0),
                     scale.low_priority.value_or(0));
}

int nodes_of(const batch::Pool& pool) {
  return pool.current_dedicated_nodes.value_or(0) + pool.current_low_priority_nodes.value_or(0);
}

bool is_steady(const batch::Pool& pool) {
  return pool.allocation_state.value_or(batch::AllocationState::steady) ==
         batch::AllocationState::steady;
}

class Restart {
 public:
  Restart(batch::AzureBatch& batch, Clock& clock, std::string pool_id, NoteListener& listener,
          std::stop_token stop)
      : batch_(batch),
        clock_(clock),
        pool_id_(std::move(pool_id)),
        listener_(listener),
        stop_(std::move(stop)) {}

  Status run(const PoolRestart& restart) {
    DMS_TRY(batch::Pool pool, batch_.get_pool(pool_id_));
    if (pool.state == batch::PoolState::deleting)
      return fail(Code::conflict, fmt::format("pool {} is being deleted", pool_id_));
    DMS_TRY(const PoolScale scale, recorded(pool));
    if (pool.enable_auto_scale.value_or(false)) DMS_CHECK(batch_.disable_auto_scale(pool_id_));
    DMS_CHECK(empty(restart));
    DMS_CHECK(give_back(scale));
    DMS_CHECK(write_record(nullptr));
    listener_.note(fmt::format("pool {} has {} again", pool_id_, words_of(scale)));
    return ok();
  }

 private:
  // Of this restart, or of one that was broken off.
  Result<PoolScale> recorded(const batch::Pool& pool) {
    for (const batch::MetadataItem& item : pool.metadata) {
      if (item.name != record_name) continue;
      listener_.note("an earlier restart did not come to its end: this one goes on");
      return decode<PoolScale>(item.value.value_or("")).context("reading the pool's " + item.name);
    }
    const PoolScale scale = scale_of(pool);
    DMS_CHECK(write_record(&scale));
    return scale;
  }

  Status write_record(const PoolScale* scale) {
    DMS_TRY(const batch::Pool pool, batch_.get_pool(pool_id_));
    std::vector<batch::MetadataItem> metadata = pool.metadata;
    std::erase_if(metadata, [](const auto& item) { return item.name == record_name; });
    if (scale) metadata.push_back({.name = std::string(record_name), .value = encode(*scale)});
    return batch_.patch_pool(pool_id_, {.metadata = std::move(metadata)});
  }

  Status wait_until(std::chrono::nanoseconds limit,
                    const std::function<bool(const batch::Pool&)>& holds) {
    return poll_until(
        clock_, limit, look_interval,
        [&]() -> Result<bool> {
          DMS_TRY(const batch::Pool pool, batch_.get_pool(pool_id_));
          return holds(pool);
        },
        stop_);
  }

  // A resize under way is ended where it stands: another cannot begin before.
  Status settle() {
    DMS_TRY(const batch::Pool pool, batch_.get_pool(pool_id_));
    if (is_steady(pool)) return ok();
    const Status stopped = batch_.stop_pool_resize(pool_id_);
    if (!stopped && stopped.error().code != Code::conflict) return stopped;
    return wait_until(stopping_limit, is_steady).context("ending the pool's resize");
  }

  Status empty(const PoolRestart& restart) {
    DMS_CHECK(settle());
    DMS_TRY(const batch::Pool before, batch_.get_pool(pool_id_));
    const bool wants_some = before.target_dedicated_nodes.value_or(0) > 0 ||
                            before.target_low_priority_nodes.value_or(0) > 0;
    if (nodes_of(before) == 0 && !wants_some) return ok();
    DMS_CHECK(batch_.resize_pool(pool_id_, {.target_dedicated_nodes = 0,
                                            .target_low_priority_nodes = 0,
                                            .node_deallocation_option = restart.running_tasks}));
    listener_.note(fmt::format("pool {} gives up its {} nodes", pool_id_, nodes_of(before)));
    const Status gone = wait_until(restart.wait, [](const batch::Pool& pool) {
      return nodes_of(pool) == 0 && is_steady(pool);
    });
    if (gone) return ok();
    if (gone.error().code != Code::timeout) return gone;
    DMS_TRY(const batch::Pool after, batch_.get_pool(pool_id_));
    listener_.note(
        fmt::format("{} nodes are still there and are left to the service", nodes_of(after)));
    return settle();
  }

  Status give_back(const PoolScale& scale) {
    if (scale.formula)
      return batch_.enable_auto_scale(pool_id_, {.auto_scale_formula = scale.formula,
                                                 .auto_scale_evaluation_interval = scale.interval});
    if (scale.dedicated.value_or(0) == 0 && scale.low_priority.value_or(0) == 0) return ok();
    return batch_.resize_pool(pool_id_, {.target_dedicated_nodes = scale.dedicated,
                                         .target_low_priority_nodes = scale.low_priority});
  }

  batch::AzureBatch& batch_;
  Clock& clock_;
  const std::string pool_id_;
  NoteListener& listener_;
  const std::stop_token stop_;
};

}  // namespace

Status restart_pool(batch::AzureBatch& batch, Clock& clock, const std::string& pool_id,
                    const PoolRestart& restart, NoteListener& listener, std::stop_token stop) {
  Status done = Restart(batch, clock, pool_id, listener, std::move(stop)).run(restart);
  if (done || done.error().code == Code::not_found) return done;
  return std::move(done).context(
      fmt::format("restarting pool {} (the same command goes on)", pool_id));
}

}  // namespace dms::models
