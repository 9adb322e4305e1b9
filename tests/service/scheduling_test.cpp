// Which task starts where. World: tests/service/world.h.
#include <algorithm>

#include "tests/service/world.h"

namespace dms::service {
namespace {

using batch::NodeFillType;
using batch::TaskState;

class Scheduling : public CoreTest {
 protected:
  // How many slots of each node are used, most used first.
  std::vector<int> load() {
    std::vector<int> used;
    for (const auto& [id, node] : world.pool().nodes) used.push_back(node.used_slots);
    std::sort(used.rbegin(), used.rend());
    return used;
  }
};

TEST_F(Scheduling, serves_the_tasks_of_a_job_in_the_order_they_were_added) {
  world.add_pool("p");
  world.add_job("j");
  for (const char* id : {"z", "a", "m", "b"}) world.add_task(id);
  for (const char* id : {"z", "a", "m", "b"}) world.end_run(id);
  EXPECT_EQ(world.starts(), (Words{"z", "a", "m", "b"}));
}

TEST_F(Scheduling, serves_the_job_of_higher_priority_first) {
  world.add_pool("p");
  world.add_job("low", {.priority = -10});
  world.add_job("high", {.priority = 10});
  world.add_job("middle");
  world.add_task("first", {}, "low");
  for (const char* job : {"low", "middle", "high"})
    for (const char* number : {"1", "2"}) world.add_task(job + std::string(number), {}, job);
  world.end_run("first", 0, "low");
  for (const char* id : {"high1", "high2"}) world.end_run(id, 0, "high");
  for (const char* id : {"middle1", "middle2"}) world.end_run(id, 0, "middle");
  world.end_run("low1", 0, "low");
  EXPECT_EQ(world.starts(),
            (Words{"first", "high1", "high2", "middle1", "middle2", "low1", "low2"}));
}

TEST_F(Scheduling, lets_jobs_of_equal_priority_take_turns) {
  world.add_pool("p");
  for (const char* job : {"a", "b", "c"}) world.add_job(job);
  for (const char* job : {"a", "b", "c"})
    for (const char* number : {"1", "2", "3"}) world.add_task(job + std::string(number), {}, job);
  for (const char* number : {"1", "2", "3"})
    for (const char* job : {"a", "b", "c"}) world.end_run(job + std::string(number), 0, job);
  EXPECT_EQ(world.starts(), (Words{"a1", "b1", "c1", "a2", "b2", "c2", "a3", "b3", "c3"}));
}

TEST_F(Scheduling, spreads_tasks_over_the_nodes) {
  world.add_pool("p", {.nodes = 3, .slots = 4});
  world.add_job("j");
  for (int i = 0; i < 4; ++i) world.add_task("t" + std::to_string(i));
  EXPECT_EQ(load(), (std::vector<int>{2, 1, 1}));
}

TEST_F(Scheduling, packs_tasks_onto_few_nodes) {
  world.add_pool("p", {.nodes = 3, .slots = 4, .fill = NodeFillType::pack});
  world.add_job("j");
  for (int i = 0; i < 5; ++i) world.add_task("t" + std::to_string(i));
  EXPECT_EQ(load(), (std::vector<int>{4, 1, 0}));
}

TEST_F(Scheduling, waits_for_as_many_slots_as_a_task_requires) {
  world.add_pool("p", {.slots = 4});
  world.add_job("j");
  world.add_task("a", {.slots = 2});
  world.add_task("wide", {.slots = 3});
  world.add_task("narrow", {.slots = 1});
  EXPECT_EQ(world.starts(), Words{"a"}) << "nothing overtakes the head of a job's queue";
  world.add_job("other");
  world.add_task("o", {.slots = 2}, "other");
  EXPECT_EQ(world.starts(), Words{"o"}) << "another job may";
  world.end_run("a");
  EXPECT_EQ(world.starts(), Words{});
  world.end_run("o", 0, "other");
  EXPECT_EQ(world.starts(), (Words{"wide", "narrow"}));
  EXPECT_EQ(world.used_slots(0), 4);
}

TEST_F(Scheduling, runs_no_more_tasks_of_a_job_than_it_allows) {
  world.add_pool("p", {.slots = 8});
  world.add_job("j", {.max_parallel_tasks = 2});
  for (const char* id : {"a", "b", "c"}) world.add_task(id);
  EXPECT_EQ(world.starts(), (Words{"a", "b"}));
  world.end_run("a");
  EXPECT_EQ(world.starts(), Words{"c"});
}

TEST_F(Scheduling, leaves_tasks_active_while_their_pool_does_not_exist) {
  world.add_job("j", {.pool = "later"});
  EXPECT_EQ(world.add_task("t1"), "");
  EXPECT_EQ(world.state("t1"), TaskState::active);
  world.add_pool("later");
  EXPECT_EQ(world.state("t1"), TaskState::running);
}

TEST_F(Scheduling, starts_nothing_in_a_pool_with_a_node_that_is_not_heard) {
  world.add_pool("p", {.nodes = 2});
  world.add_job("j");
  world.silent(world.node(1));
  EXPECT_EQ(world.node_state(1), batch::NodeState::unknown);
  world.add_task("t1");
  EXPECT_EQ(world.starts(), Words{}) << "it may run there already";
  world.hello(world.node(1));
  EXPECT_NE(world.node_state(1), batch::NodeState::unknown);
  EXPECT_EQ(world.starts(), Words{"t1"});
}

TEST_F(Scheduling, goes_on_when_the_node_that_was_not_heard_is_dead) {
  world.add_pool("p", {.nodes = 2});
  world.add_job("j");
  world.silent(world.node(1));
  world.add_task("t1");
  world.dead(world.node(1));
  EXPECT_EQ(world.starts(), Words{"t1"});
  EXPECT_EQ(world.task("t1").node, world.node(0));
}

TEST_F(Scheduling, goes_on_while_a_leaving_node_ends) {
  world.add_pool("p", {.nodes = 2});
  world.add_job("j");
  world.resize_pool("p", 1, batch::NodeDeallocationOption::requeue);
  world.tick();
  ASSERT_EQ(world.agents_retired().size(), 1u);
  const NodeKey leaving = world.agent(world.node(0)).retired ? world.node(0) : world.node(1);
  world.silent(leaving);
  world.add_task("t1");
  EXPECT_EQ(world.starts(), Words{"t1"}) << "a retired node holds nothing up";
}

}  // namespace
}  // namespace dms::service
