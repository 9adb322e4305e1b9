// Operations on jobs.
#include "batch/errors.h"
#include "service/batch_service.h"
#include "service/called_job.h"
#include "service/core/jobs.h"
#include "service/core/scheduler.h"
#include "service/core/statistics.h"
#include "service/job_properties.h"
#include "service/listing.h"

namespace dms::service {

using batch::batch_error;
namespace op = batch::op;

namespace {

Result<JobRecord*> job_to_change(Core& core, const Call& call) {
  JobRecord* job = core.find_job({call.ids[0]});
  if (!job) return batch_error("JobNotFound");
  DMS_CHECK(check_conditions(call.request, *job->wire.last_modified));
  return job;
}

batch::Job show_expanded(const Core& core, const JobRecord& job, bool stats, Timestamp now) {
  batch::Job wire = show_job(core, job);
  if (stats) wire.stats = Opaque{encode(job_statistics(core, job, now))};
  return wire;
}

// One change of one job: found, changed, and the pool's free slots given away.
template <class Change>
Result<Reply> change_job(Engine& engine, const Call& call, Change change) {
  return engine.change([&](Core& core, Effects& out, Timestamp now) -> Result<Reply> {
    DMS_TRY(JobRecord * job, job_to_change(core, call));
    DMS_CHECK(change(core, out, *job, now));
    schedule(core, out, job->pool(), now);
    return Reply{.modified = job->wire.last_modified, .entity_url = call.url};
  });
}

Force force_of(const Call& call) {
  return equal_ignoring_case(call.query_value("force"), "true") ? Force::yes : Force::no;
}

}  // namespace

void BatchService::add_job_routes() {
  router_.on(op::add_job, [this](const Call& call, const batch::Job& wire) -> Result<Reply> {
    return engine_.change([&](Core& core, Effects& out, Timestamp now) -> Result<Reply> {
      DMS_TRY(const JobRecord* job, add_job(core, out, wire, now));
      return Reply{.modified = now, .entity_url = call.url + "/" + job->wire.id};
    });
  });
  router_.on(op::list_jobs, [this](const Call& call) -> Result<Reply> {
    DMS_TRY(const auto filter,
            FilterOf<JobRecord>::parse(call.query_value("$filter"), job_properties));
    DMS_TRY(const bool stats, call.expands_stats());
    return engine_.look([&](const Core& core) {
      return list_page(call, op::list_jobs.metadata, core.base_url, core.jobs, filter,
                       [&](const JobRecord& job) -> Result<batch::Job> {
                         return show_expanded(core, job, stats, clock_.now());
                       });
    });
  });
  router_.on(op::get_job, [this](const Call& call) -> Result<Reply> {
    return engine_.look([&](const Core& core) -> Result<Reply> {
      DMS_TRY(const JobRecord* job, job_of(core, call));
      DMS_CHECK(check_conditions(call.request, *job->wire.last_modified));
      DMS_TRY(const bool stats, call.expands_stats());
      Reply reply = show(op::get_job, core.base_url, show_expanded(core, *job, stats, clock_.now()),
                         call.select());
      reply.modified = job->wire.last_modified;
      return reply;
    });
  });
  router_.on(op::patch_job, [this](const Call& call, const batch::JobPatch& patch) {
    return change_job(engine_, call, [&](Core& core, Effects& out, JobRecord& job, Timestamp now) {
      return patch_job(core, out, job, patch, now);
    });
  });
  router_.on(op::update_job, [this](const Call& call, const batch::JobUpdate& update) {
    return change_job(engine_, call, [&](Core& core, Effects& out, JobRecord& job, Timestamp now) {
      return update_job(core, out, job, update, now);
    });
  });
  router_.on(op::disable_job, [this](const Call& call, const batch::JobDisable& body) {
    return change_job(engine_, call, [&](Core& core, Effects& out, JobRecord& job, Timestamp now) {
      return disable_job(core, out, job, body.disable_tasks, now);
    });
  });
  router_.on(op::enable_job, [this](const Call& call) {
    return change_job(engine_, call, [](Core& core, Effects& out, JobRecord& job, Timestamp now) {
      return enable_job(core, out, job, now);
    });
  });
  router_.on(op::terminate_job, [this](const Call& call, const batch::JobTerminate& body) {
    return change_job(engine_, call, [&](Core& core, Effects& out, JobRecord& job, Timestamp now) {
      return terminate_job(core, out, job, body.terminate_reason.value_or("UserTerminate"), now,
                           force_of(call));
    });
  });
  router_.on(op::delete_job, [this](const Call& call) -> Result<Reply> {
    return engine_.change([&](Core& core, Effects& out, Timestamp now) -> Result<Reply> {
      DMS_TRY(JobRecord * job, job_to_change(core, call));
      DMS_CHECK(delete_job(core, out, *job, now, force_of(call)));
      return Reply{};
    });
  });
  router_.on(op::get_task_counts, [this](const Call& call) -> Result<Reply> {
    return engine_.look([&](const Core& core) -> Result<Reply> {
      DMS_TRY(const JobRecord* job, job_of(core, call));
      return show(op::get_task_counts, core.base_url,
                  batch::TaskCountsResult{job->counts, job->slot_counts});
    });
  });
}

}  // namespace dms::service
