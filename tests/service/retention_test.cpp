// How long the directories of completed tasks stay. World: tests/service/world.h.
#include "tests/service/world.h"

namespace dms::service {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class Retention : public CoreTest {
 protected:
  void SetUp() override {
    world.add_pool("p", {.slots = 2});
    world.add_job("j");
  }
  void add(const std::string& id, const char* retention) {
    batch::Task wire;
    wire.id = id;
    wire.command_line = "true";
    if (retention)
      wire.constraints = batch::TaskConstraints{.retention_time = *Duration::parse(retention)};
    ASSERT_EQ(world.add_task(wire), "");
  }
  void run(const std::string& id, const char* retention = nullptr) {
    add(id, retention);
    world.end_run(id);
    world.forget();
  }
  std::string update(const std::string& id, const char* retention) {
    return code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
      return update_task(core, out, world.job(), world.task(id),
                         {batch::TaskConstraints{.retention_time = *Duration::parse(retention)}},
                         now);
    }));
  }
};

TEST_F(Retention, ends_with_the_directory_and_only_with_that) {
  run("t1", "PT1H");
  run("t2", "PT2H");
  world.pass(hours(1) - seconds(2));  // t2 took one
  world.tick();
  world.expect_nothing_else();
  world.pass(seconds(1));
  world.tick();
  EXPECT_EQ(world.removed(), Words{"workitems/j/job-1/t1"});
  EXPECT_TRUE(world.task("t1").files_gone);
  EXPECT_FALSE(world.task("t2").files_gone);
  world.tick();
  world.expect_nothing_else();
  world.pass(hours(1) + seconds(1));
  world.tick();
  EXPECT_EQ(world.removed(), Words{"workitems/j/job-1/t2"});
}

TEST_F(Retention, is_seven_days_unless_said_otherwise) {
  run("t1");
  world.pass(hours(24 * 7) - minutes(1));
  world.tick();
  world.expect_nothing_else();
  world.pass(minutes(1));
  world.tick();
  EXPECT_EQ(world.removed(), Words{"workitems/j/job-1/t1"});
}

TEST_F(Retention, may_be_without_end) {
  run("t1", Duration::unlimited().iso8601().c_str());
  world.pass(hours(24 * 365 * 20));
  world.tick();
  world.expect_nothing_else();
}

TEST_F(Retention, begins_when_the_task_completes) {
  add("t1", "PT1H");
  world.pass(hours(5));
  world.tick();
  EXPECT_EQ(world.removed(), Words{});
  world.end_run("t1", 1);
  world.tick();
  EXPECT_EQ(world.removed(), Words{});
  world.pass(hours(1));
  world.tick();
  EXPECT_EQ(world.removed(), Words{"workitems/j/job-1/t1"});
}

TEST_F(Retention, is_known_after_a_restart_and_so_is_what_is_gone) {
  run("t1", "PT1H");
  run("t2", "PT2H");
  world.pass(hours(1));
  world.tick();
  world.restart();
  EXPECT_TRUE(world.task("t1").files_gone);
  world.hello_all();
  world.forget();
  world.pass(hours(1));
  world.tick();
  EXPECT_EQ(world.removed(), Words{"workitems/j/job-1/t2"});
}

TEST_F(Retention, waits_for_a_node_that_is_not_heard) {
  run("t1", "PT1H");
  world.silent(world.node(0));
  world.pass(hours(1));
  world.tick();
  EXPECT_EQ(world.removed(), Words{});
  world.hello_all();
  world.pass(minutes(1));
  world.tick();
  EXPECT_EQ(world.removed(), Words{"workitems/j/job-1/t1"});
}

TEST_F(Retention, waits_for_the_end_of_what_runs_in_the_directory) {
  add("t1", "PT1H");
  world.terminate_task("t1");
  world.forget();
  world.pass(hours(1));
  world.tick();
  EXPECT_EQ(world.removed(), Words{});
  world.answer_end("t1");
  world.pass(minutes(1));
  world.tick();
  EXPECT_EQ(world.removed(), Words{"workitems/j/job-1/t1"});
}

TEST_F(Retention, begins_anew_with_a_task_that_runs_again) {
  add("t1", "PT1H");
  world.end_run("t1", 1);
  world.pass(hours(1));
  world.tick();
  EXPECT_TRUE(world.task("t1").files_gone);
  EXPECT_EQ(world.reactivate_task("t1"), "");
  EXPECT_FALSE(world.task("t1").files_gone) << "it has a directory again";
  world.restart();
  world.end_run_unheard("t1");
  world.hello_all();
  EXPECT_FALSE(world.task("t1").files_gone);
}

TEST_F(Retention, can_be_changed_until_the_task_completes) {
  add("t1", "PT1H");
  EXPECT_EQ(update("t1", "PT5H"), "");
  world.end_run("t1");
  world.forget();
  world.pass(hours(4));
  world.tick();
  world.expect_nothing_else();
  world.restart();
  world.hello_all();
  world.pass(hours(1));
  world.tick();
  EXPECT_EQ(world.removed(), Words{"workitems/j/job-1/t1"});
}

// Forty tasks that end a second after each other, and whose directories are due within 40 ms.
TEST_F(Retention, is_looked_at_not_more_often_than_is_cheap) {
  using std::chrono::milliseconds;
  constexpr int count = 40;
  world.add_pool("q", {.slots = count});
  world.add_job("many", {.pool = "q"});
  for (int i = 0; i < count; ++i) {
    batch::Task wire;
    wire.id = "t" + std::to_string(i);
    wire.command_line = "true";
    const Duration left{seconds(60 - (i + 1)) + milliseconds(i)};
    wire.constraints = batch::TaskConstraints{.retention_time = left};
    world.add_task(wire, "many");
  }
  for (int i = 0; i < count; ++i) world.end_run("t" + std::to_string(i), 0, "many");
  world.forget();
  world.pass(seconds(60 - count) - milliseconds(100));
  world.tick();
  EXPECT_EQ(world.removed().size(), 1u);
  EXPECT_EQ(world.job("many").next_cleanup, Timestamp{world.now().at + milliseconds(count)});
  world.tick();
  EXPECT_EQ(world.removed().size(), count - 1u);
}

}  // namespace
}  // namespace dms::service
