// Operations on nodes.
#include "service/batch_service.h"
#include "service/called_node.h"
#include "service/core/nodes.h"
#include "service/listing.h"

namespace dms::service {

namespace op = batch::op;

namespace {

constexpr Filterable<NodeRecord> node_properties[] = {
    {"state", [](const NodeRecord& node) -> Scalar { return text_of(shown_state(node)); }},
    {"stateTransitionTime",
     [](const NodeRecord& node) { return scalar_of(node.wire.state_transition_time); }},
    {"lastBootTime", [](const NodeRecord& node) { return scalar_of(node.wire.last_boot_time); }},
    {"allocationTime", [](const NodeRecord& node) { return scalar_of(node.wire.allocation_time); }},
    {"startTaskInfo/state",
     [](const NodeRecord& node) -> Scalar {
       return node.wire.start_task_info ? Scalar(text_of(node.wire.start_task_info->state))
                                        : Scalar();
     }},
    {"startTaskInfo/result",
     [](const NodeRecord& node) -> Scalar {
       return node.wire.start_task_info ? scalar_of(node.wire.start_task_info->result) : Scalar();
     }},
    {"startTaskInfo/startTime",
     [](const NodeRecord& node) -> Scalar {
       return node.wire.start_task_info ? scalar_of(node.wire.start_task_info->start_time)
                                        : Scalar();
     }},
    {"startTaskInfo/endTime",
     [](const NodeRecord& node) -> Scalar {
       return node.wire.start_task_info ? scalar_of(node.wire.start_task_info->end_time) : Scalar();
     }},
    {"startTaskInfo/exitCode",
     [](const NodeRecord& node) -> Scalar {
       if (!node.wire.start_task_info || !node.wire.start_task_info->exit_code) return {};
       return std::int64_t{*node.wire.start_task_info->exit_code};
     }},
};

}  // namespace

void BatchService::add_node_routes() {
  router_.on(op::list_nodes, [this](const Call& call) -> Result<Reply> {
    DMS_TRY(const auto filter,
            FilterOf<NodeRecord>::parse(call.query_value("$filter"), node_properties));
    return engine_.look([&](const Core& core) -> Result<Reply> {
      DMS_TRY(const PoolRecord* pool, pool_of(core, call));
      return list_page(call, op::list_nodes.metadata, core.base_url, pool->nodes, filter,
                       [&](const NodeRecord& node) -> Result<batch::Node> {
                         return show_node(core, *pool, node);
                       });
    });
  });
  router_.on(op::get_node, [this](const Call& call) -> Result<Reply> {
    return engine_.look([&](const Core& core) -> Result<Reply> {
      DMS_TRY(const PoolRecord* pool, pool_of(core, call));
      DMS_TRY(const NodeRecord* node, node_of(*pool, call));
      return show(op::get_node, core.base_url, show_node(core, *pool, *node), call.select());
    });
  });
}

}  // namespace dms::service
