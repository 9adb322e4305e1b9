// Operations on pools.
#include "service/batch_service.h"
#include "service/called_pool.h"
#include "service/core/pools.h"
#include "service/core/scheduler.h"
#include "service/core/usage.h"
#include "service/listing.h"

namespace dms::service {

namespace op = batch::op;

namespace {

constexpr Filterable<PoolRecord> pool_properties[] = {
    {"id", [](const PoolRecord& pool) -> Scalar { return pool.wire.id; }},
    {"state", [](const PoolRecord& pool) { return scalar_of(pool.wire.state); }},
    {"stateTransitionTime",
     [](const PoolRecord& pool) { return scalar_of(pool.wire.state_transition_time); }},
    {"allocationState",
     [](const PoolRecord& pool) { return scalar_of(pool.wire.allocation_state); }},
    {"allocationStateTransitionTime",
     [](const PoolRecord& pool) { return scalar_of(pool.wire.allocation_state_transition_time); }},
    {"creationTime", [](const PoolRecord& pool) { return scalar_of(pool.wire.creation_time); }},
    {"lastModified", [](const PoolRecord& pool) { return scalar_of(pool.wire.last_modified); }},
    {"enableAutoScale",
     [](const PoolRecord& pool) -> Scalar { return pool.wire.enable_auto_scale.value_or(false); }},
    {"vmSize", [](const PoolRecord& pool) -> Scalar { return pool.wire.vm_size; }},
    {"enableInterNodeCommunication",
     [](const PoolRecord& pool) -> Scalar {
       return pool.wire.enable_inter_node_communication.value_or(false);
     }},
};

constexpr Filterable<PoolRecord> node_counts_properties[] = {
    {"poolId", [](const PoolRecord& pool) -> Scalar { return pool.wire.id; }}};

// Before 2023 a page of node counts had at most ten pools.
Result<Call> node_counts_call(const Call& call) {
  constexpr std::string_view most = "10";
  Call limited = call;
  if (call.query_value("api-version") >= "2023") return limited;
  if (call.query_value("maxresults").empty()) limited.query.emplace_back("maxresults", most);
  DMS_TRY(const int size, page_size(limited));
  if (size > 10)
    return batch::batch_error("OutOfRangeQueryParameterValue",
                              "maxresults is " + std::to_string(size) + ", not 1 to 10");
  return limited;
}

// One change of one pool: found, changed, and its free slots given away.
template <class Change>
Result<Reply> change_pool(Engine& engine, const Call& call, Change change) {
  return engine.change([&](Core& core, Effects& out, Timestamp now) -> Result<Reply> {
    DMS_TRY(PoolRecord * pool, pool_to_change(core, call));
    DMS_CHECK(change(core, out, *pool, now));
    schedule(core, out, pool->id(), now);
    return Reply{.modified = pool->wire.last_modified, .entity_url = call.url};
  });
}

batch::Pool show_expanded(const Core& core, const PoolRecord& pool, bool stats, Timestamp now) {
  batch::Pool wire = show_pool(core, pool);
  if (stats) wire.stats = Opaque{encode(pool_statistics(core, pool, now))};
  return wire;
}

}  // namespace

void BatchService::add_pool_routes() {
  router_.on(op::add_pool, [this](const Call& call, const batch::Pool& wire) -> Result<Reply> {
    return engine_.change([&](Core& core, Effects& out, Timestamp now) -> Result<Reply> {
      DMS_TRY(const PoolRecord* pool, add_pool(core, out, wire, now));
      return Reply{.modified = now, .entity_url = call.url + "/" + pool->wire.id};
    });
  });
  router_.on(op::list_pools, [this](const Call& call) -> Result<Reply> {
    DMS_TRY(const auto filter,
            FilterOf<PoolRecord>::parse(call.query_value("$filter"), pool_properties));
    DMS_TRY(const bool stats, call.expands_stats());
    return engine_.look([&](const Core& core) {
      return list_page(call, op::list_pools.metadata, core.base_url, core.pools, filter,
                       [&](const PoolRecord& pool) -> Result<batch::Pool> {
                         return show_expanded(core, pool, stats, clock_.now());
                       });
    });
  });
  router_.on(op::get_pool, [this](const Call& call) -> Result<Reply> {
    return engine_.look([&](const Core& core) -> Result<Reply> {
      DMS_TRY(const PoolRecord* pool, pool_of(core, call));
      DMS_CHECK(check_conditions(call.request, *pool->wire.last_modified));
      DMS_TRY(const bool stats, call.expands_stats());
      Reply reply = show(op::get_pool, core.base_url,
                         show_expanded(core, *pool, stats, clock_.now()), call.select());
      reply.modified = pool->wire.last_modified;
      return reply;
    });
  });
  router_.on(op::pool_exists, [this](const Call& call) -> Result<Reply> {
    return engine_.look([&](const Core& core) -> Result<Reply> {
      DMS_TRY(const PoolRecord* pool, pool_of(core, call));
      DMS_CHECK(check_conditions(call.request, *pool->wire.last_modified));
      return Reply{.modified = pool->wire.last_modified};
    });
  });
  router_.on(op::delete_pool, [this](const Call& call) -> Result<Reply> {
    return engine_.change([&](Core& core, Effects& out, Timestamp now) -> Result<Reply> {
      DMS_TRY(PoolRecord * pool, pool_to_change(core, call));
      DMS_CHECK(delete_pool(core, out, *pool, now));
      return Reply{};
    });
  });
  router_.on(op::patch_pool, [this](const Call& call, const batch::PoolPatch& patch) {
    return change_pool(engine_, call,
                       [&](Core& core, Effects& out, PoolRecord& pool, Timestamp now) {
                         return patch_pool(core, out, pool, patch, now);
                       });
  });
  router_.on(op::update_pool, [this](const Call& call, const batch::PoolUpdate& update) {
    return change_pool(engine_, call,
                       [&](Core& core, Effects& out, PoolRecord& pool, Timestamp now) {
                         return update_pool(core, out, pool, update, now);
                       });
  });
  router_.on(op::resize_pool, [this](const Call& call, const batch::PoolResize& resize) {
    return change_pool(engine_, call,
                       [&](Core& core, Effects& out, PoolRecord& pool, Timestamp now) {
                         return resize_pool(core, out, pool, resize, now);
                       });
  });
  router_.on(op::stop_pool_resize,
             [this](const Call& call) { return change_pool(engine_, call, stop_resize); });
  router_.on(op::remove_nodes, [this](const Call& call, const batch::NodeRemove& remove) {
    return change_pool(engine_, call,
                       [&](Core& core, Effects& out, PoolRecord& pool, Timestamp now) {
                         return remove_nodes(core, out, pool, remove, now);
                       });
  });
  router_.on(op::list_node_counts, [this](const Call& call) -> Result<Reply> {
    DMS_TRY(const auto filter,
            FilterOf<PoolRecord>::parse(call.query_value("$filter"), node_counts_properties));
    DMS_TRY(const Call limited, node_counts_call(call));
    return engine_.look([&](const Core& core) {
      return list_page(limited, op::list_node_counts.metadata, core.base_url, core.pools, filter,
                       [](const PoolRecord& pool) -> Result<batch::PoolNodeCounts> {
                         return count_nodes(pool);
                       });
    });
  });
}

}  // namespace dms::service
