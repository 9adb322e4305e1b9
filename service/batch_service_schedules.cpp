// Operations on job schedules.
#include "batch/errors.h"
#include "service/batch_service.h"
#include "service/core/jobs.h"
#include "service/core/schedules.h"
#include "service/job_properties.h"
#include "service/listing.h"

namespace dms::service {

using batch::batch_error;
namespace op = batch::op;

namespace {

constexpr Filterable<JobScheduleRecord> schedule_properties[] = {
    {"id", [](const JobScheduleRecord& schedule) -> Scalar { return schedule.wire.id; }},
    {"state", [](const JobScheduleRecord& schedule) { return scalar_of(schedule.wire.state); }},
    {"stateTransitionTime",
     [](const JobScheduleRecord& schedule) {
       return scalar_of(schedule.wire.state_transition_time);
     }},
    {"creationTime",
     [](const JobScheduleRecord& schedule) { return scalar_of(schedule.wire.creation_time); }},
    {"lastModified",
     [](const JobScheduleRecord& schedule) { return scalar_of(schedule.wire.last_modified); }},
    {"executionInfo/endTime",
     [](const JobScheduleRecord& schedule) {
       return scalar_of(schedule.wire.execution_info->end_time);
     }},
    {"schedule/doNotRunUntil",
     [](const JobScheduleRecord& schedule) {
       return scalar_of(schedule.wire.schedule->do_not_run_until);
     }},
    {"schedule/doNotRunAfter",
     [](const JobScheduleRecord& schedule) {
       return scalar_of(schedule.wire.schedule->do_not_run_after);
     }},
};

// The jobs of one schedule that a filter lets pass.
struct JobsOf {
  const JobScheduleRecord& schedule;
  const FilterOf<JobRecord>& filter;
  bool passes(const JobRecord& job) const { return is_job_of(schedule, job) && filter.passes(job); }
};

Result<const JobScheduleRecord*> schedule_to_look_at(const Core& core, const Call& call) {
  const auto it = core.job_schedules.find({call.ids[0]});
  if (it == core.job_schedules.end()) return batch_error("JobScheduleNotFound");
  return &it->second;
}

// What every change of a schedule has around it.
template <class Change>
Result<Reply> change_schedule(Engine& engine, const Call& call, Change change) {
  return engine.change([&](Core& core, Effects& out, Timestamp now) -> Result<Reply> {
    JobScheduleRecord* schedule = core.find_job_schedule({call.ids[0]});
    if (!schedule) return batch_error("JobScheduleNotFound");
    DMS_CHECK(check_conditions(call.request, *schedule->wire.last_modified));
    DMS_CHECK(change(core, out, *schedule, now));
    return Reply{.modified = schedule->wire.last_modified, .entity_url = call.url};
  });
}

}  // namespace

void BatchService::add_schedule_routes() {
  add_schedule_looks();
  router_.on(op::add_job_schedule,
             [this](const Call& call, const batch::JobSchedule& wire) -> Result<Reply> {
               return engine_.change([&](Core& core, Effects& out, Timestamp now) -> Result<Reply> {
                 DMS_TRY(const JobScheduleRecord* schedule, add_job_schedule(core, out, wire, now));
                 return Reply{.modified = now, .entity_url = call.url + "/" + schedule->wire.id};
               });
             });
  router_.on(op::patch_job_schedule,
             [this](const Call& call, const batch::JobSchedulePatch& patch) -> Result<Reply> {
               return change_schedule(engine_, call,
                                      [&](Core& core, Effects& out, auto& schedule, Timestamp now) {
                                        return patch_job_schedule(core, out, schedule, patch, now);
                                      });
             });
  router_.on(op::update_job_schedule,
             [this](const Call& call, const batch::JobScheduleUpdate& update) -> Result<Reply> {
               return change_schedule(
                   engine_, call, [&](Core& core, Effects& out, auto& schedule, Timestamp now) {
                     return update_job_schedule(core, out, schedule, update, now);
                   });
             });
  router_.on(op::disable_job_schedule, [this](const Call& call) {
    return change_schedule(engine_, call, disable_job_schedule);
  });
  router_.on(op::enable_job_schedule, [this](const Call& call) {
    return change_schedule(engine_, call, enable_job_schedule);
  });
  router_.on(op::terminate_job_schedule, [this](const Call& call) {
    return change_schedule(engine_, call, terminate_job_schedule);
  });
  router_.on(op::delete_job_schedule, [this](const Call& call) -> Result<Reply> {
    DMS_CHECK(change_schedule(engine_, call, delete_job_schedule));
    return Reply{};
  });
}

void BatchService::add_schedule_looks() {
  router_.on(op::list_job_schedules, [this](const Call& call) -> Result<Reply> {
    DMS_TRY(const auto filter,
            FilterOf<JobScheduleRecord>::parse(call.query_value("$filter"), schedule_properties));
    return engine_.look([&](const Core& core) {
      return list_page(call, op::list_job_schedules.metadata, core.base_url, core.job_schedules,
                       filter,
                       [&](const JobScheduleRecord& schedule) -> Result<batch::JobSchedule> {
                         return show_job_schedule(core, schedule);
                       });
    });
  });
  router_.on(op::get_job_schedule, [this](const Call& call) -> Result<Reply> {
    return engine_.look([&](const Core& core) -> Result<Reply> {
      DMS_TRY(const JobScheduleRecord* schedule, schedule_to_look_at(core, call));
      DMS_CHECK(check_conditions(call.request, *schedule->wire.last_modified));
      Reply reply = show(op::get_job_schedule, core.base_url, show_job_schedule(core, *schedule),
                         call.select());
      reply.modified = schedule->wire.last_modified;
      return reply;
    });
  });
  router_.on(op::job_schedule_exists, [this](const Call& call) -> Result<Reply> {
    return engine_.look([&](const Core& core) -> Result<Reply> {
      DMS_TRY(const JobScheduleRecord* schedule, schedule_to_look_at(core, call));
      DMS_CHECK(check_conditions(call.request, *schedule->wire.last_modified));
      return Reply{.modified = schedule->wire.last_modified};
    });
  });
  router_.on(op::list_jobs_of_schedule, [this](const Call& call) -> Result<Reply> {
    // The id is no property here: it would tell what the path tells (REST reference).
    DMS_TRY(const auto filter, FilterOf<JobRecord>::parse(call.query_value("$filter"),
                                                          std::span(job_properties).subspan(1)));
    return engine_.look([&](const Core& core) -> Result<Reply> {
      DMS_TRY(const JobScheduleRecord* schedule, schedule_to_look_at(core, call));
      return list_page(call, op::list_jobs_of_schedule.metadata, core.base_url, core.jobs,
                       JobsOf{*schedule, filter}, [&](const JobRecord& job) -> Result<batch::Job> {
                         return show_job(core, job);
                       });
    });
  });
}

}  // namespace dms::service
