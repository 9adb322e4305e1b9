#include "models/master/crew.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dms::models {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using enum WorkerState;

constexpr const char* now = "aaaaaa";
constexpr const char* before = "bbbbbb";

Worker worker(int number, WorkerState state, int attempt = 0, std::string start = now) {
  return {.name = {number, attempt, std::move(start)}, .state = state};
}
WorkerName name(int number, int attempt = 0, std::string start = now) {
  return {number, attempt, std::move(start)};
}
CrewWish wish(int count, int max_replacements = 5) {
  return {.count = count, .max_replacements = max_replacements, .start = now};
}

TEST(CrewOrders, add_what_is_missing) {
  const auto orders = crew_orders({worker(2, running)}, wish(3));
  EXPECT_THAT(orders.add, ElementsAre(name(1), name(3)));
  EXPECT_THAT(orders.end, IsEmpty());
}

TEST(CrewOrders, ask_nothing_of_a_crew_that_is_whole) {
  EXPECT_TRUE(crew_orders({worker(1, running), worker(2, waiting)}, wish(2)).empty());
}

TEST(CrewOrders, end_the_newest_when_fewer_are_wanted) {
  const auto orders =
      crew_orders({worker(1, running), worker(2, running), worker(3, waiting)}, wish(1));
  EXPECT_THAT(orders.end, ElementsAre(name(3), name(2)));
  EXPECT_THAT(orders.add, IsEmpty());
}

TEST(CrewOrders, replace_a_failure_while_replacements_are_left) {
  EXPECT_THAT(crew_orders({worker(1, failed)}, wish(1, 1)).add, ElementsAre(name(1, 1)));
  const auto used_up = crew_orders({worker(1, failed), worker(1, failed, 1)}, wish(1, 1));
  EXPECT_THAT(used_up.add, IsEmpty());
  EXPECT_THAT(used_up.lost, ElementsAre(1));
  EXPECT_THAT(crew_orders({worker(1, failed), worker(1, running, 1)}, wish(1, 1)).lost, IsEmpty());
}

TEST(CrewOrders, share_the_replacements_among_all_workers) {
  const auto orders =
      crew_orders({worker(1, failed), worker(2, failed), worker(3, failed)}, wish(3, 2));
  EXPECT_THAT(orders.add, ElementsAre(name(1, 1), name(2, 1)));
  EXPECT_THAT(orders.lost, ElementsAre(3));
}

TEST(CrewOrders, wait_until_a_failure_has_settled) {
  Worker young = worker(1, failed);
  young.settled = false;
  EXPECT_TRUE(crew_orders({young}, wish(1)).empty());
}

TEST(CrewOrders, leave_alone_who_has_ended_well) {
  EXPECT_TRUE(crew_orders({worker(1, ended)}, wish(1)).empty());
}

TEST(CrewOrders, start_again_who_was_stopped_and_is_wanted_again) {
  const auto orders = crew_orders({worker(1, running), worker(2, stopped)}, wish(2, 0));
  EXPECT_THAT(orders.add, ElementsAre(name(2, 1)));
  EXPECT_THAT(orders.lost, IsEmpty());
}

TEST(CrewOrders, end_the_workers_of_a_master_that_started_anew_and_begin_again) {
  const auto orders =
      crew_orders({worker(1, running, 0, before), worker(2, waiting, 1, before)}, wish(2));
  EXPECT_THAT(orders.end, ElementsAre(name(2, 1, before), name(1, 0, before)));
  EXPECT_THAT(orders.add, ElementsAre(name(1), name(2)));
}

TEST(CrewOrders, add_nobody_while_the_master_is_nowhere) {
  const auto orders = crew_orders({worker(1, running, 0, before)}, {.count = 2, .start = ""});
  EXPECT_THAT(orders.end, ElementsAre(name(1, 0, before)));
  EXPECT_THAT(orders.add, IsEmpty());
}

TEST(CrewCounts, tell_the_replaced_from_the_failed) {
  const auto counts = crew_counts({worker(1, failed), worker(1, running, 1), worker(2, failed),
                                   worker(3, ended), worker(4, stopped), worker(5, waiting)});
  EXPECT_EQ(counts.started, 6u);
  EXPECT_EQ(counts.failed, 2u);
  EXPECT_EQ(counts.replaced, 1u);
  EXPECT_EQ(counts.alive(), 2u);
}

TEST(CrewNames, are_read_back_as_they_were_written) {
  const CrewNames names("0123456789ab");
  EXPECT_EQ(names.master(), "master-0123456789ab");
  for (const WorkerName& one : {name(1), name(7, 2), name(1000), name(12345, 30)})
    EXPECT_EQ(names.parse(names.worker(one)), one);
  EXPECT_EQ(names.worker(name(7, 2)), "worker-0007-r2-0123456789ab-aaaaaa");
  for (const char* other : {"worker-0001-ffffffffffff-aaaaaa", "worker-1-0123456789ab-aaaaaa",
                            "worker-0001-r0-0123456789ab-aaaaaa", "master-0123456789ab", "worker-"})
    EXPECT_EQ(names.parse(other), std::nullopt) << other;
}

TEST(MasterStart, differs_by_node_and_time) {
  const Timestamp time{std::chrono::sys_days(std::chrono::days(20'000))};
  const Timestamp later{time.at + std::chrono::milliseconds(1)};
  EXPECT_EQ(master_start("n1", time), master_start("n1", time));
  EXPECT_NE(master_start("n1", time), master_start("n2", time));
  EXPECT_NE(master_start("n1", time), master_start("n1", later));
  EXPECT_EQ(master_start("n1", time).size(), 6u);
}

TEST(WorkerState, follows_from_the_task) {
  batch::Task task{.id = "w", .state = batch::TaskState::preparing};
  EXPECT_EQ(worker_state_of(task), waiting);
  task.state = batch::TaskState::completed;
  task.execution_info =
      batch::TaskExecutionInfo{.exit_code = 0, .result = batch::TaskResult::success};
  EXPECT_EQ(worker_state_of(task), ended);
  task.execution_info->result = batch::TaskResult::failure;
  EXPECT_EQ(worker_state_of(task), failed);
  task.execution_info->failure_info = batch::FailureInfo{.code = "TaskEnded"};
  EXPECT_EQ(worker_state_of(task), stopped);
}

}  // namespace
}  // namespace dms::models
