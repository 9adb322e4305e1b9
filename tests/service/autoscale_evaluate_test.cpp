#include "service/autoscale/evaluate.h"

#include <gmock/gmock.h>

#include "tests/service/autoscale_fixture.h"

namespace dms::service::autoscale {
namespace {

using batch::NodeDeallocationOption;

class AutoscaleEvaluate : public AutoscaleTest {};

TEST_F(AutoscaleEvaluate, results_name_the_settings_and_then_the_formulas_own_variables) {
  target_low_priority = 0;
  EXPECT_EQ(run("$TargetDedicatedNodes=3").results,
            "$TargetDedicatedNodes=3;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue");
  EXPECT_EQ(run("$targetVMs=1; $samples = 100; $maxTasksPerNode = 4; $round = 3").results,
            "$TargetDedicatedNodes=2;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue;"
            "$maxTasksPerNode=4;$round=3;$samples=100;$targetVMs=1");
  EXPECT_EQ(run("totalNodes = 5; Zone = \"west\"; area = 1").results,
            "$TargetDedicatedNodes=2;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue;"
            "area=1;totalNodes=5;Zone=west");
}

TEST_F(AutoscaleEvaluate, variables_that_differ_in_case_are_two) {
  EXPECT_EQ(run("n = 1; N = 2").results,
            "$TargetDedicatedNodes=2;$TargetLowPriorityNodes=1;$NodeDeallocationOption=requeue;"
            "N=2;n=1");
}

TEST_F(AutoscaleEvaluate, targets_start_as_they_are_and_are_read_back_as_set) {
  const Evaluation evaluation =
      run("$TargetDedicatedNodes = $TargetDedicatedNodes + 1.9;"
          "$TargetLowPriorityNodes = $TargetDedicatedNodes * 2;");
  EXPECT_EQ(evaluation.target_dedicated, 3);
  EXPECT_EQ(evaluation.target_low_priority, 6);
  EXPECT_FALSE(evaluation.node_deallocation_option);
}

TEST_F(AutoscaleEvaluate, older_names_mean_the_same_variables) {
  const Evaluation evaluation =
      run("$TargetDedicated = $CurrentDedicated; $TargetLowPriority = $CurrentLowPriority;");
  EXPECT_EQ(evaluation.results,
            "$TargetDedicatedNodes=4;$TargetLowPriorityNodes=5;$NodeDeallocationOption=requeue");
}

TEST_F(AutoscaleEvaluate, numbers_of_the_pool_are_read_by_their_bare_name) {
  EXPECT_EQ(value_of("$CurrentDedicatedNodes"), "4");
  EXPECT_EQ(value_of("$CurrentLowPriorityNodes"), "5");
  EXPECT_EQ(value_of("$PreemptedNodeCount"), "2");
  EXPECT_EQ(value_of("$TaskSlotsPerNode"), "8");
}

TEST_F(AutoscaleEvaluate, targets_are_whole_and_not_negative) {
  EXPECT_EQ(run("$TargetDedicatedNodes = 2.999").target_dedicated, 2);
  EXPECT_EQ(run("$TargetDedicatedNodes = -0.5").target_dedicated, 0);
  EXPECT_EQ(run("$TargetDedicatedNodes = -7").results,
            "$TargetDedicatedNodes=0;$TargetLowPriorityNodes=1;$NodeDeallocationOption=requeue");
  EXPECT_EQ(run("$TargetLowPriorityNodes = 1e300").target_low_priority, 2147483647);
}

TEST_F(AutoscaleEvaluate, the_deallocation_option_is_a_bare_word) {
  const std::pair<const char*, NodeDeallocationOption> options[] = {
      {"requeue", NodeDeallocationOption::requeue},
      {"terminate", NodeDeallocationOption::terminate},
      {"taskcompletion", NodeDeallocationOption::task_completion},
      {"retaineddata", NodeDeallocationOption::retained_data}};
  for (const auto& [word, option] : options) {
    const Evaluation evaluation = run(std::string("$NodeDeallocationOption = ") + word);
    EXPECT_EQ(evaluation.node_deallocation_option, option);
    EXPECT_EQ(evaluation.results, std::string("$TargetDedicatedNodes=2;$TargetLowPriorityNodes=1;"
                                              "$NodeDeallocationOption=") +
                                      word);
  }
  EXPECT_EQ(run("$NodeDeallocationOption = $TargetDedicatedNodes > 1 ? taskcompletion : requeue")
                .node_deallocation_option,
            NodeDeallocationOption::task_completion);
  EXPECT_EQ(message(run("$NodeDeallocationOption = \"requeue\"")),
            "Line 1, Col 1: $NodeDeallocationOption needs requeue, terminate, taskcompletion or "
            "retaineddata without quotes, not a string");
}

TEST_F(AutoscaleEvaluate, a_target_must_be_a_number) {
  EXPECT_EQ(message(run("x = 1;\n $TargetDedicatedNodes = TimeInterval_Day")),
            "Line 2, Col 2: $TargetDedicatedNodes needs a double, not a timeinterval");
}

TEST_F(AutoscaleEvaluate, an_error_leaves_everything_as_it_is) {
  const Evaluation evaluation =
      run("$TargetDedicatedNodes = 9; $NodeDeallocationOption = terminate; a = 1;\n b = 1 / 0;");
  ASSERT_TRUE(evaluation.error);
  EXPECT_EQ(evaluation.error->code, "AutoScalingFormulaEvaluationError");
  EXPECT_EQ(evaluation.error->values,
            (std::vector<batch::NameValue>{{"Message", "Line 2, Col 8: division by zero"}}));
  EXPECT_EQ(evaluation.target_dedicated, 2);
  EXPECT_EQ(evaluation.target_low_priority, 1);
  EXPECT_FALSE(evaluation.node_deallocation_option);
  EXPECT_EQ(evaluation.results,
            "$TargetDedicatedNodes=2;$TargetLowPriorityNodes=1;$NodeDeallocationOption=requeue");
}

TEST_F(AutoscaleEvaluate, a_text_that_is_no_formula_is_a_failed_run) {
  target_low_priority = 0;
  for (const char* text : {"$something_useless", "something_useless"}) {
    const Evaluation evaluation = run(text);
    ASSERT_TRUE(evaluation.error);
    EXPECT_EQ(evaluation.error->code, "AutoScalingFormulaEvaluationError");
    EXPECT_EQ(evaluation.results,
              "$TargetDedicatedNodes=2;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue");
  }
}

TEST_F(AutoscaleEvaluate, a_want_of_samples_has_its_own_code_and_place) {
  const Evaluation evaluation =
      run("// wait\n$TargetDedicatedNodes = max(0, $PendingTasks.GetSample(1));");
  ASSERT_TRUE(evaluation.error);
  EXPECT_EQ(evaluation.error->code, "InsufficientSampleData");
  EXPECT_EQ(evaluation.error->message,
            "Autoscale evaluation failed due to insufficient sample data");
  EXPECT_EQ(
      message(evaluation),
      "Line 2, Col 32: Insufficient data from data set: $PendingTasks wanted 70%, received 0%");
  EXPECT_EQ(evaluation.target_dedicated, 2);
}

TEST_F(AutoscaleEvaluate, the_side_that_is_not_chosen_is_not_evaluated) {
  EXPECT_EQ(value_of("1 ? 5 : 1 / 0"), "5");
  EXPECT_EQ(value_of("$PendingTasks.GetSamplePercent(TimeInterval_Minute) < 70 ? 1 : "
                     "avg($PendingTasks.GetSample(TimeInterval_Minute))"),
            "1");
}

TEST_F(AutoscaleEvaluate, a_formula_is_evaluated_again_with_other_inputs) {
  const Formula formula =
      Formula::parse("$TargetDedicatedNodes = $TargetDedicatedNodes + 1").value();
  EXPECT_EQ(evaluate(formula, inputs()).target_dedicated, 3);
  target_dedicated = 6;
  EXPECT_EQ(evaluate(formula, inputs()).target_dedicated, 7);
}

TEST_F(AutoscaleEvaluate, values_of_every_type_print) {
  sample(Metric::running_tasks, {1, 1});
  EXPECT_EQ(value_of("$RunningTasks.GetSample(2)"), "[1,1]");
  EXPECT_EQ(value_of("$RunningTasks.GetSample(TimeInterval_Minute, 0) * 1.5"), "[1.5,1.5]");
  EXPECT_EQ(value_of("$DiskReadOps.GetSample(TimeInterval_Minute, 0)"), "[]");
  EXPECT_EQ(value_of("\"a b\""), "a b");
  EXPECT_EQ(value_of("taskcompletion"), "taskcompletion");
  EXPECT_EQ(value_of("time(\"2016-10-13T19:18:47.805Z\")"), "2016-10-13T19:18:47.805Z");
  EXPECT_EQ(value_of("-25.5 * TimeInterval_Hour"), "-1.01:30:00");
}

}  // namespace
}  // namespace dms::service::autoscale
