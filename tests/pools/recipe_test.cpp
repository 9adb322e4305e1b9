// Recipes, and what their formulas make of a pool as its tasks come and go.
#include "pools/recipe.h"

#include <gmock/gmock.h>

#include "pools/images.h"
#include "service/autoscale/formula.h"
#include "tests/service/autoscale_fixture.h"

namespace dms::pools {
namespace {

using service::autoscale::AutoscaleTest;
using service::autoscale::Evaluation;
using service::autoscale::Metric;
using service::autoscale::SampleRow;
using testing::HasSubstr;
using namespace std::chrono_literals;

Recipe recipe_of(Kind kind, int nodes, int max_nodes = 0) {
  return {.kind = kind,
          .nodes = nodes,
          .max_nodes = max_nodes,
          .machine = machine_of(*find_image(default_image))};
}

class Formulas : public AutoscaleTest {
 protected:
  // The pool's size after a time in which so many tasks were pending and nodes preempted.
  Evaluation after(const Recipe& recipe, std::chrono::minutes time, double pending,
                   double preempted = 0) {
    for (const auto end = now.at + time; now.at < end; now.at += 30s)
      samples.record({now.at}, SampleRow()
                                   .set(Metric::pending_tasks, pending)
                                   .set(Metric::preempted_node_count, preempted));
    Evaluation evaluation = run(autoscale_formula(recipe).value());
    EXPECT_EQ(message(evaluation), "");
    return evaluation;
  }
};

TEST_F(Formulas, an_elastic_pool_begins_with_its_nodes_before_there_is_a_sample) {
  const Recipe recipe = recipe_of(Kind::autoscale, 3, 60);
  const Evaluation evaluation = run(autoscale_formula(recipe).value());
  EXPECT_EQ(message(evaluation), "");
  EXPECT_EQ(evaluation.target_dedicated, 3);
  EXPECT_EQ(evaluation.node_deallocation_option, batch::NodeDeallocationOption::task_completion);
}

TEST_F(Formulas, an_elastic_pool_follows_its_tasks_up_to_the_limit_and_to_nothing) {
  Recipe recipe = recipe_of(Kind::autoscale, 1, 10);
  recipe.task_slots_per_node = 4;
  EXPECT_EQ(after(recipe, 6min, 1).target_dedicated, 1);
  EXPECT_EQ(after(recipe, 6min, 9).target_dedicated, 3);
  EXPECT_EQ(after(recipe, 6min, 23'634).target_dedicated, 10);
  EXPECT_EQ(after(recipe, 6min, 0).target_dedicated, 0);
}

TEST_F(Formulas, spot_nodes_that_are_preempted_are_replaced_while_tasks_wait) {
  const Recipe recipe = recipe_of(Kind::spot, 1, 10);
  EXPECT_EQ(after(recipe, 6min, 6).target_low_priority, 6);
  const Evaluation lost = after(recipe, 6min, 6, 2);
  EXPECT_EQ(lost.target_dedicated, 2);
  EXPECT_EQ(lost.target_low_priority, 4);
  // Nodes of an empty queue are not missed.
  const Evaluation ended = after(recipe, 6min, 0, 2);
  EXPECT_EQ(ended.target_dedicated, 0);
  EXPECT_EQ(ended.target_low_priority, 0);
}

TEST_F(Formulas, an_idle_pool_gives_up_its_nodes_after_its_time_and_takes_them_again) {
  Recipe recipe = recipe_of(Kind::fixed, 4);
  recipe.when_done = {.policy = WhenDone::Policy::idle, .idle = 15min};
  EXPECT_EQ(after(recipe, 1min, 0).target_dedicated, 4);  // just made
  EXPECT_EQ(after(recipe, 16min, 1).target_dedicated, 4);
  EXPECT_EQ(after(recipe, 10min, 0).target_dedicated, 4);
  EXPECT_EQ(after(recipe, 6min, 0).target_dedicated, 0);
  EXPECT_EQ(after(recipe, 1min, 7).target_dedicated, 4);
}

TEST(Recipes, a_fixed_pool_that_is_kept_has_no_formula) {
  Recipe recipe = recipe_of(Kind::fixed, 4);
  recipe.when_done = {.policy = WhenDone::Policy::keep};
  const auto pool = make_pool("p", recipe, "melt");
  ASSERT_TRUE(pool);
  EXPECT_EQ(pool->target_dedicated_nodes, 4);
  EXPECT_FALSE(pool->enable_auto_scale.has_value());
  EXPECT_TRUE(is_made_for(*pool, "melt"));
  EXPECT_FALSE(is_made_for(*pool, "freeze"));
}

TEST(Recipes, a_pool_tells_how_many_nodes_it_ever_has) {
  EXPECT_EQ(most_nodes(*make_pool("p", recipe_of(Kind::fixed, 3), "s")), 3);  // idle: by a formula
  EXPECT_EQ(most_nodes(*make_pool("p", recipe_of(Kind::autoscale, 3), "s")), 30);
  EXPECT_EQ(most_nodes(*make_pool("p", recipe_of(Kind::spot, 3, 7), "s")), 7);
  EXPECT_EQ(most_nodes(batch::Pool{.target_dedicated_nodes = 2, .target_low_priority_nodes = 1}),
            3);
  EXPECT_EQ(most_nodes(batch::Pool{.enable_auto_scale = true}), std::nullopt);
}

TEST(Recipes, nodes_of_an_mpi_pool_reach_each_other_and_have_one_slot) {
  const auto pool = make_pool("p", recipe_of(Kind::mpi, 3), "melt");
  ASSERT_TRUE(pool);
  EXPECT_EQ(pool->enable_inter_node_communication, true);
  EXPECT_EQ(pool->task_slots_per_node, 1);
  Recipe two = recipe_of(Kind::mpi, 3);
  two.task_slots_per_node = 2;
  EXPECT_THAT(make_pool("p", two, "melt").error().message, HasSubstr("wait for ever"));
}

TEST(Recipes, a_start_command_runs_as_administrator_and_stops_at_its_first_error) {
  Recipe recipe = recipe_of(Kind::fixed, 1);
  recipe.start_command = "apt-get install -y 'gfortran'";
  const auto pool = make_pool("p", recipe, "melt");
  ASSERT_TRUE(pool && pool->start_task);
  EXPECT_THAT(pool->start_task->command_line, HasSubstr("set -e"));
  EXPECT_THAT(pool->start_task->command_line, HasSubstr("gfortran"));
  EXPECT_EQ(pool->start_task->wait_for_success, true);
  EXPECT_EQ(pool->start_task->user_identity->auto_user->elevation_level,
            batch::ElevationLevel::admin);
}

TEST(Recipes, what_no_pool_can_be_is_refused_with_the_reason) {
  Recipe recipe = recipe_of(Kind::autoscale, 5, 4);
  EXPECT_THAT(make_pool("p", recipe, "s").error().message, HasSubstr("max_nodes is 4"));
  recipe = recipe_of(Kind::fixed, 0);
  EXPECT_THAT(make_pool("p", recipe, "s").error().message, HasSubstr("no nodes"));
  recipe = recipe_of(Kind::fixed, 1);
  recipe.task_slots_per_node = 9;
  EXPECT_THAT(make_pool("p", recipe, "s").error().message,
              HasSubstr("standard_f2s_v2 takes 8 task slots"));
}

TEST(WhenDone, reads_its_forms_and_no_others) {
  EXPECT_EQ(parse_when_done("keep")->policy, WhenDone::Policy::keep);
  EXPECT_EQ(parse_when_done("delete")->policy, WhenDone::Policy::delete_pool);
  EXPECT_EQ(parse_when_done("idle:15m")->idle, 15min);
  EXPECT_EQ(parse_when_done("idle:2h")->idle, 120min);
  EXPECT_EQ(parse_when_done("idle:1d")->idle, 24h);
  EXPECT_EQ(parse_when_done("idle:1h30m")->idle, 90min);
  for (const char* bad : {"", "idle", "idle:", "idle:m", "idle:15", "idle:4m", "idle:2d", "idle:1x",
                          "idle:301s", "idle:-5m", "idle:99999999999m", "forever"})
    EXPECT_FALSE(parse_when_done(bad)) << bad;
}

}  // namespace
}  // namespace dms::pools
