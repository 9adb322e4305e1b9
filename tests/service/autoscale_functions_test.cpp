#include "service/autoscale/functions.h"

#include <gmock/gmock.h>

#include "tests/service/autoscale_fixture.h"

namespace dms::service::autoscale {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

class AutoscaleFunctions : public AutoscaleTest {
 protected:
  void SetUp() override { sample(Metric::cpu_percent, {2, 4, 4, 6}); }
  const std::string v = "$CPUPercent.GetSample(4)";
  // No sample is there and none is wanted.
  const std::string empty = "$DiskBytes.GetSample(TimeInterval_Hour, 0)";
};

TEST_F(AutoscaleFunctions, lists_mix_doubles_and_vectors) {
  EXPECT_EQ(value_of("avg(" + v + ", 4)"), "4");
  EXPECT_EQ(value_of("len(1, " + v + ", 2)"), "6");
  EXPECT_EQ(value_of("max(7, " + v + ")"), "7");
  EXPECT_EQ(value_of("min(" + v + ", 3)"), "2");
  EXPECT_EQ(value_of("norm(3, 4)"), "5");
  EXPECT_EQ(value_of("range(" + v + ")"), "4");
  EXPECT_EQ(value_of("std(" + v + ", 4)"), "1.4142135623730951");
  EXPECT_EQ(value_of("sum(" + v + ", 1)"), "17");
  EXPECT_THAT(value_of("sum(1, \"a\")"),
              EndsWith("Line 1, Col 5: sum needs doubles or vectors, not a string"));
}

TEST_F(AutoscaleFunctions, the_deviation_of_a_single_value_is_zero) {
  EXPECT_EQ(value_of("std(5)"), "0");
}

TEST_F(AutoscaleFunctions, an_empty_vector_has_a_length_and_a_sum_but_no_extremes) {
  EXPECT_EQ(value_of("len(" + empty + ")"), "0");
  EXPECT_EQ(value_of("sum(" + empty + ")"), "0");
  EXPECT_EQ(value_of("norm(" + empty + ")"), "0");
  EXPECT_EQ(value_of("max(0, " + empty + ")"), "0");
  for (const std::string name : {"avg", "max", "min", "range", "std"})
    EXPECT_THAT(value_of(name + "(" + empty + ")"), EndsWith(name + " of an empty vector"));
  EXPECT_THAT(value_of("percentile(" + empty + ", 50)"), EndsWith("percentile of an empty vector"));
}

TEST_F(AutoscaleFunctions, logarithms_take_a_double_or_each_element) {
  EXPECT_EQ(value_of("lg(8)"), "3");
  EXPECT_EQ(value_of("ln(1)"), "0");
  EXPECT_EQ(value_of("log(1000)"), "3");
  EXPECT_EQ(value_of("lg(" + v + ")"), "[1,2,2,2.584962500721156]");
  EXPECT_THAT(value_of("ln(0)"), EndsWith("the result is not a finite number"));
  EXPECT_THAT(value_of("lg(-1)"), EndsWith("the result is not a finite number"));
  EXPECT_THAT(value_of("log(" + v + " - 2)"), EndsWith("the result is not a finite number"));
  EXPECT_THAT(value_of("ln(time())"), EndsWith("ln needs a double or a vector, not a timestamp"));
}

TEST_F(AutoscaleFunctions, roundings_take_a_double_or_each_element) {
  EXPECT_EQ(value_of("floor(2.9)"), "2");
  EXPECT_EQ(value_of("floor(-2.1)"), "-3");
  EXPECT_EQ(value_of("ceil(2.1)"), "3");
  EXPECT_EQ(value_of("round(2.5)"), "3");
  EXPECT_EQ(value_of("round(-2.5)"), "-3");
  EXPECT_EQ(value_of("round(2.4)"), "2");
  EXPECT_EQ(value_of("floor(" + v + " / 4)"), "[0,1,1,1]");
  EXPECT_EQ(value_of("ceil(" + v + " / 4)"), "[1,1,1,2]");
  EXPECT_EQ(value_of("round(" + v + " / 4)"), "[1,1,1,2]");
}

TEST_F(AutoscaleFunctions, percentile_interpolates_between_neighbours) {
  EXPECT_EQ(value_of("percentile(" + v + ", 0)"), "2");
  EXPECT_EQ(value_of("percentile(" + v + ", 50)"), "4");
  EXPECT_EQ(value_of("percentile(" + v + ", 100)"), "6");
  EXPECT_EQ(value_of("percentile($CPUPercent.GetSample(2), 25)"), "4.5");
  EXPECT_THAT(value_of("percentile(" + v + ", 101)"),
              EndsWith("percentile needs a number from 0 to 100, not 101"));
  EXPECT_THAT(value_of("percentile(\"a\", 1)"), HasSubstr("percentile needs doubles or vectors"));
  EXPECT_THAT(value_of("percentile(" + v + ", time())"),
              EndsWith("percentile needs a double as its second argument, not a timestamp"));
}

TEST_F(AutoscaleFunctions, val_counts_from_zero) {
  EXPECT_EQ(value_of("val(" + v + ", 0)"), "2");
  EXPECT_EQ(value_of("val(" + v + ", 3)"), "6");
  EXPECT_THAT(value_of("val(" + v + ", 4)"), EndsWith("val has no element 4 in a vector of 4"));
  EXPECT_THAT(value_of("val(" + v + ", -1)"), EndsWith("val has no element -1 in a vector of 4"));
  EXPECT_THAT(value_of("val(" + v + ", 0.5)"), EndsWith("val has no element 0.5 in a vector of 4"));
}

TEST_F(AutoscaleFunctions, rand_is_what_the_given_source_says) {
  EXPECT_EQ(value_of("rand()"), "0.25");
  EXPECT_EQ(value_of("rand() * 8"), "2");
}

TEST_F(AutoscaleFunctions, time_is_now_or_what_a_text_says) {
  EXPECT_EQ(value_of("time()"), "2024-02-29T10:20:30.000Z");
  EXPECT_EQ(value_of("time(\"2016-10-13T19:18:47.805Z\")"), "2016-10-13T19:18:47.805Z");
  EXPECT_EQ(value_of("time(\"2016-10-13T19:18:47.8051234Z\")"), "2016-10-13T19:18:47.805Z");
  EXPECT_EQ(value_of("time(\"Thu, 13 Oct 2016 19:18:47 GMT\")"), "2016-10-13T19:18:47.000Z");
  EXPECT_THAT(
      value_of("time(\"soon\")"),
      EndsWith("Line 1, Col 5: 'soon' is not a date and time such as 2016-10-13T19:18:47Z"));
  EXPECT_THAT(value_of("time(5)"), EndsWith("time needs a string, not a double"));
}

TEST_F(AutoscaleFunctions, time_reads_every_precision_of_w3c_dtf) {
  EXPECT_EQ(value_of("time(\"2016\")"), "2016-01-01T00:00:00.000Z");
  EXPECT_EQ(value_of("time(\"2016-10\")"), "2016-10-01T00:00:00.000Z");
  EXPECT_EQ(value_of("time(\"2016-10-13\")"), "2016-10-13T00:00:00.000Z");
  EXPECT_EQ(value_of("time(\"2016-10-13T19:18Z\")"), "2016-10-13T19:18:00.000Z");
  EXPECT_EQ(value_of("time(\"2016-10-13T19:18+01:00\")"), "2016-10-13T18:18:00.000Z");
  EXPECT_EQ(value_of("time(\"2016-10-13T19:18:47-02:00\")"), "2016-10-13T21:18:47.000Z");
  EXPECT_EQ(value_of("time(\"2016-10-13T19:18:47.25\")"), "2016-10-13T19:18:47.250Z");
}

TEST_F(AutoscaleFunctions, a_timestamp_has_parts) {
  EXPECT_EQ(value_of("time().year"), "2024");
  EXPECT_EQ(value_of("time().month"), "2");
  EXPECT_EQ(value_of("time().day"), "29");
  EXPECT_EQ(value_of("time().hour"), "10");
  EXPECT_EQ(value_of("time().minute"), "20");
  EXPECT_EQ(value_of("time().second"), "30");
  EXPECT_EQ(value_of("time().weekday"), "4");
  EXPECT_EQ(value_of("time(\"2024-02-26\").weekday"), "1");
  EXPECT_EQ(value_of("time(\"2024-03-03\").weekday"), "7");
  EXPECT_EQ(value_of("time() + TimeInterval_Day - time() == TimeInterval_Day"), "1");
  EXPECT_EQ(value_of("(time() + TimeInterval_Day).day"), "1");
  EXPECT_EQ(value_of("(5).year"), "error: Line 1, Col 9: a double has no year; a timestamp has");
}

TEST_F(AutoscaleFunctions, stop_ends_the_run_with_what_is_set_so_far) {
  const Evaluation evaluation =
      run("$TargetDedicatedNodes = 7; a = 1; stop(); $TargetDedicatedNodes = 9; b = 2;");
  EXPECT_EQ(
      evaluation.results,
      "$TargetDedicatedNodes=7;$TargetLowPriorityNodes=1;$NodeDeallocationOption=requeue;a=1");
  EXPECT_FALSE(evaluation.error);
}

TEST_F(AutoscaleFunctions, stop_may_be_one_side_of_a_choice) {
  EXPECT_EQ(run("$TargetDedicatedNodes = 1 > 2 ? stop() : 5").target_dedicated, 5);
  EXPECT_EQ(run("$TargetDedicatedNodes = 2 > 1 ? stop() : 5").target_dedicated, 2);
  EXPECT_EQ(run("1 > 2 ? stop() : 0; $TargetDedicatedNodes = 5").target_dedicated, 5);
}

}  // namespace
}  // namespace dms::service::autoscale
