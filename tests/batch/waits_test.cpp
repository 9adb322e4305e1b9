#include "tests/batch/client_fixture.h"

namespace dms::batch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

class Waits : public ClientTest {
 protected:
  void expect_counts(TaskCounts counts) {
    transport.expect("GET", url("/jobs/j/taskcounts"),
                     answer(200, encode(TaskCountsResult{.task_counts = counts})));
  }
  void expect_pool(const Pool& pool) {
    transport.expect("GET", url("/pools/p"), answer(200, encode(pool)));
  }
  void expect_nodes(const std::vector<Node>& nodes) {
    transport.expect("GET", url("/pools/p/nodes"), answer(200, encode(Page<Node>{nodes})));
  }
  static Pool pool_of(AllocationState state, int nodes) {
    return {.id = "p",
            .state = PoolState::active,
            .allocation_state = state,
            .current_dedicated_nodes = state == AllocationState::steady ? nodes : 0,
            .target_dedicated_nodes = nodes};
  }
};

TEST_F(Waits, tasks_are_waited_for_by_their_counts_until_none_is_left) {
  expect_counts({.active = 2, .running = 1});
  expect_counts({.running = 1, .completed = 2, .succeeded = 2});
  expect_counts({.completed = 3, .succeeded = 2, .failed = 1});
  const auto ended = batch.wait_for_tasks_to_complete("j");
  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(ended->counts.failed, 1);
  EXPECT_FALSE(ended->all_succeeded());
}

TEST_F(Waits, tasks_that_are_done_need_one_look_and_no_pause) {
  expect_counts({.completed = 3, .succeeded = 3});
  EXPECT_TRUE(batch.wait_for_tasks_to_complete("j").value().all_succeeded());
  EXPECT_TRUE(clock.sleeps().empty());
}

TEST_F(Waits, pauses_begin_short_and_grow_to_the_interval) {
  for (int i = 0; i < 6; ++i) expect_counts({.running = 1});
  expect_counts({.completed = 1, .succeeded = 1});
  ASSERT_TRUE(batch.wait_for_tasks_to_complete("j", {.polling_interval = milliseconds(400)}));
  EXPECT_THAT(clock.sleeps(), ElementsAre(milliseconds(100), milliseconds(150), milliseconds(225),
                                          std::chrono::microseconds(337'500), milliseconds(400),
                                          milliseconds(400)));
}

TEST_F(Waits, a_wait_ends_at_its_limit) {
  for (int i = 0; i < 4; ++i) expect_counts({.running = 1});
  const auto start = clock.steady_now();
  const auto ended = batch.wait_for_tasks_to_complete("j", {.limit = milliseconds(300)});
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, Code::timeout);
  EXPECT_EQ(ended.error().message, "waiting for the tasks of job 'j': not done after 0.3 s");
  EXPECT_EQ(clock.steady_now() - start, milliseconds(300));
}

TEST_F(Waits, a_stop_request_ends_a_wait) {
  std::stop_source stop;
  clock.on_sleep = [&](auto) { stop.request_stop(); };
  expect_counts({.running = 1});
  EXPECT_EQ(batch.wait_for_tasks_to_complete("j", {}, stop.get_token()).error().code,
            Code::cancelled);
}

TEST_F(Waits, the_watcher_sees_every_look_and_may_end_the_wait) {
  expect_counts({.active = 2});
  expect_counts({.active = 1, .completed = 1, .succeeded = 1});
  std::vector<int> active;
  const auto ended = batch.wait_for_tasks_to_complete("j", {.watch = [&](const TaskCounts& counts) {
                                                        active.push_back(counts.active);
                                                        return counts.active > 1;
                                                      }});
  EXPECT_EQ(ended.error().code, Code::cancelled);
  EXPECT_THAT(active, ElementsAre(2, 1));
}

TEST_F(Waits, a_job_without_tasks_is_an_error_not_a_success) {
  expect_counts({});
  transport.expect("GET", url("/jobs/j/tasks", "$select=id&maxresults=1"),
                   answer(200, R"({"value":[]})"));
  const auto ended = batch.wait_for_tasks_to_complete("j");
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, Code::invalid_argument);
  EXPECT_THAT(ended.error().message, HasSubstr("job 'j' has no tasks"));
}

TEST_F(Waits, counts_that_lag_behind_the_tasks_do_not_end_the_wait) {
  expect_counts({});
  transport.expect("GET", url("/jobs/j/tasks", "$select=id&maxresults=1"),
                   answer(200, R"({"value":[{"id":"t"}]})"));
  expect_counts({.completed = 1, .succeeded = 1});
  EXPECT_TRUE(batch.wait_for_tasks_to_complete("j"));
}

TEST_F(Waits, a_missing_job_ends_the_wait) {
  transport.expect("GET", url("/jobs/j/taskcounts"), refusal(404, "JobNotFound"));
  EXPECT_EQ(batch.wait_for_tasks_to_complete("j").error().code, Code::not_found);
}

TEST_F(Waits, a_pool_is_deleted_when_it_is_no_longer_there) {
  transport.expect("HEAD", url("/pools/p"), answer(200));
  transport.expect("HEAD", url("/pools/p"), answer(404));
  EXPECT_TRUE(batch.wait_for_pool_delete("p"));
  transport.expect("HEAD", url("/pools/p"), answer(403));
  EXPECT_EQ(batch.wait_for_pool_delete("p").error().code, Code::permission);
  transport.expect("HEAD", url("/pools/p"), answer(200));
  EXPECT_EQ(batch.wait_for_pool_delete("p", {.limit = seconds(0)}).error().code, Code::timeout);
}

TEST_F(Waits, a_job_is_deleted_when_it_is_no_longer_there) {
  transport.expect("GET", url("/jobs/j", "$select=id"), answer(200, R"({"id":"j"})"));
  transport.expect("GET", url("/jobs/j", "$select=id"), refusal(404, "JobNotFound"));
  EXPECT_TRUE(batch.wait_for_job_delete("j"));
  transport.expect("GET", url("/jobs/j", "$select=id"), refusal(403, "AuthenticationFailed"));
  EXPECT_EQ(batch.wait_for_job_delete("j").error().code, Code::permission);
}

TEST_F(Waits, nodes_are_ready_when_all_are_there_and_idle_or_running) {
  expect_pool(pool_of(AllocationState::resizing, 2));
  expect_nodes({});
  expect_pool(pool_of(AllocationState::steady, 2));
  expect_nodes({{.id = "n1", .state = NodeState::idle}});
  expect_pool(pool_of(AllocationState::steady, 2));
  expect_nodes(
      {{.id = "n1", .state = NodeState::idle}, {.id = "n2", .state = NodeState::starting}});
  expect_pool(pool_of(AllocationState::steady, 2));
  expect_nodes({{.id = "n1", .state = NodeState::running}, {.id = "n2", .state = NodeState::idle}});
  const auto nodes = batch.wait_for_pool_nodes("p");
  ASSERT_TRUE(nodes) << nodes.error().message;
  ASSERT_EQ(nodes->size(), 2u);
  EXPECT_EQ((*nodes)[1].id, "n2");
}

TEST_F(Waits, a_pool_that_has_not_begun_to_grow_is_not_ready) {
  Pool pool = pool_of(AllocationState::steady, 1);
  pool.current_dedicated_nodes = 0;
  expect_pool(pool);
  expect_nodes({});
  expect_pool(pool_of(AllocationState::steady, 1));
  expect_nodes({{.id = "n1", .state = NodeState::idle}});
  EXPECT_EQ(batch.wait_for_pool_nodes("p").value().size(), 1u);
}

TEST_F(Waits, an_autoscaled_pool_is_ready_with_the_nodes_it_has) {
  Pool pool = pool_of(AllocationState::steady, 5);
  pool.enable_auto_scale = true;
  pool.current_dedicated_nodes = 1;
  expect_pool(pool);
  expect_nodes({{.id = "n1", .state = NodeState::idle}});
  EXPECT_EQ(batch.wait_for_pool_nodes("p").value().size(), 1u);
}

TEST_F(Waits, errors_of_a_resize_end_the_wait) {
  Pool pool = pool_of(AllocationState::steady, 2);
  pool.resize_errors = {{.code = "AllocationTimedout", .message = "too slow"},
                        {.code = "AccountCoreQuotaReached", .message = "no cores"}};
  expect_pool(pool);
  const auto nodes = batch.wait_for_pool_nodes("p");
  ASSERT_FALSE(nodes);
  EXPECT_EQ(nodes.error().code, Code::exhausted);
  EXPECT_THAT(nodes.error().message,
              HasSubstr("AllocationTimedout too slow; AccountCoreQuotaReached no cores"));
}

TEST_F(Waits, errors_of_an_earlier_resize_do_not_end_the_wait_for_the_next) {
  Pool pool = pool_of(AllocationState::resizing, 1);
  pool.resize_errors = {{.code = "AllocationTimedout"}};
  expect_pool(pool);
  expect_nodes({});
  expect_pool(pool_of(AllocationState::steady, 1));
  expect_nodes({{.id = "n1", .state = NodeState::idle}});
  EXPECT_TRUE(batch.wait_for_pool_nodes("p"));
}

TEST_F(Waits, nodes_that_will_not_become_ready_are_named) {
  expect_pool(pool_of(AllocationState::resizing, 3));
  Node failed{.id = "n1", .state = NodeState::start_task_failed};
  failed.start_task_info = StartTaskInfo{
      .exit_code = 3, .failure_info = FailureInfo{.code = "FailureExitCode", .message = "exit 3"}};
  Node unusable{.id = "n2", .state = NodeState::unusable};
  unusable.errors = {{.code = "NodeBroken", .message = "no disk"}};
  expect_nodes({failed, unusable, {.id = "n3", .state = NodeState::idle}});
  const auto nodes = batch.wait_for_pool_nodes("p");
  ASSERT_FALSE(nodes);
  EXPECT_EQ(nodes.error().code, Code::internal);
  EXPECT_EQ(nodes.error().message,
            "nodes of pool 'p' failed: n1 is starttaskfailed: start task exit code 3, "
            "FailureExitCode exit 3; n2 is unusable: NodeBroken no disk");
}

TEST_F(Waits, a_pool_that_is_being_deleted_has_no_nodes_to_wait_for) {
  Pool pool = pool_of(AllocationState::resizing, 1);
  pool.state = PoolState::deleting;
  expect_pool(pool);
  EXPECT_EQ(batch.wait_for_pool_nodes("p").error().code, Code::conflict);
}

}  // namespace
}  // namespace dms::batch
