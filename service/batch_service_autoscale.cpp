// Operations on the autoscale of pools.
#include "service/batch_service.h"
#include "service/called_pool.h"
#include "service/core/auto_scale.h"

namespace dms::service {

namespace op = batch::op;

void BatchService::add_auto_scale_routes() {
  router_.on(op::enable_auto_scale,
             [this](const Call& call, const batch::EnableAutoScale& settings) -> Result<Reply> {
               return engine_.change([&](Core& core, Effects& out, Timestamp now) -> Result<Reply> {
                 DMS_TRY(PoolRecord * pool, pool_to_change(core, call));
                 DMS_CHECK(enable_auto_scale(core, out, *pool, settings, now));
                 return Reply{.modified = pool->wire.last_modified, .entity_url = call.url};
               });
             });
  router_.on(op::disable_auto_scale, [this](const Call& call) -> Result<Reply> {
    return engine_.change([&](Core& core, Effects& out, Timestamp now) -> Result<Reply> {
      DMS_TRY(PoolRecord * pool, pool_to_change(core, call));
      DMS_CHECK(disable_auto_scale(out, *pool, now));
      return Reply{.modified = pool->wire.last_modified, .entity_url = call.url};
    });
  });
  router_.on(op::evaluate_auto_scale,
             [this](const Call& call, const batch::EvaluateAutoScale& wanted) -> Result<Reply> {
               return engine_.look([&](const Core& core) -> Result<Reply> {
                 DMS_TRY(const PoolRecord* pool, pool_of(core, call));
                 DMS_TRY(const auto run,
                         evaluate_auto_scale(core, *pool, wanted.auto_scale_formula, clock_.now()));
                 Reply reply = show(op::evaluate_auto_scale, core.base_url, run);
                 reply.entity_url = call.url;
                 return reply;
               });
             });
}

}  // namespace dms::service
