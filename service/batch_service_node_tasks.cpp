// Operations on jobs' preparation and release tasks.
#include "batch/errors.h"
#include "service/batch_service.h"
#include "service/called_job.h"
#include "service/core/node_tasks.h"
#include "service/listing.h"

namespace dms::service {

using batch::batch_error;
using NodeStatus = batch::JobPreparationAndReleaseTaskStatus;
using Preparation = batch::JobPreparationTaskExecutionInfo;
using Release = batch::JobReleaseTaskExecutionInfo;
namespace op = batch::op;

namespace {

template <class T>
std::optional<T> as_optional(const T& value) {
  return value;
}
template <class T>
std::optional<T> as_optional(const std::optional<T>& value) {
  return value;
}

// A member of what one of the two tasks did; there is none where it has not run.
template <auto Info, auto Member>
Scalar read(const NodeStatus& status) {
  const auto& info = status.*Info;
  return info ? scalar_of(as_optional((*info).*Member)) : Scalar();
}

constexpr auto preparation = &NodeStatus::job_preparation_task_execution_info;
constexpr auto release = &NodeStatus::job_release_task_execution_info;

constexpr Filterable<NodeStatus> status_properties[] = {
    {"poolId", [](const NodeStatus& status) { return scalar_of(status.pool_id); }},
    {"nodeId", [](const NodeStatus& status) { return scalar_of(status.node_id); }},
    {"jobPreparationTaskExecutionInfo/state", read<preparation, &Preparation::state>},
    {"jobPreparationTaskExecutionInfo/startTime", read<preparation, &Preparation::start_time>},
    {"jobPreparationTaskExecutionInfo/endTime", read<preparation, &Preparation::end_time>},
    {"jobPreparationTaskExecutionInfo/exitCode", read<preparation, &Preparation::exit_code>},
    {"jobPreparationTaskExecutionInfo/result", read<preparation, &Preparation::result>},
    {"jobReleaseTaskExecutionInfo/state", read<release, &Release::state>},
    {"jobReleaseTaskExecutionInfo/startTime", read<release, &Release::start_time>},
    {"jobReleaseTaskExecutionInfo/endTime", read<release, &Release::end_time>},
    {"jobReleaseTaskExecutionInfo/exitCode", read<release, &Release::exit_code>},
    {"jobReleaseTaskExecutionInfo/result", read<release, &Release::result>},
};

// Pages are in the order of pool and node.
std::map<TaskId, NodeStatus> by_node(const Core& core, const JobRecord& job) {
  std::map<TaskId, NodeStatus> map;
  for (auto& status : show_node_tasks(core, job)) {
    TaskId key{*status.pool_id + "/" + *status.node_id};
    map.emplace(std::move(key), std::move(status));
  }
  return map;
}

}  // namespace

void BatchService::add_node_task_routes() {
  const auto& row = op::list_preparation_and_release_status;
  router_.on(row, [this](const Call& call) -> Result<Reply> {
    DMS_TRY(const auto filter,
            FilterOf<NodeStatus>::parse(call.query_value("$filter"), status_properties));
    return engine_.look([&](const Core& core) -> Result<Reply> {
      DMS_TRY(const JobRecord* job, job_of(core, call));
      if (!job->wire.job_preparation_task)  // without it there is no release task either
        return batch_error("JobPreparationTaskOrReleaseTaskNotSpecified");
      return list_page(call, op::list_preparation_and_release_status.metadata, core.base_url,
                       by_node(core, *job), filter,
                       [](const NodeStatus& status) -> Result<NodeStatus> { return status; });
    });
  });
}

}  // namespace dms::service
