// Who waits for whom: the table by itself, beside a plain recount, and in the life of jobs. World:
// tests/service/world.h.
#include "service/core/dependencies.h"

#include <algorithm>
#include <random>

#include "tests/service/world.h"

namespace dms::service {
namespace {

using batch::DependencyAction;
using batch::JobState;
using batch::TaskDependencies;
using batch::TaskIdRange;
using batch::TaskState;

TEST(Intervals, know_the_first_integer_that_is_missing) {
  Intervals set;
  EXPECT_EQ(set.first_missing(5), 5);
  for (int number : {5, 7, 6, 10, 4}) set.insert(number);
  EXPECT_EQ(set.first_missing(4), 8);
  EXPECT_EQ(set.first_missing(6), 8);
  EXPECT_EQ(set.first_missing(3), 3);
  EXPECT_EQ(set.first_missing(8), 8);
  EXPECT_EQ(set.first_missing(10), 11);
  set.erase(6);
  EXPECT_EQ(set.first_missing(4), 6);
  EXPECT_EQ(set.first_missing(7), 8);
  set.erase(6);
  set.erase(10);
  EXPECT_EQ(set.first_missing(10), 10);
  for (int number : {8, 9, 6}) set.insert(number);
  EXPECT_EQ(set.first_missing(4), 10);
}

TEST(Dependencies, read_ids_as_integers_of_32_bits) {
  EXPECT_EQ(number_of({"4"}), 4);
  EXPECT_EQ(number_of({"0004"}), 4);
  EXPECT_EQ(number_of({"-7"}), -7);
  EXPECT_EQ(number_of({"2147483647"}), 2147483647);
  for (const char* id : {"2147483648", "t4", "4t", "4_", "-", "", "0x4"})
    EXPECT_FALSE(number_of({id})) << id;
}

// Tasks with random dependencies; what waits is counted anew after each step.
class RandomDependencies {
 public:
  explicit RandomDependencies(unsigned seed) : random_(seed) {}

  void step() {
    const int what = pick(10);
    if (what < 4)
      add();
    else if (what < 5)
      remove();
    else if (what < 8)
      satisfy();
    else
      unsatisfy();
  }

  void expect_recount() const {
    for (const auto& [task, on] : tasks_) EXPECT_EQ(task->unmet, recount(on));
  }

 private:
  int pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }
  std::string id() {
    const int number = pick(12);
    return pick(4) == 0
               ? "T" + std::to_string(number)
               : std::string(static_cast<std::size_t>(pick(2)), '0') + std::to_string(number);
  }

  void add() {
    TaskDependencies on;
    for (int i = pick(3); i > 0; --i) on.task_ids.push_back(id());
    for (int i = pick(3); i > 0; --i) {
      const int start = pick(12);
      on.task_id_ranges.push_back({start, start + pick(6)});
    }
    auto task = std::make_unique<TaskRecord>();
    table_.add(*task, on);
    tasks_.emplace_back(std::move(task), on);
  }

  void remove() {
    if (tasks_.empty()) return;
    const auto it = tasks_.begin() + pick(static_cast<int>(tasks_.size()));
    table_.remove(*it->first, it->second);
    tasks_.erase(it);
  }

  void satisfy() {
    const TaskId parent{id()};
    const auto waited = waiting();
    auto released = table_.satisfy(parent);
    satisfied_.insert(parent);
    expect_difference(waited, waiting(), released);
  }

  void unsatisfy() {
    const TaskId parent{id()};
    const auto waited = waiting();
    auto held = table_.unsatisfy(parent);
    satisfied_.erase(parent);
    expect_difference(waiting(), waited, held);
  }

  std::set<TaskRecord*> waiting() const {
    std::set<TaskRecord*> found;
    for (const auto& [task, on] : tasks_)
      if (recount(on) > 0) found.insert(task.get());
    return found;
  }

  static void expect_difference(const std::set<TaskRecord*>& more,
                                const std::set<TaskRecord*>& less,
                                const std::vector<TaskRecord*>& told) {
    std::set<TaskRecord*> expected;
    std::set_difference(more.begin(), more.end(), less.begin(), less.end(),
                        std::inserter(expected, expected.end()));
    EXPECT_EQ(std::set(told.begin(), told.end()), expected);
    EXPECT_EQ(told.size(), expected.size()) << "told once each";
  }

  int recount(const TaskDependencies& on) const {
    std::set<TaskId> missing;
    for (const auto& parent : on.task_ids)
      if (!satisfied_.contains({parent})) missing.insert({parent});
    int unmet = static_cast<int>(missing.size());
    for (const auto& [start, end] : on.task_id_ranges) {
      bool met = true;
      for (int number = start; number <= end; ++number)
        met &= std::any_of(satisfied_.begin(), satisfied_.end(),
                           [&](const TaskId& parent) { return number_of(parent) == number; });
      unmet += !met;
    }
    return unmet;
  }

  std::mt19937 random_;
  Dependencies table_;
  std::vector<std::pair<std::unique_ptr<TaskRecord>, TaskDependencies>> tasks_;
  std::set<TaskId> satisfied_;
};

TEST(Dependencies, count_as_a_plain_recount_does) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomDependencies random(seed);
    for (int i = 0; i < 150; ++i) {
      random.step();
      random.expect_recount();
      if (testing::Test::HasFailure()) return;
    }
  }
}

// Quadratic work would be 4·10⁸ steps here, and this test the slowest of all.
TEST(Dependencies, let_many_tasks_wait_for_many_integers) {
  constexpr int n = 20'000;
  Dependencies table;
  std::vector<TaskRecord> tasks(n);
  for (int i = 0; i < n; ++i) table.add(tasks[i], {.task_id_ranges = {{i % 3, n - i % 2}}});
  std::vector<TaskRecord*> released;
  for (int number = 0; number <= n; ++number) {
    for (TaskRecord* task : table.satisfy({std::to_string(number)})) released.push_back(task);
    if (number == n - 1) {
      EXPECT_EQ(released.size(), n / 2u);
    }
  }
  EXPECT_EQ(released.size(), static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) table.remove(tasks[i], {.task_id_ranges = {{i % 3, n - i % 2}}});
}

TEST(Dependencies, have_limits) {
  const auto code = [](const TaskDependencies& on) { return code_of(check_dependencies(on)); };
  EXPECT_EQ(code({}), "");
  TaskDependencies ids;
  for (int i = 0; i < 1000; ++i) ids.task_ids.push_back(std::string(64, 'a'));
  EXPECT_EQ(code(ids), "") << "64000 characters";
  ids.task_ids.push_back("a");
  EXPECT_EQ(code(ids), "TaskDependencyListTooLong");
  EXPECT_EQ(code({.task_ids = {"a b"}}), "InvalidPropertyValue");
  EXPECT_EQ(code({.task_id_ranges = {{2, 1}}}), "InvalidPropertyValue");
  EXPECT_EQ(code({.task_id_ranges = {{-2147483647 - 1, 2147483647}}}), "");
  TaskDependencies ranges;
  ranges.task_id_ranges.assign(32'001, {1, 2});
  EXPECT_EQ(code(ranges), "TaskDependencyRangesTooLong");
}

class DependentTasks : public CoreTest {
 protected:
  void SetUp() override {
    world.add_pool("p", {.slots = 4});
    add_job("j", true);
  }

  void add_job(const std::string& id, bool uses) {
    batch::Job wire;
    wire.id = id;
    wire.pool_info.pool_id = "p";
    wire.uses_task_dependencies = uses;
    ASSERT_EQ(world.add_job(wire), "");
  }
  static batch::Task task(const std::string& id) {
    batch::Task wire;
    wire.id = id;
    wire.command_line = "true";
    return wire;
  }
  std::string add(const std::string& id, const Words& on, const std::string& job = "j") {
    batch::Task wire = task(id);
    wire.depends_on = TaskDependencies{.task_ids = on};
    return world.add_task(wire, job);
  }
  std::string add_after(const std::string& id, const std::vector<TaskIdRange>& ranges) {
    batch::Task wire = task(id);
    wire.depends_on = TaskDependencies{.task_id_ranges = ranges};
    return world.add_task(wire);
  }
  // A task whose failure with 9 satisfies its dependents.
  void add_lenient(const std::string& id) {
    batch::Task wire = task(id);
    wire.exit_conditions.emplace();
    wire.exit_conditions->exit_codes = {{9, {{}, DependencyAction::satisfy}}};
    EXPECT_EQ(world.add_task(wire), "");
  }
  // Ends what runs until nothing does.
  void run_all() {
    while (world.job().counts.running > 0) {
      const auto& tasks = world.job().tasks;
      world.end_run(std::find_if(tasks.begin(), tasks.end(), [](const auto& entry) {
                      return entry.second.state == TaskState::running;
                    })->first.text);
    }
  }
};

//   a ─► b ─► d
//   └──► c ───┘
TEST_F(DependentTasks, run_when_all_their_parents_have_succeeded) {
  add("d", {"b", "C"});
  add("c", {"a"});
  add("b", {"a"});
  world.add_task("a");
  EXPECT_EQ(world.starts(), Words{"a"});
  EXPECT_EQ(world.job().counts.active, 3);
  EXPECT_EQ(world.job().ready(), 0);
  world.end_run("a");
  EXPECT_EQ(world.starts(), (Words{"c", "b"})) << "in the order of adding";
  world.end_run("b");
  EXPECT_EQ(world.starts(), Words{});
  world.end_run("c");
  EXPECT_EQ(world.starts(), Words{"d"});
}

TEST_F(DependentTasks, are_blocked_by_a_parent_that_fails_and_never_complete_the_job) {
  world.add_task("a");
  add("b", {"a"});
  world.end_run("a", 1);
  EXPECT_EQ(world.state("b"), TaskState::active);
  EXPECT_EQ(code_of(world.act([&](Core& core, Effects& out, Timestamp now) {
              return patch_job(core, out, world.job(),
                               {.on_all_tasks_complete = batch::OnAllTasksComplete::terminate_job},
                               now);
            })),
            "");
  world.tick();
  EXPECT_EQ(world.job().wire.state, JobState::active);
  EXPECT_EQ(world.reactivate_task("a"), "");
  world.end_run("a");
  world.end_run("b");
  world.tick();
  EXPECT_EQ(world.job().wire.state, JobState::terminating);
}

TEST_F(DependentTasks, are_blocked_by_a_parent_that_was_terminated) {
  world.add_task("a");
  add("b", {"a"});
  world.terminate_task("a");
  world.answer_end("a");
  EXPECT_EQ(world.state("b"), TaskState::active);
}

TEST_F(DependentTasks, follow_the_exit_conditions_of_their_parents) {
  add_lenient("a");
  batch::Task strict = task("s");
  strict.exit_conditions.emplace();
  strict.exit_conditions->exit_codes = {{0, {{}, DependencyAction::block}}};
  EXPECT_EQ(world.add_task(strict), "");
  add("after_a", {"a"});
  add("after_s", {"s"});
  world.end_run("a", 9);
  world.end_run("s");
  EXPECT_EQ(world.state("after_a"), TaskState::running);
  EXPECT_EQ(world.state("after_s"), TaskState::active);
  world.restart();
  world.hello_all();
  EXPECT_EQ(world.state("after_a"), TaskState::running);
  EXPECT_EQ(world.state("after_s"), TaskState::active);
  world.end_run("after_a");
}

TEST_F(DependentTasks, wait_for_every_integer_of_a_range) {
  add_after("late", {{1, 3}, {10, 10}});
  for (const char* id : {"1", "02", "0003"}) world.add_task(id);
  for (const char* id : {"1", "0003", "02"}) world.end_run(id);
  EXPECT_EQ(world.state("late"), TaskState::active) << "10 is missing";
  world.add_task("10");
  world.end_run("10");
  EXPECT_EQ(world.state("late"), TaskState::running);
  EXPECT_EQ(add_after("at_once", {{2, 3}}), "");
  EXPECT_EQ(world.state("at_once"), TaskState::running);
  for (const char* id : {"late", "at_once"}) world.end_run(id);
}

TEST_F(DependentTasks, need_only_one_of_the_tasks_that_read_as_an_integer) {
  add_after("late", {{4, 4}});
  for (const char* id : {"4", "04"}) world.add_task(id);
  world.end_run("4", 1);
  EXPECT_EQ(world.state("late"), TaskState::active);
  world.end_run("04");
  EXPECT_EQ(world.state("late"), TaskState::running);
  world.end_run("late");
}

TEST_F(DependentTasks, wait_again_when_their_parent_runs_again) {
  add_lenient("5");
  add("by_id", {"5"});
  add_after("by_range", {{5, 5}});
  world.disable_job("j", batch::DisableJobOption::wait);
  world.end_run("5", 9);
  EXPECT_EQ(world.job().ready(), 2);
  EXPECT_EQ(world.reactivate_task("5"), "");
  EXPECT_EQ(world.job().ready(), 1) << "the parent itself";
  world.restart();
  EXPECT_EQ(world.job().ready(), 1);
  world.hello_all();
  world.tick();
  world.enable_job("j");
  world.tick();
  world.end_run("5");
  for (const char* id : {"by_id", "by_range"}) {
    EXPECT_EQ(world.state(id), TaskState::running);
    world.end_run(id);
  }
}

TEST_F(DependentTasks, a_requeued_one_whose_parent_runs_again_waits_for_it) {
  add_lenient("5");
  add("b", {"5"});
  world.end_run("5", 9);
  world.reactivate_task("5");
  EXPECT_EQ(world.state("b"), TaskState::running) << "it had been released";
  world.dead(world.node(0));
  EXPECT_EQ(world.state("b"), TaskState::active);
  world.forget();
  world.hello_all();
  EXPECT_EQ(world.starts(), Words{"5"});
  world.end_run("5");
  EXPECT_EQ(world.starts(), Words{"b"});
  world.end_run("b");
}

TEST_F(DependentTasks, keep_what_a_deleted_parent_has_satisfied) {
  world.add_task("5");
  world.add_task("other");
  add("by_id", {"5", "other"});
  add_after("by_range", {{5, 6}});
  world.end_run("5");
  world.delete_task("5");
  for (int restarts = 0; restarts < 2; ++restarts) {
    EXPECT_EQ(world.task("by_id").unmet, 1);
    EXPECT_EQ(world.task("by_range").unmet, 1);
    world.restart();
    world.hello_all();
  }
  world.end_run("other");
  EXPECT_EQ(world.state("by_id"), TaskState::running);
  world.end_run("by_id");
}

TEST_F(DependentTasks, wait_for_a_new_task_of_a_deleted_parents_id) {
  world.add_task("5");
  add("b", {"5", "later"});
  world.end_run("5");
  world.delete_task("5");
  EXPECT_EQ(world.task("b").unmet, 1);
  world.add_task("5");
  EXPECT_EQ(world.task("b").unmet, 2);
  world.restart();
  EXPECT_EQ(world.task("b").unmet, 2);
  world.hello_all();
  world.end_run("5");
  EXPECT_EQ(world.task("b").unmet, 1);
}

TEST_F(DependentTasks, of_a_parent_that_is_deleted_before_it_succeeds_wait_for_another) {
  world.add_task("a");
  add("b", {"a"});
  world.delete_task("a");
  world.answer_end("a");
  EXPECT_EQ(world.state("b"), TaskState::active);
  world.add_task("a");
  world.end_run("a");
  EXPECT_EQ(world.state("b"), TaskState::running);
  world.end_run("b");
}

TEST_F(DependentTasks, that_are_deleted_are_released_no_more) {
  world.add_task("5");
  add("b", {"5", "5"});
  add_after("c", {{5, 5}, {4, 5}, {5, 5}});
  world.delete_task("b");
  world.delete_task("c");
  world.forget();
  world.end_run("5");
  EXPECT_EQ(world.starts(), Words{});
}

TEST_F(DependentTasks, that_depend_on_themselves_wait_for_ever) {
  add("a", {"a"});
  add_after("3", {{1, 9}});
  EXPECT_EQ(world.starts(), Words{});
  EXPECT_EQ(world.terminate_task("a"), "");
  EXPECT_EQ(world.state("a"), TaskState::completed);
}

TEST_F(DependentTasks, wait_as_before_after_a_restart) {
  for (const char* id : {"1", "2", "3"}) world.add_task(id);
  add_after("all", {{1, 3}});
  add("first", {"1", "2"});
  world.end_run("1");
  world.restart();
  world.forget();
  EXPECT_EQ(world.job().ready(), 2) << "2 and 3 are not heard yet";
  world.hello_all();
  EXPECT_EQ(world.starts(), Words{});
  world.end_run("2");
  EXPECT_EQ(world.starts(), Words{"first"});
  world.restart();
  world.end_run_unheard("3");
  world.hello_all();
  EXPECT_EQ(world.starts(), Words{"all"});
  for (const char* id : {"first", "all"}) world.end_run(id);
}

TEST_F(DependentTasks, need_a_job_that_uses_dependencies) {
  add_job("plain", false);
  EXPECT_EQ(add("a", {"b"}, "plain"), "TaskDependenciesNotSpecifiedOnJob");
  EXPECT_EQ(add("a", {}, "plain"), "TaskDependenciesNotSpecifiedOnJob");
  EXPECT_EQ(add("a", {"not an id"}), "InvalidPropertyValue");
  EXPECT_EQ(add_after("a", {{3, 2}}), "InvalidPropertyValue");
}

TEST_F(DependentTasks, run_in_chains_and_wide_layers) {
  constexpr int width = 40;
  for (int layer = 0; layer < 3; ++layer)
    for (int i = 0; i < width; ++i) {
      const std::string id = std::to_string(layer * width + i);
      if (layer == 0)
        world.add_task(id);
      else
        add_after(id, {{(layer - 1) * width, layer * width - 1}});
    }
  for (int i = 0; i < width - 1; ++i)
    add("chain" + std::to_string(i), {i == 0 ? "0" : "chain" + std::to_string(i - 1)});
  run_all();
  EXPECT_EQ(world.job().counts.succeeded, 4 * width - 1);
}

}  // namespace
}  // namespace dms::service
