// Operations on tasks.
#include "batch/errors.h"
#include "service/batch_service.h"
#include "service/called_job.h"
#include "service/core/scheduler.h"
#include "service/core/show_task.h"
#include "service/core/statistics.h"
#include "service/core/tasks.h"
#include "service/listing.h"

namespace dms::service {

using batch::batch_error;
namespace op = batch::op;

namespace {

constexpr std::size_t max_collection = 100;

constexpr Filterable<TaskRecord> task_properties[] = {
    {"id", [](const TaskRecord& task) -> Scalar { return task.id.text; }},
    {"state", [](const TaskRecord& task) -> Scalar { return text_of(task.state); }},
    {"stateTransitionTime", [](const TaskRecord& task) -> Scalar { return task.state_since; }},
    {"creationTime", [](const TaskRecord& task) -> Scalar { return task.created; }},
    {"lastModifiedTime", [](const TaskRecord& task) -> Scalar { return task.modified; }},
    {"executionInfo/startTime", [](const TaskRecord& task) { return scalar_of(task.started); }},
    {"executionInfo/endTime", [](const TaskRecord& task) { return scalar_of(task.ended); }},
    {"executionInfo/exitCode", [](const TaskRecord& task) { return scalar_of(task.exit_code); }},
    {"executionInfo/result", [](const TaskRecord& task) { return scalar_of(task.result); }},
};

Result<JobRecord*> job_with_tasks(Core& core, const Call& call) {
  JobRecord* job = core.find_job({call.ids[0]});
  if (!job) return batch_error("JobNotFound");
  return job;
}

struct JobAndTask {
  JobRecord& job;
  TaskRecord& task;
};

Result<JobAndTask> task_to_change(Core& core, const Call& call) {
  DMS_TRY(JobRecord * job, job_with_tasks(core, call));
  TaskRecord* task = core.find_task(job->id(), {call.ids[1]});
  if (!task) return batch_error("TaskNotFound");
  DMS_CHECK(check_conditions(call.request, task->modified));
  return JobAndTask{*job, *task};
}

batch::TaskAddResult add_one(Core& core, Effects& out, JobRecord& job, const batch::Task& wire,
                             Timestamp now) {
  batch::TaskAddResult result;
  result.task_id = wire.id;
  auto added = add_task(core, out, job, wire, now);
  if (added) {
    result.etag = now.etag();
    result.last_modified = now;
    result.location = task_url(core, job, **added);
  } else {
    result.status = batch::TaskAddStatus::client_error;
    result.error = batch::body_of_error(added.error());
  }
  return result;
}

std::optional<batch::TaskStatistics> statistics_if(bool wanted, const Core& core,
                                                   const JobRecord& job, const TaskRecord& task,
                                                   Timestamp now) {
  if (!wanted) return std::nullopt;
  return task_statistics(core, job, task, now);
}

// One change of one task: found, changed, and the pool's free slots given away.
template <class Change>
Result<Reply> change_task(Engine& engine, const Call& call, Change change) {
  return engine.change([&](Core& core, Effects& out, Timestamp now) -> Result<Reply> {
    DMS_TRY(const JobAndTask found, task_to_change(core, call));
    const PoolId pool = found.job.pool();
    const TaskId id = found.task.id;
    Timestamp modified = found.task.modified;
    DMS_CHECK(change(core, out, found, now));
    if (const auto it = found.job.tasks.find(id); it != found.job.tasks.end())
      modified = it->second.modified;
    schedule(core, out, pool, now);
    return Reply{.modified = modified, .entity_url = call.url};
  });
}

}  // namespace

void BatchService::add_task_routes() {
  router_.on(op::add_task, [this](const Call& call, const batch::Task& wire) -> Result<Reply> {
    return engine_.change([&](Core& core, Effects& out, Timestamp now) -> Result<Reply> {
      DMS_TRY(JobRecord * job, job_with_tasks(core, call));
      DMS_TRY(const TaskRecord* task, add_task(core, out, *job, wire, now));
      Reply reply{.modified = now, .entity_url = call.url + "/" + task->id.text};
      schedule(core, out, job->pool(), now);
      return reply;
    });
  });
  router_.on(op::add_task_collection,
             [this](const Call& call, const batch::TaskCollection& body) -> Result<Reply> {
               if (body.value.size() > max_collection)
                 return batch_error("InvalidRequestBody",
                                    "a collection has at most 100 tasks, not " +
                                        std::to_string(body.value.size()));
               return engine_.change([&](Core& core, Effects& out, Timestamp now) -> Result<Reply> {
                 DMS_TRY(JobRecord * job, job_with_tasks(core, call));
                 DMS_CHECK(job_takes_tasks(*job));
                 batch::TaskAddCollectionResult results;
                 for (const auto& wire : body.value)
                   results.value.push_back(add_one(core, out, *job, wire, now));
                 schedule(core, out, job->pool(), now);
                 return show(op::add_task_collection, core.base_url, results);
               });
             });
  router_.on(op::list_tasks, [this](const Call& call) -> Result<Reply> {
    DMS_TRY(const auto filter,
            FilterOf<TaskRecord>::parse(call.query_value("$filter"), task_properties));
    DMS_TRY(const bool stats, call.expands_stats());
    const auto select = call.select();
    return engine_.look([&](const Core& core) -> Result<Reply> {
      DMS_TRY(const JobRecord* job, job_of(core, call));
      return list_page(call, op::list_tasks.metadata, core.base_url, job->tasks, filter,
                       [&](const TaskRecord& task) {
                         return encode_task(core, *job, task,
                                            statistics_if(stats, core, *job, task, clock_.now()),
                                            select);
                       });
    });
  });
  router_.on(op::get_task, [this](const Call& call) -> Result<Reply> {
    return engine_.look([&](const Core& core) -> Result<Reply> {
      DMS_TRY(const JobRecord* job, job_of(core, call));
      const auto task = job->tasks.find({call.ids[1]});
      if (task == job->tasks.end()) return batch_error("TaskNotFound");
      DMS_CHECK(check_conditions(call.request, task->second.modified));
      DMS_TRY(const bool stats, call.expands_stats());
      DMS_TRY(std::string body,
              encode_task(core, *job, task->second,
                          statistics_if(stats, core, *job, task->second, clock_.now()),
                          call.select(), odata_metadata(op::get_task.metadata, core.base_url)));
      return Reply{.body = std::move(body), .modified = task->second.modified};
    });
  });
  router_.on(op::list_subtasks, [this](const Call& call) -> Result<Reply> {
    return engine_.look([&](const Core& core) -> Result<Reply> {
      DMS_TRY(const JobRecord* job, job_of(core, call));
      const auto task = job->tasks.find({call.ids[1]});
      if (task == job->tasks.end()) return batch_error("TaskNotFound");
      std::vector<std::string> items;
      for (const auto& subtask : show_subtasks(core, *job, task->second).value)
        items.push_back(encode(subtask, call.select()));
      return show_page(op::list_subtasks.metadata, core.base_url, items, std::nullopt);
    });
  });
  router_.on(op::update_task, [this](const Call& call, const batch::TaskUpdate& update) {
    return change_task(engine_, call,
                       [&](Core& core, Effects& out, JobAndTask found, Timestamp now) {
                         return update_task(core, out, found.job, found.task, update, now);
                       });
  });
  router_.on(op::terminate_task, [this](const Call& call) {
    return change_task(engine_, call,
                       [](Core& core, Effects& out, JobAndTask found, Timestamp now) {
                         return terminate_task(core, out, found.job, found.task, now);
                       });
  });
  router_.on(op::reactivate_task, [this](const Call& call) {
    return change_task(engine_, call,
                       [](Core& core, Effects& out, JobAndTask found, Timestamp now) {
                         return reactivate_task(core, out, found.job, found.task, now);
                       });
  });
  router_.on(op::delete_task, [this](const Call& call) -> Result<Reply> {
    DMS_CHECK(
        change_task(engine_, call, [](Core& core, Effects& out, JobAndTask found, Timestamp now) {
          delete_task(core, out, found.job, found.task, now);
          return ok();
        }));
    return Reply{};
  });
}

}  // namespace dms::service
