// What lists of jobs may be filtered by. Source: "OData filters" of the REST reference.
#pragma once

#include "service/core/state.h"
#include "service/odata.h"

namespace dms::service {

// The id comes first; lists of a schedule's jobs leave it out.
inline constexpr Filterable<JobRecord> job_properties[] = {
    {"id", [](const JobRecord& job) -> Scalar { return job.wire.id; }},
    {"state", [](const JobRecord& job) { return scalar_of(job.wire.state); }},
    {"stateTransitionTime",
     [](const JobRecord& job) { return scalar_of(job.wire.state_transition_time); }},
    {"creationTime", [](const JobRecord& job) { return scalar_of(job.wire.creation_time); }},
    {"lastModified", [](const JobRecord& job) { return scalar_of(job.wire.last_modified); }},
    {"executionInfo/startTime",
     [](const JobRecord& job) { return scalar_of(job.wire.execution_info->start_time); }},
    {"executionInfo/endTime",
     [](const JobRecord& job) { return scalar_of(job.wire.execution_info->end_time); }},
    {"executionInfo/poolId",
     [](const JobRecord& job) { return scalar_of(job.wire.execution_info->pool_id); }},
};

}  // namespace dms::service
