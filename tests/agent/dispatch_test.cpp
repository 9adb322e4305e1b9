#include "agent/dispatch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dms::agent {
namespace {

RunRef ref(const std::string& task, int required_slots = 1) {
  return {.job_id = "j", .task_id = task, .required_slots = required_slots};
}

RunSpec spec(const std::string& task, int required_slots = 1) {
  return {.run = ref(task, required_slots), .task_directory = task, .command_line = "true"};
}

// Two slots unless said otherwise, a clock that stands, and what came out since the last look.
class DispatchTest : public testing::Test {
 protected:
  void start(const RunSpec& run) { dispatch_.start(run, now_, out_); }
  void end(const std::string& task) { dispatch_.end(ref(task), now_, out_); }
  void ended(int runner, const std::string& task) {
    dispatch_.runner_ended(runner, {.run = ref(task), .exit_code = 0}, now_, out_);
  }

  // "0+a 1-b 0!c a=itself c=coordinated": run a starts on runner 0, b is to end on runner 1, c is
  // to proceed on runner 0, the end of a is told, and that c is coordinated.
  std::string take() {
    std::string text;
    const auto add = [&](const std::string& word) { text += (text.empty() ? "" : " ") + word; };
    for (const auto& [runner, frame] : out_.to_runners) {
      for (const auto& run : frame.start) add(std::to_string(runner) + "+" + run.run.task_id);
      for (const auto& run : frame.proceed) add(std::to_string(runner) + "!" + run.task_id);
      for (const auto& run : frame.end) add(std::to_string(runner) + "-" + run.task_id);
    }
    for (const auto& run : out_.coordinated) add(run.task_id + "=coordinated");
    for (const auto& told : out_.ended)
      add(told.run.task_id + "=" + std::string(text_of(told.ended_by)));
    out_ = Outbox{};
    return text;
  }

  Dispatch dispatch_{2};
  Outbox out_;
  Timestamp now_;
};

TEST_F(DispatchTest, gives_each_run_a_free_runner_and_queues_the_rest) {
  start(spec("a"));
  start(spec("b"));
  start(spec("c"));
  EXPECT_EQ(take(), "0+a 1+b");
  ended(1, "b");
  EXPECT_EQ(take(), "1+c b=itself");
  ended(0, "a");
  ended(1, "c");
  EXPECT_EQ(take(), "a=itself c=itself");
  EXPECT_FALSE(dispatch_.is_busy());
}

TEST_F(DispatchTest, starts_a_run_of_no_slots_at_once_beyond_the_slots) {
  start(spec("a"));
  start(spec("b"));
  start(spec("c"));
  take();
  start(spec("none", 0));
  start(spec("no", 0));
  EXPECT_EQ(take(), "2+none 3+no");
  EXPECT_EQ(dispatch_.runners(), 4);
  EXPECT_EQ(dispatch_.hello().running.size(), 5u);
  ended(2, "none");
  EXPECT_EQ(take(), "none=itself") << "c still waits for a slot";
  start(spec("again", 0));
  EXPECT_EQ(take(), "2+again");
  ended(0, "a");
  EXPECT_EQ(take(), "0+c a=itself");
  end("no");
  EXPECT_EQ(take(), "3-no");
}

TEST_F(DispatchTest, keeps_slots_for_a_run_that_needs_several) {
  start(spec("a"));
  start(spec("wide", 2));
  start(spec("b"));
  EXPECT_EQ(take(), "0+a");
  ended(0, "a");
  EXPECT_EQ(take(), "0+wide a=itself");
  ended(0, "wide");
  EXPECT_EQ(take(), "0+b wide=itself");
}

TEST_F(DispatchTest, runs_what_asks_for_more_slots_than_there_are) {
  start(spec("huge", 9));
  EXPECT_EQ(take(), "0+huge");
}

TEST_F(DispatchTest, ends_a_queued_run_at_once_and_a_running_one_by_its_runner) {
  start(spec("a"));
  start(spec("wide", 2));
  start(spec("b"));
  take();
  end("wide");
  EXPECT_EQ(take(), "1+b wide=terminate");
  end("b");
  EXPECT_EQ(take(), "1-b");
  end("unknown");
  EXPECT_EQ(take(), "");
}

TEST_F(DispatchTest, ignores_a_start_that_is_repeated_and_repeats_its_end) {
  start(spec("a"));
  start(spec("a"));
  EXPECT_EQ(take(), "0+a");
  ended(0, "a");
  take();
  start(spec("a"));
  EXPECT_EQ(take(), "a=itself");
  dispatch_.acknowledged(ref("a"));
  start(spec("a"));
  EXPECT_EQ(take(), "0+a");
}

TEST_F(DispatchTest, tells_another_attempt_or_incarnation_from_a_repeated_start) {
  RunSpec run = spec("a");
  start(run);
  run.run.attempt = 1;
  start(run);
  EXPECT_EQ(take(), "0+a 1+a");
}

TEST_F(DispatchTest, says_hello_with_all_that_is_not_settled) {
  start(spec("a"));
  start(spec("b"));
  start(spec("c"));
  ended(0, "a");
  const Hello hello = dispatch_.hello();
  EXPECT_THAT(hello.running, testing::UnorderedElementsAre(ref("b"), ref("c")));
  ASSERT_EQ(hello.ended.size(), 1U);
  EXPECT_EQ(hello.ended[0].run, ref("a"));
  dispatch_.acknowledged(ref("a"));
  EXPECT_TRUE(dispatch_.hello().ended.empty());
}

TEST_F(DispatchTest, tells_the_loss_of_a_run_and_uses_the_new_runner) {
  start(spec("a"));
  start(spec("b"));
  start(spec("c"));
  take();
  dispatch_.runner_lost(0, now_, out_);
  EXPECT_EQ(take(), "0+c a=lost");
  dispatch_.runner_lost(1, now_, out_);
  EXPECT_EQ(take(), "b=lost");
  dispatch_.runner_lost(1, now_, out_);
  EXPECT_EQ(take(), "");
}

TEST_F(DispatchTest, lets_a_primary_proceed_once_and_only_when_it_is_coordinated) {
  RunSpec primary = spec("a");
  primary.coordination.emplace();
  start(primary);
  dispatch_.proceed(primary.run, out_);
  EXPECT_EQ(take(), "0+a");
  EXPECT_EQ(dispatch_.hello().instances.at(0).phase, InstancePhase::coordinating);
  dispatch_.runner_coordinated(0, out_);
  EXPECT_EQ(take(), "a=coordinated");
  EXPECT_EQ(dispatch_.hello().instances.at(0).phase, InstancePhase::coordinated);
  dispatch_.proceed(ref("other"), out_);
  dispatch_.proceed(primary.run, out_);
  dispatch_.proceed(primary.run, out_);
  EXPECT_EQ(take(), "0!a");
  EXPECT_EQ(dispatch_.hello().instances.at(0).phase, InstancePhase::proceeding);
}

TEST_F(DispatchTest, never_lets_a_subtask_proceed) {
  RunSpec subtask = spec("a");
  subtask.run.instance = 1;
  subtask.coordination.emplace();
  start(subtask);
  dispatch_.runner_coordinated(0, out_);
  dispatch_.proceed(subtask.run, out_);
  EXPECT_EQ(take(), "0+a a=coordinated");
}

TEST_F(DispatchTest, tells_the_phase_of_queued_instances_and_of_no_other_run) {
  for (const char* task : {"a", "b"}) start(spec(task));
  RunSpec queued = spec("c");
  queued.coordination.emplace();
  start(queued);
  const Hello hello = dispatch_.hello();
  EXPECT_EQ(hello.running.size(), 3U);
  ASSERT_EQ(hello.instances.size(), 1U);
  EXPECT_EQ(hello.instances[0].run, queued.run);
  EXPECT_EQ(hello.instances[0].phase, InstancePhase::coordinating);
}

}  // namespace
}  // namespace dms::agent
