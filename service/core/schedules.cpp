#include "service/core/schedules.h"

#include <algorithm>

#include "batch/errors.h"
#include "service/core/jobs.h"
#include "service/core/refusals.h"
#include "service/core/rows.h"
#include "service/core/scheduler.h"
#include "service/core/secrets.h"

namespace dms::service {

using batch::batch_error;
using batch::JobScheduleState;

namespace {

void move_schedule(Effects& out, JobScheduleRecord& schedule, JobScheduleState to, Timestamp now) {
  schedule.wire.previous_state = schedule.wire.state;
  schedule.wire.previous_state_transition_time = schedule.wire.state_transition_time;
  schedule.wire.state = to;
  schedule.wire.state_transition_time = now;
  schedule.finishing = to == JobScheduleState::terminating || to == JobScheduleState::deleting;
  out.changes.push_back(job_schedule_row(schedule));
}

void touch(JobScheduleRecord& schedule, Timestamp now) {
  schedule.wire.last_modified = now;
  schedule.wire.etag = now.etag();
}

// -- what may be asked for --

Status check_span(std::string_view name, const std::optional<Duration>& span) {
  if (!span || span->span >= std::chrono::minutes(1)) return ok();
  return batch::invalid_property("schedule." + std::string(name), span->iso8601(),
                                 "it must be at least PT1M");
}

Status check_times(const batch::Schedule& times) {
  DMS_CHECK(check_span("startWindow", times.start_window));
  DMS_CHECK(check_span("recurrenceInterval", times.recurrence_interval));
  if (times.do_not_run_until && times.do_not_run_after &&
      *times.do_not_run_after <= *times.do_not_run_until)
    return batch::invalid_property("schedule.doNotRunAfter", times.do_not_run_after->iso8601(),
                                   "it must be later than doNotRunUntil");
  return ok();
}

Status check_schedule(const batch::JobSchedule& wire) {
  if (wire.id.empty()) return missing_property("id");
  if (!valid_id(wire.id))
    return batch::invalid_property("id", wire.id,
                                   "ids have 1 to 64 of letters, digits, hyphen and underscore");
  if (!wire.schedule) return missing_property("schedule");
  DMS_CHECK(check_times(*wire.schedule));
  return check_job_specification(wire.job_specification, PoolOwner::job_schedule);
}

Status check_id_is_free(Core& core, const std::string& id) {
  if (const JobScheduleRecord* other = core.find_job_schedule({id}))
    return batch_error(other->wire.state == JobScheduleState::deleting ? "JobScheduleBeingDeleted"
                                                                       : "JobScheduleExists");
  if (core.find_job({id})) return batch_error("JobWithSameIdExists");
  return ok();
}

Status check_changeable(const JobScheduleRecord& schedule) {
  switch (*schedule.wire.state) {
    case JobScheduleState::completed: return batch_error("JobScheduleCompleted");
    case JobScheduleState::terminating: return batch_error("JobScheduleBeingTerminated");
    case JobScheduleState::deleting: return batch_error("JobScheduleBeingDeleted");
    case JobScheduleState::active:
    case JobScheduleState::disabled: break;
  }
  return ok();
}

batch::Job specification_of(batch::Job wire) {
  wire.id.clear();
  fill_job_specification(wire);
  return wire;
}

// -- its jobs --

std::vector<JobRecord*> jobs_of(Core& core, const JobScheduleRecord& schedule) {
  std::vector<JobRecord*> jobs;
  for (auto it = core.jobs.lower_bound({schedule.wire.id + ":"});
       it != core.jobs.end() && is_job_of(schedule, it->second); ++it)
    jobs.push_back(&it->second);
  return jobs;
}

// The one that has not ended; there is at most one.
JobRecord* active_job(Core& core, const JobScheduleRecord& schedule) {
  const auto jobs = jobs_of(core, schedule);
  const auto found = std::find_if(jobs.begin(), jobs.end(), [](const JobRecord* job) {
    return job->wire.state != batch::JobState::completed;
  });
  return found == jobs.end() ? nullptr : *found;
}

void make_job(Core& core, Effects& out, JobScheduleRecord& schedule, Timestamp now) {
  batch::Job wire = schedule.wire.job_specification;
  wire.id = job_of_schedule(schedule.id(), schedule.next_job_number++).text;
  const JobRecord& job = start_job(core, out, std::move(wire), now);
  schedule.wire.execution_info->recent_job = batch::RecentJob{.id = job.wire.id};
  service::schedule(core, out, job.pool(), now);
}

// -- its runs --

std::optional<Timestamp> run_after(const batch::Schedule& times, Timestamp run) {
  constexpr Timestamp end_of_time{std::chrono::sys_days{std::chrono::year{9999} / 12 / 31}};
  const auto& interval = times.recurrence_interval;
  if (!interval || interval->span > end_of_time.at - run.at) return std::nullopt;
  return Timestamp{run.at + interval->span};
}

// The first run that a new or changed schedule is to have.
std::optional<Timestamp> first_run(const JobScheduleRecord& schedule, Timestamp now) {
  const batch::Schedule& times = *schedule.wire.schedule;
  if (!schedule.last_run) return times.do_not_run_until.value_or(now);
  const auto next = run_after(times, *schedule.last_run);
  return next ? std::max(*next, times.do_not_run_until.value_or(*next)) : next;
}

// The latest run that is due, when several have become due since `run`.
Timestamp latest_due(const batch::Schedule& times, Timestamp run, Timestamp now) {
  if (!times.recurrence_interval || now < run) return run;
  const Ticks interval = times.recurrence_interval->span;
  return Timestamp{run.at + (now.at - run.at) / interval * interval};
}

bool is_over(const batch::Schedule& times, Timestamp now) {
  return times.do_not_run_after && now > *times.do_not_run_after;
}

bool is_lost(const batch::Schedule& times, Timestamp run, Timestamp now) {
  return times.start_window && now.at - run.at > times.start_window->span;
}

// The run to wait for, `run` or a later one; makes its job when it is due and can be.
std::optional<Timestamp> take_run(Core& core, Effects& out, JobScheduleRecord& schedule,
                                  Timestamp run, Timestamp now) {
  const batch::Schedule& times = *schedule.wire.schedule;
  if (is_over(times, now)) return std::nullopt;
  run = latest_due(times, run, now);
  if (run > now) return run;
  if (is_lost(times, run, now)) return run_after(times, run);
  if (active_job(core, schedule)) return run;
  schedule.last_run = run;
  make_job(core, out, schedule, now);
  return run_after(times, run);
}

void run_schedule(Core& core, Effects& out, JobScheduleRecord& schedule, Timestamp now) {
  auto& next = schedule.wire.execution_info->next_run_time;
  if (!next) return;
  const auto before = next;
  next = take_run(core, out, schedule, *next, now);
  const auto& end = schedule.wire.schedule->do_not_run_after;
  if (next && end && *next > *end) next.reset();
  if (next != before) out.changes.push_back(job_schedule_row(schedule));
}

bool has_more_to_do(Core& core, const JobScheduleRecord& schedule, Timestamp now) {
  const batch::Schedule& times = *schedule.wire.schedule;
  const bool waits_for_its_end =
      times.recurrence_interval && times.do_not_run_after && !is_over(times, now);
  return schedule.wire.execution_info->next_run_time || waits_for_its_end ||
         active_job(core, schedule);
}

void complete(Core& core, Effects& out, JobScheduleRecord& schedule, Timestamp now) {
  schedule.wire.execution_info->next_run_time.reset();
  schedule.wire.execution_info->end_time = now;
  move_schedule(out, schedule, JobScheduleState::completed, now);
  end_auto_pool(core, out, schedule, now);
}

// Jobs remove their own directories; the schedule's own is left.
void remove_directories(const Core& core, Effects& out, const JobScheduleRecord& schedule) {
  for (const auto& [pool_id, pool] : core.pools)
    for (const auto& [node_id, node] : pool.nodes)
      out.frame({pool_id, node_id}).remove.push_back("workitems/" + schedule.wire.id);
}

void erase(Core& core, Effects& out, const JobScheduleRecord& schedule, Timestamp now) {
  remove_directories(core, out, schedule);
  end_auto_pool(core, out, schedule, now);
  out.changes.push_back(erase_job_schedule_row(schedule));
  core.job_schedules.erase(schedule.id());
}

void change_times(JobScheduleRecord& schedule, const batch::Schedule& times, Timestamp now) {
  schedule.wire.schedule = times;
  schedule.wire.execution_info->next_run_time = first_run(schedule, now);
}

// What every change of an active or disabled schedule ends with.
void keep_change(Core& core, Effects& out, JobScheduleRecord& schedule, Timestamp now) {
  touch(schedule, now);
  out.changes.push_back(job_schedule_row(schedule));
  if (schedule.wire.state == JobScheduleState::active) run_schedule(core, out, schedule, now);
}

}  // namespace

bool is_job_of(const JobScheduleRecord& schedule, const JobRecord& job) {
  return schedule_of(job.id()) == schedule.id();
}

Result<const JobScheduleRecord*> add_job_schedule(Core& core, Effects& out, batch::JobSchedule wire,
                                                  Timestamp now) {
  DMS_CHECK(check_schedule(wire));
  DMS_CHECK(check_id_is_free(core, wire.id));
  wire.job_specification = specification_of(std::move(wire.job_specification));
  wire.creation_time = now;
  wire.execution_info.emplace();
  JobScheduleRecord& schedule = core.job_schedules[{wire.id}];
  schedule.wire = std::move(wire);
  touch(schedule, now);
  schedule.wire.state = JobScheduleState::active;
  schedule.wire.state_transition_time = now;
  change_times(schedule, batch::Schedule(*schedule.wire.schedule), now);
  out.changes.push_back(job_schedule_row(schedule));
  run_schedule(core, out, schedule, now);
  return &schedule;
}

Status patch_job_schedule(Core& core, Effects& out, JobScheduleRecord& schedule,
                          const batch::JobSchedulePatch& patch, Timestamp now) {
  DMS_CHECK(check_changeable(schedule));
  if (patch.schedule) DMS_CHECK(check_times(*patch.schedule));
  if (patch.job_specification)
    DMS_CHECK(check_job_specification(*patch.job_specification, PoolOwner::job_schedule));
  if (patch.schedule) change_times(schedule, *patch.schedule, now);
  if (patch.job_specification)
    schedule.wire.job_specification = specification_of(*patch.job_specification);
  if (patch.metadata) schedule.wire.metadata = *patch.metadata;
  keep_change(core, out, schedule, now);
  return ok();
}

Status update_job_schedule(Core& core, Effects& out, JobScheduleRecord& schedule,
                           const batch::JobScheduleUpdate& update, Timestamp now) {
  return patch_job_schedule(core, out, schedule,
                            {update.schedule, update.job_specification, update.metadata}, now);
}

Status disable_job_schedule(Core&, Effects& out, JobScheduleRecord& schedule, Timestamp now) {
  DMS_CHECK(check_changeable(schedule));
  if (schedule.wire.state == JobScheduleState::disabled) return ok();
  touch(schedule, now);
  move_schedule(out, schedule, JobScheduleState::disabled, now);
  return ok();
}

Status enable_job_schedule(Core& core, Effects& out, JobScheduleRecord& schedule, Timestamp now) {
  DMS_CHECK(check_changeable(schedule));
  if (schedule.wire.state == JobScheduleState::active) return ok();
  touch(schedule, now);
  move_schedule(out, schedule, JobScheduleState::active, now);
  run_schedule(core, out, schedule, now);
  return ok();
}

Status terminate_job_schedule(Core& core, Effects& out, JobScheduleRecord& schedule,
                              Timestamp now) {
  if (schedule.wire.state == JobScheduleState::terminating) return ok();
  DMS_CHECK(check_changeable(schedule));
  touch(schedule, now);
  move_schedule(out, schedule, JobScheduleState::terminating, now);
  // A job that is being deleted ends as well.
  if (JobRecord* job = active_job(core, schedule))
    (void)terminate_job(core, out, *job, "TerminateJobSchedule", now);
  return ok();
}

Status delete_job_schedule(Core& core, Effects& out, JobScheduleRecord& schedule, Timestamp now) {
  if (schedule.wire.state == JobScheduleState::deleting)
    return batch_error("JobScheduleBeingDeleted");
  move_schedule(out, schedule, JobScheduleState::deleting, now);
  for (JobRecord* job : jobs_of(core, schedule)) (void)delete_job(core, out, *job, now);
  return ok();
}

bool settle_job_schedule(Core& core, Effects& out, JobScheduleRecord& schedule, Timestamp now) {
  switch (*schedule.wire.state) {
    case JobScheduleState::active:
      run_schedule(core, out, schedule, now);
      if (!has_more_to_do(core, schedule, now))
        move_schedule(out, schedule, JobScheduleState::terminating, now);
      return true;
    case JobScheduleState::terminating:
      if (schedule.wire.state_transition_time != now && !active_job(core, schedule))
        complete(core, out, schedule, now);
      return true;
    case JobScheduleState::deleting:
      if (schedule.wire.state_transition_time == now || !jobs_of(core, schedule).empty())
        return true;
      erase(core, out, schedule, now);
      return false;
    case JobScheduleState::disabled:
    case JobScheduleState::completed: break;
  }
  return true;
}

batch::JobSchedule show_job_schedule(const Core& core, const JobScheduleRecord& schedule) {
  batch::JobSchedule wire = schedule.wire;
  wire.url = core.base_url + "/jobschedules/" + wire.id;
  hide_secrets(wire.job_specification.pool_info);
  if (auto& recent = wire.execution_info->recent_job)
    recent->url = core.base_url + "/jobs/" + *recent->id;
  return wire;
}

}  // namespace dms::service
