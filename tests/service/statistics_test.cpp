// Statistics of tasks and jobs. World: tests/service/world.h.
#include "service/core/statistics.h"

#include "tests/service/batch_fixture.h"
#include "tests/service/world.h"

namespace dms::service {
namespace {

using std::chrono::seconds;

class Statistics : public CoreTest {
 protected:
  void SetUp() override {
    world.add_pool("p");
    world.add_job("j");
  }
  batch::TaskStatistics of(const std::string& id) {
    return task_statistics(world.core, world.job(), world.task(id), world.now());
  }
  batch::JobStatistics of_job() { return job_statistics(world.core, world.job(), world.now()); }
  static Duration span(int count) { return Duration{seconds(count)}; }
};

TEST_F(Statistics, of_a_task_tell_how_long_it_waited_and_ran) {
  world.add_task("t1");
  world.add_task("t2");
  world.pass(seconds(5));
  EXPECT_EQ(of("t1").wall_clock_time, span(5)) << "it runs";
  EXPECT_EQ(of("t2").wait_time, span(5)) << "it waits";
  world.end_run("t1");  // its agent says that it ran for one second
  world.pass(seconds(2));
  world.end_run("t2");
  world.pass(seconds(9));
  EXPECT_EQ(of("t1").wall_clock_time, span(1));
  EXPECT_EQ(of("t1").wait_time, span(5));
  EXPECT_EQ(of("t2").wall_clock_time, span(1));
  EXPECT_EQ(of("t2").wait_time, span(8));
  EXPECT_EQ(of("t2").last_update_time, world.now());
  EXPECT_EQ(of("t2").url, "http://h:1/jobs/j/tasks/t2");
}

TEST_F(Statistics, of_a_task_count_all_its_runs) {
  world.add_task("t1", {.retries = 1});
  world.pass(seconds(3));
  world.end_run("t1", 1);
  world.pass(seconds(4));
  world.end_run("t1", 1);
  EXPECT_EQ(of("t1").wall_clock_time, span(2));
  EXPECT_EQ(of("t1").wait_time, span(8)) << "up to its latest run";
  world.restart();
  world.hello_all();
  EXPECT_EQ(of("t1").wall_clock_time, span(2));
  world.reactivate_task("t1");
  world.pass(seconds(1));
  EXPECT_EQ(of("t1").wall_clock_time, span(3));
  world.dead(world.node(0));
  EXPECT_EQ(of("t1").wall_clock_time, span(3)) << "lost, but it ran";
}

TEST_F(Statistics, of_a_job_add_up_its_tasks) {
  world.add_task("t1");
  world.add_task("t2", {.retries = 1});
  world.pass(seconds(5));
  world.end_run("t1");
  world.pass(seconds(2));
  world.end_run("t2", 1);
  world.pass(seconds(2));
  world.end_run("t2", 1);
  const batch::JobStatistics stats = of_job();
  EXPECT_EQ(stats.wall_clock_time, span(3));
  EXPECT_EQ(stats.wait_time, span(16));
  EXPECT_EQ(stats.num_succeeded_tasks.value, 1);
  EXPECT_EQ(stats.num_failed_tasks.value, 1);
  EXPECT_EQ(stats.num_task_retries.value, 1);
  EXPECT_EQ(stats.start_time, world.job().wire.creation_time);
}

TEST_F(Statistics, of_a_job_may_be_a_little_old) {
  for (int i = 0; i < 20; ++i) world.add_task("t" + std::to_string(i));
  const Timestamp first = of_job().last_update_time;
  world.pass(std::chrono::milliseconds(1));
  EXPECT_EQ(of_job().last_update_time, first);
  world.pass(std::chrono::milliseconds(1));
  EXPECT_EQ(of_job().last_update_time, world.now());
}

class Expansion : public BatchServiceTest {
 protected:
  void SetUp() override {
    add_pool();
    add_job();
    add_task("t");
    clock.advance(seconds(3));
  }
};

TEST_F(Expansion, shows_statistics_of_jobs_and_tasks_when_asked) {
  for (const char* target : {"/jobs/j", "/jobs", "/jobs/j/tasks/t", "/jobs/j/tasks"}) {
    EXPECT_EQ(send("GET", target).body.find("\"stats\""), std::string::npos) << target;
    const Response response = send("GET", std::string(target) + "?$expand=stats");
    EXPECT_EQ(response.status, 200);
    EXPECT_NE(response.body.find("\"stats\":{\"url\":\"http"), std::string::npos) << response.body;
    EXPECT_NE(response.body.find("\"wallClockTime\":\"PT3S\""), std::string::npos) << target;
    EXPECT_EQ(outcome(send("GET", std::string(target) + "?$expand=tasks")),
              "400 InvalidQueryParameterValue");
  }
  const auto job = get<batch::Job>("/jobs/j?$expand=stats&$select=id,stats");
  EXPECT_FALSE(job.state);
  const auto stats = decode<batch::JobStatistics>(job.stats.value().json);
  ASSERT_TRUE(stats);
  EXPECT_EQ(stats->num_succeeded_tasks.value, 0);
  EXPECT_EQ(stats->wait_time, Duration{}) << "it runs";
}

}  // namespace
}  // namespace dms::service
