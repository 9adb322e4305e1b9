// Operations that change a node or ask it for something.
#include "batch/local_operations.h"
#include "service/batch_service.h"
#include "service/called_node.h"
#include "service/core/node_operations.h"
#include "service/core/nodes.h"
#include "service/core/scheduler.h"
#include "service/service_logs.h"

namespace dms::service {

using batch::batch_error;
namespace op = batch::op;
namespace local_op = batch::local_op;

namespace {

// How long a preempted node stays away unless the request says otherwise.
constexpr std::chrono::seconds usual_absence{30};

// One change of one node: found, changed, and the pool's free slots given away.
template <class Change>
Result<Reply> change_node(Engine& engine, const Call& call, Change change) {
  return engine.change([&](Core& core, Effects& out, Timestamp now) -> Result<Reply> {
    DMS_TRY(const PoolAndNode found, node_to_change(core, call));
    DMS_CHECK(change(core, out, found.pool, found.node, now));
    schedule(core, out, found.pool.id(), now);
    return Reply{.entity_url = call.url};
  });
}

// "PT30S", or "never". Nothing: it stays away.
Result<std::optional<Duration>> return_after(const Call& call) {
  const std::string_view text = call.query_value("returnAfter");
  if (text.empty())
    return std::optional(Duration{std::chrono::duration_cast<Ticks>(usual_absence)});
  if (equal_ignoring_case(text, "never")) return std::optional<Duration>();
  const auto span = Duration::parse(text);
  if (!span || span->span < Ticks{0} || span->is_unlimited())
    return batch_error(
        "InvalidQueryParameterValue",
        "returnAfter is '" + std::string(text) + "', not a duration such as PT30S or never");
  return std::optional(*span);
}

batch::RemoteLoginSettings remote_login(const NodeRecord& node) {
  return {.remote_login_ip_address = node.wire.ip_address.value_or(""), .remote_login_port = 22};
}

}  // namespace

void BatchService::add_node_operation_routes() {
  router_.on(op::reboot_node, [this](const Call& call, const batch::NodeReboot& body) {
    return change_node(engine_, call,
                       [&](Core& core, Effects& out, auto& pool, auto& node, auto now) {
                         return reboot_node(core, out, pool, node,
                                            deallocation_option(body.node_reboot_option), now);
                       });
  });
  router_.on(op::reimage_node, [this](const Call& call, const batch::NodeReimage& body) {
    return change_node(engine_, call,
                       [&](Core& core, Effects& out, auto& pool, auto& node, auto now) {
                         return reimage_node(core, out, pool, node,
                                             deallocation_option(body.node_reimage_option), now);
                       });
  });
  router_.on(op::deallocate_node, [this](const Call& call, const batch::NodeDeallocate& body) {
    return change_node(
        engine_, call, [&](Core& core, Effects& out, auto& pool, auto& node, auto now) {
          return deallocate_node(core, out, pool, node,
                                 deallocation_option(body.node_deallocate_option), now);
        });
  });
  router_.on(op::start_node, [this](const Call& call) {
    return change_node(engine_, call, [](Core&, Effects& out, auto& pool, auto& node, auto now) {
      return start_node(out, pool, node, now);
    });
  });
  router_.on(op::disable_node_scheduling, [this](const Call& call,
                                                 const batch::NodeDisableScheduling& body) {
    return change_node(
        engine_, call, [&](Core& core, Effects& out, auto& pool, auto& node, auto now) {
          return disable_scheduling(core, out, pool, node,
                                    deallocation_option(body.node_disable_scheduling_option), now);
        });
  });
  router_.on(op::enable_node_scheduling, [this](const Call& call) {
    return change_node(engine_, call, [](Core&, Effects& out, auto& pool, auto& node, auto) {
      return enable_scheduling(out, pool, node);
    });
  });
  router_.on(local_op::preempt_node, [this](const Call& call) -> Result<Reply> {
    DMS_TRY(const auto after, return_after(call));
    return change_node(engine_, call,
                       [&](Core& core, Effects& out, auto& pool, auto& node, auto now) {
                         return preempt_node(core, out, pool, node, after, now);
                       });
  });
  router_.on(
      op::add_node_user, [this](const Call& call, const batch::NodeUser& user) -> Result<Reply> {
        DMS_TRY(
            Reply reply,
            change_node(engine_, call, [&](Core&, Effects& out, auto& pool, auto& node, auto now) {
              return add_node_user(out, pool, node, user, now);
            }));
        reply.entity_url += "/" + percent_encode(user.name);
        return reply;
      });
  router_.on(op::update_node_user, [this](const Call& call, const batch::NodeUserUpdate& update) {
    return change_node(engine_, call, [&](Core&, Effects& out, auto& pool, auto& node, auto now) {
      return update_node_user(out, pool, node, call.ids[2], update, now);
    });
  });
  router_.on(op::delete_node_user, [this](const Call& call) -> Result<Reply> {
    DMS_CHECK(
        change_node(engine_, call, [&](Core&, Effects& out, auto& pool, auto& node, auto now) {
          return delete_node_user(out, pool, node, call.ids[2], now);
        }));
    return Reply{};
  });
  router_.on(op::get_remote_login_settings, [this](const Call& call) -> Result<Reply> {
    return engine_.look([&](const Core& core) -> Result<Reply> {
      DMS_TRY(const PoolRecord* pool, pool_of(core, call));
      DMS_TRY(const NodeRecord* node, node_of(*pool, call));
      return show(op::get_remote_login_settings, core.base_url, remote_login(*node));
    });
  });
  router_.on(op::upload_service_logs,
             [this](const Call& call, const batch::UploadServiceLogs& what) -> Result<Reply> {
               DMS_TRY(const auto result, upload_service_logs(engine_, call, what));
               Reply reply = show(op::upload_service_logs, options_.base_url, result);
               reply.entity_url = call.url;
               return reply;
             });
  // Pools with extensions are refused, so that no node has one.
  router_.on(op::list_node_extensions, [this](const Call& call) -> Result<Reply> {
    return engine_.look([&](const Core& core) -> Result<Reply> {
      DMS_TRY(const PoolRecord* pool, pool_of(core, call));
      DMS_CHECK(node_of(*pool, call));
      return show_page(op::list_node_extensions.metadata, core.base_url, {}, {});
    });
  });
  router_.on(op::get_node_extension, [this](const Call& call) -> Result<Reply> {
    return engine_.look([&](const Core& core) -> Result<Reply> {
      DMS_TRY(const PoolRecord* pool, pool_of(core, call));
      DMS_CHECK(node_of(*pool, call));
      return batch_error("ResourceNotFound", "The node has no extension " + call.ids[2]);
    });
  });
}

}  // namespace dms::service
