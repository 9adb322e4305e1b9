// What a restart reads back. World: tests/service/world.h; its restart() loads what its store
// holds.
#include "tests/service/world.h"

namespace dms::service {
namespace {

using batch::TaskState;

class RowsTest : public CoreTest {
 protected:
  // Everything that clients see, as one text.
  std::string view() {
    std::string text;
    for (const auto& [id, pool] : world.core.pools) {
      text += encode(show_pool(world.core, pool)) + "\n";
      for (const auto& [node_id, node] : pool.nodes) {
        batch::Node wire = show_node(world.core, pool, node);
        wire.recent_tasks.clear();  // a restart knows of the latest run of each task only
        text += encode(wire) + "\n";
      }
    }
    for (const auto& [id, job] : world.core.jobs) {
      text += encode(show_job(world.core, job)) + "\n" +
              encode(batch::TaskCountsResult{job.counts, job.slot_counts}) + "\n";
      for (const auto& [task_id, task] : job.tasks) {
        const auto wire = show_task(world.core, job, task);
        EXPECT_TRUE(wire);
        text += encode(*wire) + "\n";
      }
    }
    return text;
  }

  int rows(const char* kind) {
    int count = 0;
    EXPECT_TRUE(world.store().load(kind, [&](std::string_view, std::string_view) { ++count; }));
    return count;
  }
};

TEST_F(RowsTest, bring_back_everything_that_clients_see) {
  world.add_pool("p", {.nodes = 2, .slots = 2});
  world.add_pool("started", {.start_task = batch::StartTask{.command_line = "prepare"}});
  world.end_start_task(world.node(0, "started"), 0);
  world.add_job("j", {.priority = 3, .retries = 1});
  world.add_job("nowhere", {.pool = "none"});
  world.add_job("done");
  world.terminate_job("done", "enough");
  world.add_task("ok", {.slots = 2});
  world.add_task("bad");
  world.add_task("waits", {}, "nowhere");
  world.end_run("ok");
  world.end_run("bad", 3);
  world.end_run("bad", 4);
  world.settle();
  const std::string before = view();
  world.restart();
  world.hello_all();
  EXPECT_EQ(view(), before);
  EXPECT_EQ(world.task("bad").failure->code, "FailureExitCode");
}

TEST_F(RowsTest, make_unfinished_tasks_active_in_the_order_of_the_queue) {
  world.add_pool("p");
  world.add_job("j");
  for (const char* id : {"z", "a", "m"}) world.add_task(id);
  world.restart();
  EXPECT_EQ(world.job().counts.active, 3);
  Words queue;
  for (const auto& [sequence, task] : world.job().queue) queue.push_back(task->id.text);
  EXPECT_EQ(queue, (Words{"z", "a", "m"}));
  EXPECT_TRUE(show_task(world.core, world.job(), world.task("z")));
  world.add_task("b");
  EXPECT_EQ(world.job().queue.rbegin()->second->id.text, "b") << "numbers go on";
}

TEST_F(RowsTest, of_a_task_that_was_changed_while_it_ran_show_it_as_waiting) {
  world.add_pool("p");
  world.add_job("j");
  world.add_task("t1", {.retries = 4});
  ASSERT_TRUE(world.act([&](Core& core, Effects& out, Timestamp now) {
    return update_task(core, out, world.job(), world.task("t1"),
                       {batch::TaskConstraints{.max_task_retry_count = 2}}, now);
  }));
  world.restart();
  EXPECT_EQ(world.state("t1"), TaskState::active);
  EXPECT_EQ(world.task("t1").max_retry_count, 2);
  EXPECT_FALSE(world.task("t1").started);
}

TEST_F(RowsTest, bring_a_job_that_was_ending_to_its_end) {
  world.add_pool("p");
  world.add_job("j");
  world.add_job("k");
  world.terminate_job("j");
  world.delete_job("k");
  world.restart();
  world.hello_all();
  world.settle();
  EXPECT_EQ(world.job().wire.state, batch::JobState::completed);
  EXPECT_FALSE(world.core.jobs.contains({"k"}));
}

TEST_F(RowsTest, keep_a_job_that_is_being_deleted_until_its_nodes_are_heard) {
  world.add_pool("p");
  world.add_job("j");
  world.add_task("t1");
  world.delete_job("j");
  world.restart();
  world.forget();
  world.tick();
  world.tick();
  ASSERT_TRUE(world.core.jobs.contains({"j"})) << "t1 may still run";
  world.hello_all();
  EXPECT_EQ(world.ends(), Words{"t1"});
  world.answer_end("t1");
  world.settle();
  EXPECT_TRUE(world.core.jobs.empty());
}

TEST_F(RowsTest, of_a_shrinking_pool_let_it_shrink_on) {
  world.add_pool("p", {.nodes = 2});
  world.add_job("j");
  world.add_task("t1");
  world.add_task("t2");
  world.resize_pool("p", 1, batch::NodeDeallocationOption::task_completion);
  world.restart();
  world.tick();
  EXPECT_EQ(world.agents_retired(), Words{}) << "a task may still run on the leaving node";
  world.hello_all();
  world.tick();
  EXPECT_EQ(world.job().counts.running, 2);
  world.end_run("t1");
  world.end_run("t2");
  world.settle();
  EXPECT_EQ(world.pool().nodes.size(), 1u);
  EXPECT_EQ(world.pool().wire.allocation_state, batch::AllocationState::steady);
}

TEST_F(RowsTest, of_a_pool_that_was_being_deleted_let_it_go) {
  world.add_pool("p", {.nodes = 2});
  world.delete_pool("p");
  world.restart();
  world.hello_all();
  world.settle();
  EXPECT_TRUE(world.core.pools.empty());
}

TEST_F(RowsTest, are_gone_with_what_they_stood_for) {
  world.add_pool("p", {.slots = 4});
  world.add_job("j");
  world.add_job("k");
  for (const char* id : {"a", "b"}) world.add_task(id);
  world.add_task("a", {}, "k");
  world.end_run("a");
  world.end_run("b", 1);
  EXPECT_EQ(rows("task"), 3);
  EXPECT_EQ(rows("run"), 2);
  world.delete_task("a");
  EXPECT_EQ(rows("task"), 2);
  EXPECT_EQ(rows("run"), 1);
  world.delete_job("j");
  world.settle();
  EXPECT_EQ(rows("task"), 1);
  EXPECT_EQ(rows("run"), 0);
  EXPECT_EQ(rows("job"), 1);
  world.delete_pool("p");
  world.answer_end("a", "k");
  world.settle();
  EXPECT_EQ(rows("pool"), 0);
  EXPECT_EQ(rows("node"), 0);
}

TEST_F(RowsTest, that_cannot_be_read_are_named) {
  const std::pair<Change, const char*> bad[] = {{Change::put("pool", "p", "{"), "pool p"},
                                                {Change::put("node", "p/n", "{}"), "node p/n"},
                                                {Change::put("job", "j", "[]"), "job j"},
                                                {Change::put("task", "j/t", "1 2\n{}"), "task j/t"},
                                                {Change::put("run", "j/t", "{}"), "run j/t"}};
  for (const auto& [row, name] : bad) {
    const auto store = memory_store();
    ASSERT_TRUE(store->commit({row}));
    Core core;
    const Status status = load_core(core, *store);
    ASSERT_FALSE(status) << name;
    EXPECT_EQ(status.error().code, Code::corrupt) << name;
    EXPECT_NE(status.error().message.find(name), std::string::npos) << status.error().message;
  }
}

TEST_F(RowsTest, of_tasks_with_a_broken_head_are_refused) {
  world.add_job("j");
  for (const char* value : {"", "1", "1 2", "x 2\n{}", "1 x\n{}", "1 2\nno json"}) {
    ASSERT_TRUE(world.store().commit({Change::put("task", "j/t", value)}));
    Core core;
    const Status status = load_core(core, world.store());
    ASSERT_FALSE(status) << value;
    EXPECT_EQ(status.error().code, Code::corrupt) << value;
  }
  ASSERT_TRUE(world.store().commit({Change::erase("task", "j/t")}));
}

}  // namespace
}  // namespace dms::service
