// Tasks that give way to tasks of higher priority, and tasks that prefer a node. World:
// tests/service/world.h.
#include <algorithm>

#include "tests/service/world.h"

namespace dms::service {
namespace {

using batch::TaskState;

class Preemption : public CoreTest {
 protected:
  void add_job(const std::string& id, int priority, bool allows) {
    batch::Job wire;
    wire.id = id;
    wire.pool_info.pool_id = "p";
    wire.priority = priority;
    wire.allow_task_preemption = allows;
    ASSERT_EQ(world.add_job(wire), "");
  }
  int running(const std::string& job) { return world.job(job).counts.running; }
};

TEST_F(Preemption, a_task_gives_way_to_one_of_higher_priority_and_waits_again) {
  world.add_pool("p");
  add_job("low", 0, true);
  add_job("high", 5, false);
  world.add_task("l", {}, "low");
  world.forget();
  world.add_task("h", {}, "high");
  EXPECT_EQ(world.ends(), Words{"l"});
  EXPECT_EQ(world.task("l", "low").state, TaskState::active);
  EXPECT_EQ(world.task("l", "low").requeue_count, 1);
  EXPECT_EQ(world.starts(), Words{}) << "its process is still there";
  world.answer_end("l", "low");
  EXPECT_EQ(world.starts(), Words{"h"});
  world.end_run("h", 0, "high");
  EXPECT_EQ(world.starts(), Words{"l"});
  world.end_run("l", 0, "low");
  EXPECT_EQ(world.task("l", "low").retry_count, 0);
}

TEST_F(Preemption, needs_a_job_that_allows_it_and_a_higher_priority) {
  world.add_pool("p", {.slots = 3});
  add_job("firm", -5, false);
  add_job("equal", 5, true);
  add_job("above", 6, true);
  add_job("high", 5, false);
  for (const char* job : {"firm", "equal", "above"}) world.add_task("t", {}, job);
  world.forget();
  world.add_task("h", {}, "high");
  world.expect_nothing_else();
}

TEST_F(Preemption, ends_no_more_than_is_needed_and_nothing_twice) {
  world.add_pool("p", {.nodes = 2, .slots = 2});
  add_job("low", 0, true);
  add_job("high", 5, false);
  for (const char* id : {"l1", "l2", "l3", "l4"}) {
    world.add_task(id, {}, "low");
    world.pass(std::chrono::seconds(1));
  }
  world.forget();
  world.add_task("h1", {}, "high");
  EXPECT_EQ(world.ends(), Words{"l4"}) << "the one that lost least";
  world.act([&](Core& core, Effects& out, Timestamp now) { schedule(core, out, {"p"}, now); });
  EXPECT_EQ(world.ends(), Words{}) << "a slot is about to be free";
  world.add_task("h2", {}, "high");
  EXPECT_EQ(world.ends(), Words{"l3"}) << "which is for h1";
  for (const char* id : {"l4", "l3"}) world.answer_end(id, "low");
  EXPECT_EQ(world.starts(), (Words{"h1", "h2"}));
  EXPECT_EQ(running("low"), 2);
}

TEST_F(Preemption, makes_room_for_several_slots_on_one_node) {
  world.add_pool("p", {.nodes = 2, .slots = 2});
  add_job("lowest", -1, true);
  add_job("low", 0, true);
  add_job("high", 5, false);
  world.add_task("firm", {}, "high");
  for (const char* id : {"a", "b"}) world.add_task(id, {}, "low");
  world.add_task("c", {}, "lowest");
  world.forget();
  world.add_task("wide", {.slots = 2}, "high");
  const Words ends = world.ends();
  EXPECT_EQ(ends.size(), 2u) << "both of the node without firm";
  for (const auto& id : ends) {
    EXPECT_NE(id, "firm");
    world.answer_end(id, id == "c" ? "lowest" : "low");
  }
  EXPECT_EQ(world.task("wide", "high").state, TaskState::running);
}

TEST_F(Preemption, takes_the_lowest_priority_first) {
  world.add_pool("p", {.slots = 2});
  add_job("low", 0, true);
  add_job("lowest", -1, true);
  add_job("high", 5, false);
  world.add_task("a", {}, "lowest");
  world.pass(std::chrono::seconds(1));
  world.add_task("b", {}, "low");
  world.forget();
  world.add_task("h", {}, "high");
  EXPECT_EQ(world.ends(), Words{"a"});
  world.answer_end("a", "lowest");
}

TEST_F(Preemption, ends_nothing_for_a_task_that_cannot_start_anyway) {
  world.add_pool("p", {.slots = 2});
  add_job("low", 0, true);
  for (const char* id : {"a", "b"}) world.add_task(id, {}, "low");
  batch::Job wire;
  wire.id = "high";
  wire.pool_info.pool_id = "p";
  wire.priority = 5;
  wire.max_parallel_tasks = 1;
  world.add_job(wire);
  world.forget();
  for (const char* id : {"h1", "h2"}) world.add_task(id, {}, "high");
  EXPECT_EQ(world.ends().size(), 1u) << "one at a time";
  add_job("disabled", 9, false);
  world.disable_job("disabled", batch::DisableJobOption::wait);
  world.add_task("d", {}, "disabled");
  EXPECT_EQ(world.ends(), Words{});
}

TEST_F(Preemption, is_remembered_over_a_restart) {
  world.add_pool("p");
  add_job("low", 0, true);
  add_job("high", 5, false);
  world.add_task("l", {}, "low");
  world.add_task("h", {}, "high");
  world.restart();
  world.forget();
  world.hello_all();
  EXPECT_EQ(world.ends(), Words{"l"}) << "asked again";
  EXPECT_EQ(world.task("l", "low").requeue_count, 1);
  world.answer_end("l", "low");
  EXPECT_EQ(world.starts(), Words{"h"});
}

class Affinity : public CoreTest {
 protected:
  void SetUp() override {
    world.add_pool("p", {.nodes = 3, .slots = 2});
    world.add_job("j");
  }
  std::string add_near(const std::string& id, const std::string& affinity) {
    batch::Task wire;
    wire.id = id;
    wire.command_line = "true";
    wire.affinity_info = batch::AffinityInfo{affinity};
    return world.add_task(wire);
  }
};

TEST_F(Affinity, leads_a_task_to_its_node_while_that_has_room) {
  const NodeKey wanted = world.node(1);
  for (const char* id : {"a", "b"}) {
    EXPECT_EQ(add_near(id, "TVM:" + wanted.node.text), "");
    EXPECT_EQ(world.task(id).node, wanted);
  }
  EXPECT_EQ(add_near("c", "TVM:" + wanted.node.text), "");
  EXPECT_EQ(world.state("c"), TaskState::running) << "a wish, not a condition";
  EXPECT_NE(world.task("c").node, wanted);
  EXPECT_EQ(add_near("d", "TVM:nowhere"), "");
  EXPECT_EQ(world.state("d"), TaskState::running);
}

TEST_F(Affinity, is_kept_over_a_restart) {
  const NodeKey wanted = world.node(2);
  world.disable_job("j", batch::DisableJobOption::wait);
  add_near("a", "TVM:" + wanted.node.text);
  world.restart();
  world.hello_all();
  world.enable_job("j");
  world.tick();
  EXPECT_EQ(world.task("a").node, wanted);
}

}  // namespace
}  // namespace dms::service
