// Operations that Azure has retired: older clients call them and get what an account without
// certificates and Windows nodes would answer.
#include "batch/errors.h"
#include "service/batch_service.h"
#include "service/called_node.h"
#include "service/core/statistics.h"
#include "service/core/usage.h"

namespace dms::service {

using batch::batch_error;
namespace op = batch::op;

namespace {

Error no_certificates() {
  return batch_error("InvalidRestAPIForAccountSetting",
                     "The local service has no certificates; give tasks what they need as files");
}

// Over the jobs that are there: those that were deleted are not counted.
batch::JobStatistics lifetime_job_statistics(const Core& core, Timestamp now) {
  batch::JobStatistics sum;
  sum.url = core.base_url + "/lifetimejobstats";
  sum.start_time = sum.last_update_time = now;
  for (const auto& [id, job] : core.jobs) {
    const batch::JobStatistics one = job_statistics(core, job, now);
    sum.start_time = std::min(sum.start_time, one.start_time);
    sum.wall_clock_time.span += one.wall_clock_time.span;
    sum.wait_time.span += one.wait_time.span;
    sum.num_succeeded_tasks.value += one.num_succeeded_tasks.value;
    sum.num_failed_tasks.value += one.num_failed_tasks.value;
    sum.num_task_retries.value += one.num_task_retries.value;
  }
  return sum;
}

}  // namespace

void BatchService::add_retired_routes() {
  router_.on(op::add_certificate, [](const Call&, const batch::CertificateAdd&) -> Result<Reply> {
    return no_certificates();
  });
  router_.on(op::list_certificates, [this](const Call&) -> Result<Reply> {
    return show_page(op::list_certificates.metadata, options_.base_url, {}, {});
  });
  const auto none = [](const Call&) -> Result<Reply> { return batch_error("CertificateNotFound"); };
  router_.on(op::get_certificate, none);
  router_.on(op::delete_certificate, none);
  router_.on(op::cancel_certificate_deletion, none);
  router_.on(op::get_lifetime_job_statistics, [this](const Call&) -> Result<Reply> {
    return engine_.look([&](const Core& core) -> Result<Reply> {
      return show(op::get_lifetime_job_statistics, core.base_url,
                  lifetime_job_statistics(core, clock_.now()));
    });
  });
  router_.on(op::get_lifetime_pool_statistics, [this](const Call&) -> Result<Reply> {
    return engine_.look([&](const Core& core) -> Result<Reply> {
      return show(op::get_lifetime_pool_statistics, core.base_url,
                  lifetime_pool_statistics(core, clock_.now()));
    });
  });
  router_.on(op::get_remote_desktop, [this](const Call& call) -> Result<Reply> {
    return engine_.look([&](const Core& core) -> Result<Reply> {
      DMS_TRY(const PoolRecord* pool, pool_of(core, call));
      DMS_CHECK(node_of(*pool, call));
      return batch_error("OperationNotValidOnNode",
                         "Nodes of the local service run no Windows; log in as remoteloginsettings "
                         "says");
    });
  });
}

}  // namespace dms::service
