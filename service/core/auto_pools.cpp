#include "service/core/auto_pools.h"

#include <algorithm>

#include "batch/errors.h"
#include "core/crypto.h"
#include "service/core/pools.h"
#include "service/core/refusals.h"
#include "service/core/secrets.h"

namespace dms::service {

using batch::PoolLifetimeOption;

namespace {

constexpr std::size_t longest_prefix = 20;

Error bad_property(std::string_view name, std::string_view reason) {
  return batch::invalid_property("poolInfo.autoPoolSpecification." + std::string(name), {}, reason);
}

std::string new_pool_id(const batch::AutoPoolSpecification& specification) {
  std::string guid = new_guid();
  std::transform(guid.begin(), guid.end(), guid.begin(),
                 [](unsigned char c) { return std::toupper(c); });
  const std::string prefix = specification.auto_pool_id_prefix.value_or("");
  return prefix.empty() ? guid : prefix + "_" + guid;
}

// Source: REST reference, "Job scheduling error codes".
std::string_view scheduling_code(std::string_view service_code) {
  if (service_code == "PoolQuotaReached") return "AutoPoolCreationFailedWithQuotaReached";
  if (service_code == "InvalidApplicationPackageReferences")
    return "InvalidApplicationPackageReferencesInAutoPool";
  if (service_code == "InvalidAutoScalingSettings" ||
      service_code == "AutoScalingFormulaSyntaxError" || service_code == "AutoScaleFormulaTooLong")
    return "InvalidAutoScaleFormulaInAutoPool";
  return "InvalidAutoPoolSettings";
}

batch::JobSchedulingError scheduling_error(const Error& error) {
  return {.category = batch::ErrorCategory::user_error,
          .code = std::string(scheduling_code(error.service_code)),
          .message = error.message};
}

Result<std::string> add_auto_pool(Core& core, Effects& out,
                                  const batch::AutoPoolSpecification& specification,
                                  Timestamp now) {
  batch::Pool wire = *specification.pool;
  wire.id = new_pool_id(specification);
  DMS_TRY(const PoolRecord* pool, add_pool(core, out, std::move(wire), now));
  return pool->wire.id;
}

bool is_there(Core& core, const std::string& id) {
  const PoolRecord* pool = core.find_pool({id});
  return pool && pool->wire.state != batch::PoolState::deleting;
}

// The pool of a schedule's jobs is made with the first of them, and anew when somebody deleted it.
Result<std::string> shared_pool(Core& core, Effects& out, JobScheduleRecord& schedule,
                                const batch::AutoPoolSpecification& specification, Timestamp now) {
  if (schedule.auto_pool && is_there(core, *schedule.auto_pool)) return *schedule.auto_pool;
  DMS_TRY(schedule.auto_pool, add_auto_pool(core, out, specification, now));
  return *schedule.auto_pool;
}

// Whether a client that read the pool and sends it again, without its secrets, changes it.
bool differ(batch::Pool has, batch::Pool wants) {
  hide_secrets(has);
  hide_secrets(wants);
  return has != wants;
}

void delete_if_there(Core& core, Effects& out, const std::string& id, Timestamp now) {
  if (is_there(core, id)) (void)delete_pool(core, out, *core.find_pool({id}), now);
}

}  // namespace

Status check_pool_info(const batch::PoolInfo& info, PoolOwner owner) {
  const auto& specification = info.auto_pool_specification;
  if (!specification) {
    if (info.pool_id) return ok();
    return missing_property("poolInfo.poolId");
  }
  if (info.pool_id)
    return batch::invalid_property(
        "poolInfo", {}, "it has both poolId and autoPoolSpecification: name one of them");
  const std::string prefix = specification->auto_pool_id_prefix.value_or("");
  if (prefix.size() > longest_prefix || (!prefix.empty() && !valid_id(prefix)))
    return bad_property("autoPoolIdPrefix",
                        "'" + prefix +
                            "' must be at most 20 of letters, digits, hyphen and "
                            "underscore");
  if (owner == PoolOwner::job &&
      specification->pool_lifetime_option == PoolLifetimeOption::job_schedule)
    return bad_property("poolLifetimeOption", "'jobschedule' is for job schedules only");
  if (!specification->pool) return missing_property("poolInfo.autoPoolSpecification.pool");
  return ok();
}

void fill_auto_pool(batch::AutoPoolSpecification& specification) {
  if (!specification.keep_alive) specification.keep_alive = false;
}

void give_auto_pool(Core& core, Effects& out, batch::Job& job, Timestamp now) {
  const auto& specification = job.pool_info.auto_pool_specification;
  if (!specification) return;
  const auto schedule_id = schedule_of({job.id});
  JobScheduleRecord* schedule = schedule_id ? core.find_job_schedule(*schedule_id) : nullptr;
  const bool shared = specification->pool_lifetime_option == PoolLifetimeOption::job_schedule;
  auto pool = shared && schedule ? shared_pool(core, out, *schedule, *specification, now)
                                 : add_auto_pool(core, out, *specification, now);
  if (pool)
    job.execution_info->pool_id = *std::move(pool);
  else
    job.execution_info->scheduling_error = scheduling_error(pool.error());
}

Status check_auto_pool_change(const JobRecord& job, const batch::PoolInfo& change) {
  const auto& has = job.wire.pool_info.auto_pool_specification;
  const auto& wants = change.auto_pool_specification;
  if (!wants) return ok();
  if (!has)
    return batch::invalid_property("poolInfo", {},
                                   "a job with a named pool cannot change to an auto pool");
  if (wants->pool_lifetime_option != has->pool_lifetime_option ||
      (wants->auto_pool_id_prefix && wants->auto_pool_id_prefix != has->auto_pool_id_prefix) ||
      (wants->pool && differ(*has->pool, *wants->pool)))
    return bad_property("keepAlive", "it is all that can change of an auto pool");
  if (has->pool_lifetime_option == PoolLifetimeOption::job_schedule &&
      wants->keep_alive.value_or(false) != has->keep_alive.value_or(false))
    return bad_property("keepAlive", "it can change only of a pool that lives as long as its job");
  return ok();
}

void change_auto_pool(JobRecord& job, const batch::PoolInfo& change) {
  if (!change.auto_pool_specification) return;
  job.wire.pool_info.auto_pool_specification->keep_alive =
      change.auto_pool_specification->keep_alive.value_or(false);
}

void end_auto_pool(Core& core, Effects& out, const JobRecord& job, Timestamp now) {
  const auto& specification = job.wire.pool_info.auto_pool_specification;
  if (specification && specification->pool_lifetime_option == PoolLifetimeOption::job &&
      !specification->keep_alive.value_or(false))
    delete_if_there(core, out, job.pool().text, now);
}

void end_auto_pool(Core& core, Effects& out, const JobScheduleRecord& schedule, Timestamp now) {
  const auto& specification = schedule.wire.job_specification.pool_info.auto_pool_specification;
  const bool kept = specification && specification->keep_alive.value_or(false);
  if (schedule.auto_pool && !kept) delete_if_there(core, out, *schedule.auto_pool, now);
}

}  // namespace dms::service
