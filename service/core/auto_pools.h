// Auto pools: pools that the service makes for a job, or for all jobs of a schedule, and deletes
// when their job or schedule is completed or deleted, unless keepAlive keeps them.
//
// Their ids are "[<prefix>_]<GUID in upper case>"; the job's executionInfo.poolId names them. That
// a pool was made is in the row of its job or schedule, so none is made twice. Source: REST
// reference, "AutoPoolSpecification".
#pragma once

#include "service/core/state.h"

namespace dms::service {

// Who asks for a pool: only a schedule's jobs may share one.
enum class PoolOwner { job, job_schedule };

// Errors: batch_error MissingRequiredProperty, InvalidPropertyValue. What is wrong with the pool
// itself is found when it is made.
Status check_pool_info(const batch::PoolInfo& info, PoolOwner owner);
void fill_auto_pool(batch::AutoPoolSpecification& specification);

// Makes the pool of a job that asks for one, or finds the one that its schedule has, and puts its
// id, or else the scheduling error, into the job's executionInfo. Nothing for a job with a named
// pool. Requires: the job has an executionInfo.
void give_auto_pool(Core& core, Effects& out, batch::Job& job, Timestamp now);

// The only change of an auto pool is keepAlive, of a pool that lives as long as its job.
// Errors: batch_error InvalidPropertyValue.
Status check_auto_pool_change(const JobRecord& job, const batch::PoolInfo& change);
void change_auto_pool(JobRecord& job, const batch::PoolInfo& change);

// Deletes the pool that lives no longer than this job or schedule, if it is still there.
void end_auto_pool(Core& core, Effects& out, const JobRecord& job, Timestamp now);
void end_auto_pool(Core& core, Effects& out, const JobScheduleRecord& schedule, Timestamp now);

}  // namespace dms::service
