// The life of job schedules, seen through the Core's handlers. World: tests/service/world.h.
#include "service/core/schedules.h"

#include "tests/service/world.h"

namespace dms::service {
namespace {

using batch::JobScheduleState;
using batch::JobState;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

Duration span(std::chrono::nanoseconds time) {
  return Duration{std::chrono::duration_cast<Ticks>(time)};
}

class ScheduleLife : public CoreTest {
 protected:
  void SetUp() override { world.add_pool("p"); }

  Timestamp after(std::chrono::nanoseconds time) const {
    return Timestamp{world.now().at + std::chrono::duration_cast<Ticks>(time)};
  }
  batch::JobSchedule wire_of(const batch::Schedule& times) const {
    batch::JobSchedule wire;
    wire.id = "s";
    wire.schedule = times;
    wire.job_specification.pool_info.pool_id = "p";
    return wire;
  }
  std::string add(const batch::JobSchedule& wire) {
    return code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
      return add_job_schedule(core, out, wire, now);
    }));
  }
  std::string add(const batch::Schedule& times) { return add(wire_of(times)); }

  // Calls one of the handlers that take the schedule alone.
  std::string call(Status (*change)(Core&, Effects&, JobScheduleRecord&, Timestamp)) {
    return code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
      return change(core, out, schedule(), now);
    }));
  }
  std::string patch(const batch::JobSchedulePatch& patch) {
    return code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
      return patch_job_schedule(core, out, schedule(), patch, now);
    }));
  }
  std::string update(const batch::JobScheduleUpdate& update) {
    return code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
      return update_job_schedule(core, out, schedule(), update, now);
    }));
  }

  JobScheduleRecord& schedule() { return world.core.job_schedules.at({"s"}); }
  bool is_there() { return world.core.job_schedules.contains({"s"}); }
  JobScheduleState state() { return *schedule().wire.state; }
  std::optional<Timestamp> next_run() { return schedule().wire.execution_info->next_run_time; }

  void pass_and_tick(std::chrono::nanoseconds time) {
    world.pass(time - milliseconds(100));
    world.tick();
  }
  // The job of this number is over.
  void end_job(int number) {
    const std::string id = job_of_schedule({"s"}, number).text;
    ASSERT_EQ(world.terminate_job(id), "");
    world.act([&](Core& core, Effects& out, Timestamp now) {
      world.job(id).wire.state_transition_time = Timestamp{now.at - Ticks(1)};
      settle_job(core, out, world.job(id), now);
    });
    ASSERT_EQ(world.job(id).wire.state, JobState::completed);
  }
  // The ids of all jobs, each with its state.
  Words jobs() {
    Words found;
    for (const auto& [id, job] : world.core.jobs)
      found.push_back(id.text + " " + std::string(text_of(*job.wire.state)));
    return found;
  }
  Words job_ids() {
    Words found;
    for (const auto& [id, job] : world.core.jobs) found.push_back(id.text);
    return found;
  }
};

// -- runs --

TEST_F(ScheduleLife, without_a_time_makes_its_first_job_at_once) {
  const Timestamp start = world.now();
  ASSERT_EQ(add({.recurrence_interval = span(hours(1))}), "");
  EXPECT_EQ(jobs(), Words{"s:job-1 active"});
  const batch::JobSchedule wire = show_job_schedule(world.core, schedule());
  EXPECT_EQ(wire.url, "http://h:1/jobschedules/s");
  EXPECT_EQ(wire.state, JobScheduleState::active);
  EXPECT_EQ(wire.etag, start.etag());
  EXPECT_EQ(wire.creation_time, start);
  EXPECT_EQ(wire.execution_info->next_run_time->at, start.at + hours(1));
  EXPECT_EQ(wire.execution_info->recent_job->id, "s:job-1");
  EXPECT_EQ(wire.execution_info->recent_job->url, "http://h:1/jobs/s:job-1");
  EXPECT_EQ(wire.job_specification.priority, 0) << "defaults are shown";
  EXPECT_TRUE(wire.job_specification.id.empty());
  EXPECT_EQ(world.job("s:job-1").wire.execution_info->pool_id, "p");
}

TEST_F(ScheduleLife, makes_no_job_before_doNotRunUntil) {
  const Timestamp until = after(hours(72));
  ASSERT_EQ(add({.do_not_run_until = until, .recurrence_interval = span(hours(1))}), "");
  EXPECT_EQ(next_run(), until);
  EXPECT_FALSE(schedule().wire.execution_info->recent_job);
  pass_and_tick(hours(72) - seconds(1));
  EXPECT_EQ(jobs(), Words{});
  pass_and_tick(seconds(1));
  EXPECT_EQ(jobs(), Words{"s:job-1 active"});
  EXPECT_EQ(next_run()->at, until.at + hours(1)) << "on the hour, whenever the tick was";
}

TEST_F(ScheduleLife, makes_a_job_every_interval_when_the_one_before_has_ended) {
  const Timestamp start = world.now();
  ASSERT_EQ(add({.recurrence_interval = span(minutes(10))}), "");
  end_job(1);
  pass_and_tick(minutes(9));
  EXPECT_EQ(jobs(), Words{"s:job-1 completed"});
  pass_and_tick(minutes(2));
  EXPECT_EQ(jobs(), (Words{"s:job-1 completed", "s:job-2 active"}));
  EXPECT_EQ(next_run()->at, start.at + minutes(20)) << "late ticks do not shift the runs";
  EXPECT_EQ(schedule().wire.execution_info->recent_job->id, "s:job-2");
}

TEST_F(ScheduleLife, waits_for_the_job_before_and_makes_one_job_for_all_that_was_due) {
  const Timestamp start = world.now();
  ASSERT_EQ(add({.recurrence_interval = span(minutes(10))}), "");
  pass_and_tick(minutes(35));
  EXPECT_EQ(jobs(), Words{"s:job-1 active"});
  EXPECT_EQ(next_run()->at, start.at + minutes(30)) << "the latest run that is due";
  end_job(1);
  pass_and_tick(seconds(1));
  EXPECT_EQ(jobs(), (Words{"s:job-1 completed", "s:job-2 active"}));
  EXPECT_EQ(next_run()->at, start.at + minutes(40));
}

TEST_F(ScheduleLife, a_job_that_ends_is_not_ended_yet) {
  ASSERT_EQ(add({.recurrence_interval = span(minutes(10))}), "");
  world.add_task("t1", {}, "s:job-1");
  world.terminate_job("s:job-1");
  pass_and_tick(minutes(10));
  EXPECT_EQ(jobs(), Words{"s:job-1 terminating"});
  world.answer_end("t1", "s:job-1");
  world.tick();
  EXPECT_EQ(jobs(), (Words{"s:job-1 completed", "s:job-2 active"}));
}

TEST_F(ScheduleLife, loses_a_run_whose_window_passes_while_the_job_before_goes_on) {
  const Timestamp start = world.now();
  ASSERT_EQ(add({.start_window = span(minutes(2)), .recurrence_interval = span(minutes(10))}), "");
  pass_and_tick(minutes(12));
  EXPECT_EQ(next_run()->at, start.at + minutes(10)) << "the window's end is in the window";
  pass_and_tick(seconds(1));
  EXPECT_EQ(next_run()->at, start.at + minutes(20));
  end_job(1);
  pass_and_tick(minutes(7));
  EXPECT_EQ(job_ids(), Words{"s:job-1"}) << "the run of minute 10 is lost";
  pass_and_tick(minutes(1));
  EXPECT_EQ(job_ids(), (Words{"s:job-1", "s:job-2"}));
}

TEST_F(ScheduleLife, makes_a_late_job_inside_of_its_window) {
  ASSERT_EQ(add({.start_window = span(minutes(2)), .recurrence_interval = span(minutes(10))}), "");
  pass_and_tick(minutes(11));
  end_job(1);
  pass_and_tick(seconds(1));
  EXPECT_EQ(job_ids(), (Words{"s:job-1", "s:job-2"}));
}

TEST_F(ScheduleLife, without_recurrence_makes_one_job_and_completes_when_it_has_ended) {
  ASSERT_EQ(add(batch::Schedule{}), "");
  EXPECT_FALSE(next_run());
  pass_and_tick(hours(100));
  EXPECT_EQ(jobs(), Words{"s:job-1 active"});
  EXPECT_EQ(state(), JobScheduleState::active);
  end_job(1);
  EXPECT_TRUE(world.tick());
  EXPECT_EQ(state(), JobScheduleState::terminating);
  EXPECT_FALSE(world.tick());
  EXPECT_EQ(state(), JobScheduleState::completed);
  EXPECT_EQ(schedule().wire.execution_info->end_time, world.now());
  EXPECT_EQ(schedule().wire.previous_state, JobScheduleState::terminating);
  EXPECT_EQ(job_ids(), Words{"s:job-1"});
}

TEST_F(ScheduleLife, whose_job_asks_to_end_without_tasks_completes_by_itself) {
  batch::JobSchedule wire = wire_of({});
  wire.job_specification.on_all_tasks_complete = batch::OnAllTasksComplete::terminate_job;
  ASSERT_EQ(add(wire), "");
  world.settle();
  EXPECT_EQ(jobs(), Words{"s:job-1 completed"});
  EXPECT_EQ(state(), JobScheduleState::completed);
}

TEST_F(ScheduleLife, that_lost_its_only_run_completes_without_a_job) {
  ASSERT_EQ(add({.do_not_run_until = after(-hours(1)), .start_window = span(minutes(30))}), "");
  world.settle();
  EXPECT_EQ(state(), JobScheduleState::completed);
  EXPECT_EQ(jobs(), Words{});
}

TEST_F(ScheduleLife, makes_no_job_after_doNotRunAfter_and_completes_then) {
  ASSERT_EQ(add({.do_not_run_after = after(minutes(15)), .recurrence_interval = span(minutes(10))}),
            "");
  end_job(1);
  pass_and_tick(minutes(10));
  EXPECT_EQ(job_ids(), (Words{"s:job-1", "s:job-2"}));
  EXPECT_FALSE(next_run()) << "minute 20 is after minute 15";
  end_job(2);
  pass_and_tick(minutes(5));
  EXPECT_EQ(state(), JobScheduleState::active) << "until the moment is past";
  pass_and_tick(seconds(1));
  EXPECT_EQ(state(), JobScheduleState::terminating);
  world.settle();
  EXPECT_EQ(state(), JobScheduleState::completed);
  EXPECT_EQ(job_ids(), (Words{"s:job-1", "s:job-2"}));
}

TEST_F(ScheduleLife, loses_what_waits_when_doNotRunAfter_passes_but_lets_its_job_go_on) {
  ASSERT_EQ(add({.do_not_run_after = after(minutes(15)), .recurrence_interval = span(minutes(10))}),
            "");
  pass_and_tick(minutes(16));
  EXPECT_FALSE(next_run());
  EXPECT_EQ(state(), JobScheduleState::active) << "its job is";
  end_job(1);
  world.settle();
  EXPECT_EQ(state(), JobScheduleState::completed);
  EXPECT_EQ(job_ids(), Words{"s:job-1"});
}

TEST_F(ScheduleLife, an_interval_without_end_is_no_recurrence) {
  ASSERT_EQ(add({.recurrence_interval = Duration::unlimited()}), "");
  EXPECT_EQ(job_ids(), Words{"s:job-1"});
  EXPECT_FALSE(next_run());
}

TEST_F(ScheduleLife, a_job_that_somebody_deleted_makes_room_for_the_next) {
  ASSERT_EQ(add({.recurrence_interval = span(minutes(10))}), "");
  EXPECT_EQ(world.delete_job("s:job-1"), "");
  pass_and_tick(minutes(10));
  EXPECT_EQ(jobs(), Words{"s:job-2 active"}) << "numbers are not used again";
}

// -- changes --

TEST_F(ScheduleLife, disabled_makes_no_job_and_lets_its_own_go_on) {
  ASSERT_EQ(add({.recurrence_interval = span(minutes(10))}), "");
  world.add_task("t1", {}, "s:job-1");
  world.pass(seconds(1));
  EXPECT_EQ(call(disable_job_schedule), "");
  EXPECT_EQ(state(), JobScheduleState::disabled);
  EXPECT_EQ(schedule().wire.etag, world.now().etag());
  EXPECT_EQ(call(disable_job_schedule), "") << "it is what was asked for";
  world.end_run("t1", 0, "s:job-1");
  end_job(1);
  pass_and_tick(minutes(25));
  EXPECT_EQ(job_ids(), Words{"s:job-1"});
  EXPECT_EQ(call(enable_job_schedule), "");
  EXPECT_EQ(job_ids(), (Words{"s:job-1", "s:job-2"})) << "the run of minute 20 is in its window";
  EXPECT_EQ(call(enable_job_schedule), "");
}

TEST_F(ScheduleLife, enabled_after_the_window_waits_for_the_next_run) {
  const Timestamp start = world.now();
  ASSERT_EQ(add({.start_window = span(minutes(1)), .recurrence_interval = span(minutes(10))}), "");
  end_job(1);
  call(disable_job_schedule);
  pass_and_tick(minutes(25));
  call(enable_job_schedule);
  EXPECT_EQ(job_ids(), Words{"s:job-1"});
  EXPECT_EQ(next_run()->at, start.at + minutes(30));
}

TEST_F(ScheduleLife, terminated_terminates_its_job_and_completes_after_it) {
  ASSERT_EQ(add({.recurrence_interval = span(minutes(10))}), "");
  world.add_task("t1", {}, "s:job-1");
  EXPECT_EQ(call(terminate_job_schedule), "");
  EXPECT_EQ(state(), JobScheduleState::terminating);
  EXPECT_EQ(jobs(), Words{"s:job-1 terminating"});
  EXPECT_EQ(world.job("s:job-1").wire.execution_info->terminate_reason, "TerminateJobSchedule");
  EXPECT_EQ(call(terminate_job_schedule), "") << "it is what was asked for";
  EXPECT_EQ(call(disable_job_schedule), "JobScheduleBeingTerminated");
  EXPECT_EQ(patch({}), "JobScheduleBeingTerminated");
  EXPECT_TRUE(world.tick());
  EXPECT_EQ(state(), JobScheduleState::terminating) << "t1 is still there";
  world.answer_end("t1", "s:job-1");
  world.settle();
  EXPECT_EQ(state(), JobScheduleState::completed);
  EXPECT_EQ(jobs(), Words{"s:job-1 completed"});
  EXPECT_FALSE(next_run());
  for (const auto change : {terminate_job_schedule, enable_job_schedule, disable_job_schedule})
    EXPECT_EQ(call(change), "JobScheduleCompleted");
  EXPECT_EQ(patch({}), "JobScheduleCompleted");
  pass_and_tick(hours(1));
  EXPECT_EQ(job_ids(), Words{"s:job-1"});
}

TEST_F(ScheduleLife, terminated_while_disabled_completes) {
  ASSERT_EQ(add({.recurrence_interval = span(minutes(10))}), "");
  call(disable_job_schedule);
  EXPECT_EQ(call(terminate_job_schedule), "");
  world.settle();
  EXPECT_EQ(state(), JobScheduleState::completed);
}

TEST_F(ScheduleLife, deleted_goes_when_all_its_jobs_are_gone_with_their_directories) {
  ASSERT_EQ(add({.recurrence_interval = span(minutes(10))}), "");
  end_job(1);
  pass_and_tick(minutes(10));
  world.add_task("t1", {}, "s:job-2");
  world.forget();
  EXPECT_EQ(call(delete_job_schedule), "");
  EXPECT_EQ(state(), JobScheduleState::deleting);
  EXPECT_EQ(call(delete_job_schedule), "JobScheduleBeingDeleted");
  EXPECT_EQ(call(terminate_job_schedule), "JobScheduleBeingDeleted");
  EXPECT_EQ(patch({}), "JobScheduleBeingDeleted");
  EXPECT_EQ(add(batch::Schedule{}), "JobScheduleBeingDeleted");
  EXPECT_TRUE(world.tick());
  EXPECT_EQ(jobs(), Words{"s:job-2 deleting"}) << "t1 is still there";
  world.answer_end("t1", "s:job-2");
  world.settle();
  EXPECT_FALSE(is_there());
  EXPECT_EQ(jobs(), Words{});
  EXPECT_EQ(world.removed(), (Words{"workitems/s/job-1", "workitems/s/job-2", "workitems/s"}));
  EXPECT_EQ(add(batch::Schedule{}), "");
  EXPECT_EQ(job_ids(), Words{"s:job-1"}) << "numbers begin again";
}

TEST_F(ScheduleLife, deleted_leaves_jobs_of_similar_names_alone) {
  ASSERT_EQ(add(batch::Schedule{}), "");
  batch::JobSchedule other = wire_of({});
  other.id = "s-1";
  ASSERT_EQ(add(other), "");
  world.add_job("s0");
  call(delete_job_schedule);
  world.settle();
  EXPECT_EQ(job_ids(), (Words{"s-1:job-1", "s0"}));
}

TEST_F(ScheduleLife, a_new_interval_counts_from_the_latest_run) {
  const Timestamp start = world.now();
  ASSERT_EQ(add({.recurrence_interval = span(minutes(10))}), "");
  world.pass(minutes(1));
  EXPECT_EQ(patch({.schedule = batch::Schedule{.recurrence_interval = span(minutes(3))}}), "");
  EXPECT_EQ(next_run()->at, start.at + minutes(3));
  EXPECT_EQ(schedule().wire.etag, world.now().etag());
  EXPECT_EQ(patch({.schedule = batch::Schedule{.do_not_run_until = after(hours(1)),
                                               .recurrence_interval = span(minutes(3))}}),
            "");
  EXPECT_EQ(next_run(), after(hours(1)));
}

TEST_F(ScheduleLife, a_first_run_may_be_moved) {
  ASSERT_EQ(add({.do_not_run_until = after(hours(3))}), "");
  EXPECT_EQ(patch({.schedule = batch::Schedule{.do_not_run_until = after(hours(1))}}), "");
  EXPECT_EQ(next_run(), after(hours(1)));
  EXPECT_EQ(jobs(), Words{});
  EXPECT_EQ(patch({.schedule = batch::Schedule{}}), "");
  EXPECT_EQ(jobs(), Words{"s:job-1 active"}) << "nothing holds it back any more";
}

TEST_F(ScheduleLife, a_new_specification_is_for_the_jobs_to_come) {
  ASSERT_EQ(add({.recurrence_interval = span(minutes(10))}), "");
  batch::Job specification = wire_of({}).job_specification;
  specification.priority = 7;
  EXPECT_EQ(patch({.job_specification = specification}), "");
  EXPECT_EQ(world.job("s:job-1").priority(), 0);
  EXPECT_EQ(next_run()->at, world.now().at + minutes(10)) << "PATCH leaves the schedule alone";
  end_job(1);
  pass_and_tick(minutes(10));
  EXPECT_EQ(world.job("s:job-2").priority(), 7);
}

TEST_F(ScheduleLife, an_update_replaces_and_a_patch_leaves_what_it_does_not_name) {
  batch::JobSchedule wire = wire_of({.recurrence_interval = span(minutes(10))});
  wire.metadata = {{"a", "b"}};
  ASSERT_EQ(add(wire), "");
  EXPECT_EQ(patch({.schedule = batch::Schedule{.recurrence_interval = span(minutes(5))}}), "");
  EXPECT_EQ(schedule().wire.metadata.size(), 1u);
  EXPECT_EQ(update({.schedule = {.recurrence_interval = span(minutes(4))},
                    .job_specification = wire.job_specification}),
            "");
  EXPECT_TRUE(schedule().wire.metadata.empty());
  EXPECT_EQ(schedule().wire.schedule->recurrence_interval, span(minutes(4)));
}

TEST_F(ScheduleLife, a_change_that_is_refused_changes_nothing) {
  ASSERT_EQ(add({.recurrence_interval = span(minutes(10))}), "");
  const std::string before = encode(schedule().wire);
  batch::Job bad = wire_of({}).job_specification;
  bad.priority = 1001;
  EXPECT_EQ(patch({.schedule = batch::Schedule{}, .job_specification = bad}), "OutOfRangePriority");
  EXPECT_EQ(patch({.schedule = batch::Schedule{.recurrence_interval = span(seconds(59))},
                   .metadata = std::vector<batch::MetadataItem>{{"a", "b"}}}),
            "InvalidPropertyValue");
  EXPECT_EQ(encode(schedule().wire), before);
}

// -- what is refused --

TEST_F(ScheduleLife, refuses_what_it_cannot_do) {
  const auto code = [&](auto change) {
    batch::JobSchedule wire = wire_of({});
    change(wire);
    return add(wire);
  };
  using Wire = batch::JobSchedule;
  EXPECT_EQ(code([](Wire& w) { w.id = ""; }), "MissingRequiredProperty");
  EXPECT_EQ(code([](Wire& w) { w.id = "a:b"; }), "InvalidPropertyValue");
  EXPECT_EQ(code([](Wire& w) { w.schedule.reset(); }), "MissingRequiredProperty");
  EXPECT_EQ(code([](Wire& w) { w.schedule->start_window = span(seconds(59)); }),
            "InvalidPropertyValue");
  EXPECT_EQ(code([](Wire& w) { w.schedule->recurrence_interval = span(seconds(59)); }),
            "InvalidPropertyValue");
  EXPECT_EQ(code([&](Wire& w) {
              w.schedule->do_not_run_until = after(hours(2));
              w.schedule->do_not_run_after = after(hours(1));
            }),
            "InvalidPropertyValue");
  EXPECT_EQ(code([](Wire& w) { w.job_specification.pool_info = {}; }), "MissingRequiredProperty");
  EXPECT_EQ(code([](Wire& w) { w.job_specification.priority = 1001; }), "OutOfRangePriority");
  EXPECT_TRUE(world.core.job_schedules.empty());
  EXPECT_EQ(code([](Wire&) {}), "");
  EXPECT_EQ(code([](Wire& w) { w.id = "S"; }), "JobScheduleExists");
}

TEST_F(ScheduleLife, and_jobs_do_not_share_an_id) {
  ASSERT_EQ(add(batch::Schedule{}), "");
  batch::Job job;
  job.pool_info.pool_id = "p";
  const auto add_as = [&](const std::string& id) {
    job.id = id;
    return code_of(world.act(
        [&](Core& core, Effects& out, Timestamp now) { return add_job(core, out, job, now); }));
  };
  EXPECT_EQ(add_as("S"), "JobScheduleWithSameIdExists");
  EXPECT_EQ(add_as("s:job-2"), "InvalidPropertyValue") << "only schedules make such ids";
  world.add_job("j");
  batch::JobSchedule wire = wire_of({});
  wire.id = "J";
  EXPECT_EQ(add(wire), "JobWithSameIdExists");
}

// -- tasks of their jobs --

TEST_F(ScheduleLife, tasks_of_its_jobs_have_their_directories_below_the_schedules) {
  ASSERT_EQ(add(batch::Schedule{}), "");
  EXPECT_EQ(world.add_task("t1", {}, "s:job-1"), "");
  EXPECT_EQ(world.starts(), Words{"t1"});
  EXPECT_EQ(world.agent(world.node(0)).running.begin()->second, "workitems/s/job-1/t1");
  const auto shown = show_task(world.core, world.job("s:job-1"), world.task("t1", "s:job-1"));
  EXPECT_EQ(shown->node_info->task_root_directory, "workitems/s/job-1/t1");
  EXPECT_EQ(shown->url, "http://h:1/jobs/s:job-1/tasks/t1");
  world.end_run("t1", 0, "s:job-1");
  world.delete_task("t1", "s:job-1");
  EXPECT_EQ(world.removed(), Words{"workitems/s/job-1/t1"});
}

TEST(JobIds, tell_the_schedule_that_made_them) {
  EXPECT_EQ(job_of_schedule({"s"}, 12).text, "s:job-12");
  EXPECT_EQ(schedule_of({"s:job-12"})->text, "s");
  EXPECT_FALSE(schedule_of({"s"}));
  EXPECT_EQ(job_directory({"j"}), "workitems/j");
  EXPECT_EQ(task_directory({"j"}, {"t"}), "workitems/j/job-1/t");
  EXPECT_EQ(job_directory({"s:job-12"}), "workitems/s/job-12");
  EXPECT_EQ(task_directory({"s:job-12"}, {"t"}), "workitems/s/job-12/t");
}

// -- restarts --

TEST_F(ScheduleLife, a_restart_brings_back_everything_that_clients_see) {
  ASSERT_EQ(add({.start_window = span(minutes(2)), .recurrence_interval = span(minutes(10))}), "");
  end_job(1);
  pass_and_tick(minutes(10));
  const std::string before = encode(show_job_schedule(world.core, schedule()));
  world.restart();
  world.hello_all();
  EXPECT_EQ(encode(show_job_schedule(world.core, schedule())), before);
  end_job(2);
  pass_and_tick(minutes(10));
  EXPECT_EQ(job_ids(), (Words{"s:job-1", "s:job-2", "s:job-3"}));
  EXPECT_EQ(patch({.schedule = batch::Schedule{.recurrence_interval = span(minutes(3))}}), "");
  EXPECT_EQ(next_run()->at, schedule().last_run->at + minutes(3));
}

TEST_F(ScheduleLife, a_service_that_was_down_makes_one_job_for_all_that_was_due) {
  ASSERT_EQ(add({.recurrence_interval = span(minutes(10))}), "");
  end_job(1);
  world.restart();
  pass_and_tick(hours(5));
  EXPECT_EQ(job_ids(), (Words{"s:job-1", "s:job-2"}));
  world.hello_all();
}

TEST_F(ScheduleLife, a_restart_goes_on_with_what_was_ending) {
  ASSERT_EQ(add({.recurrence_interval = span(minutes(10))}), "");
  batch::JobSchedule other = wire_of({});
  other.id = "gone";
  ASSERT_EQ(add(other), "");
  call(terminate_job_schedule);
  ASSERT_TRUE(world.act([](Core& core, Effects& out, Timestamp now) {
    return delete_job_schedule(core, out, core.job_schedules.at({"gone"}), now);
  }));
  world.restart();
  world.hello_all();
  world.settle();
  EXPECT_EQ(state(), JobScheduleState::completed);
  EXPECT_EQ(world.core.job_schedules.size(), 1u);
  EXPECT_EQ(jobs(), Words{"s:job-1 completed"});
  world.restart();
  EXPECT_EQ(world.core.job_schedules.size(), 1u);
  world.hello_all();
}

TEST_F(ScheduleLife, a_row_that_cannot_be_read_is_named) {
  const auto store = memory_store();
  ASSERT_TRUE(store->commit({Change::put("schedule", "s", "{}")}));
  Core core;
  const Status status = load_core(core, *store);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::corrupt);
  EXPECT_NE(status.error().message.find("schedule s"), std::string::npos);
}

}  // namespace
}  // namespace dms::service
