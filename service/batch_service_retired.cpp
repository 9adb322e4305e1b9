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

batch::LifetimePoolStatistics pool_statistics(const Core& core, Timestamp now) {
  batch::PoolUsageStatistics usage{.start_time = now, .last_update_time = now};
  const auto add = [&](std::string_view vm_size, Timestamp from, Timestamp to) {
    usage.start_time = std::min(usage.start_time, from);
    usage.dedicated_core_time.span += (to.at - from.at) * cores_of(vm_size);
  };
  for (const auto& time : core.usage) add(time.vm_size, time.from, time.to);
  for (const auto& [pool_id, pool] : core.pools)
    for (const auto& [node_id, node] : pool.nodes)
      if (node.used_since) add(pool.wire.vm_size, *node.used_since, now);
  return {.url = core.base_url + "/lifetimepoolstats",
          .start_time = usage.start_time,
          .last_update_time = now,
          .usage_stats = usage};
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
                  pool_statistics(core, clock_.now()));
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
