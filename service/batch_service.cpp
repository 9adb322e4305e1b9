#include "service/batch_service.h"

#include "batch/errors.h"
#include "core/log.h"
#include "service/http_head.h"
#include "service/local_operations.h"

namespace dms::service {

namespace {
// The service refuses requests of more than about a megabyte; clients then halve their chunks.
constexpr std::uint64_t body_limit = 1 << 20;
}  // namespace

BatchService::BatchService(BatchServiceOptions options, Engine& engine, Clock& clock)
    : options_(std::move(options)), engine_(engine), clock_(clock), router_(options_.base_url) {
  add_application_routes();
  add_pool_routes();
  add_auto_scale_routes();
  add_node_routes();
  add_node_operation_routes();
  add_account_routes();
  add_retired_routes();
  add_job_routes();
  add_node_task_routes();
  add_schedule_routes();
  add_task_routes();
  add_file_routes();
}

BodyPlan BatchService::plan(const Request& head) {
  if (router_.operation(head) == package_op::put_package.name) return plan_package(head);
  BodyPlan plan;
  plan.memory_limit = body_limit;
  return plan;
}

Answer BatchService::handle(const Request& request, std::unique_ptr<Upload> upload) {
  const Timestamp now = clock_.now();
  if (auto verified = verify_batch_signature(request, options_.key, now); !verified)
    return router_.error_answer(request, verified.error(), now);
  return router_.answer(request, now, upload.get());
}

Answer BatchService::too_large(const Request& head) {
  return router_.error_answer(head, batch::batch_error("RequestBodyTooLarge"), clock_.now());
}

// Azure's Batch takes no bodies that could fill its disk, so there is no word of its for that.
Answer BatchService::upload_failed(const Request&, const Error& error) {
  log_error("cannot take a body: " + error.message);
  return plain_answer(error.code == Code::exhausted ? 507 : 500, error.message);
}

}  // namespace dms::service
