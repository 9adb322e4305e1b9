// The documentation's table of operations, row by row.
#include "service/autoscale/value.h"

#include <gmock/gmock.h>

#include "tests/service/autoscale_fixture.h"

namespace dms::service::autoscale {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

class AutoscaleOperators : public AutoscaleTest {
 protected:
  void SetUp() override {
    sample(Metric::cpu_percent, {1, 2, 3});  // v below
    samples_of_one = "$CPUPercent.GetSample(1)";
  }
  const std::string v = "$CPUPercent.GetSample(3)";
  std::string samples_of_one;
};

TEST_F(AutoscaleOperators, doubles_make_doubles) {
  EXPECT_EQ(value_of("1 + 2"), "3");
  EXPECT_EQ(value_of("1 - 2"), "-1");
  EXPECT_EQ(value_of("3 * 2"), "6");
  EXPECT_EQ(value_of("1 / 4"), "0.25");
}

TEST_F(AutoscaleOperators, a_double_stretches_a_timeinterval) {
  EXPECT_EQ(value_of("10 * TimeInterval_Minute"), "00:10:00");
  EXPECT_EQ(value_of("TimeInterval_Hour * 1.5"), "01:30:00");
  EXPECT_EQ(value_of("TimeInterval_Hour / 4"), "00:15:00");
  EXPECT_THAT(value_of("4 / TimeInterval_Hour"),
              EndsWith("operator / is not defined for double and timeinterval"));
}

TEST_F(AutoscaleOperators, a_vector_takes_a_double_element_by_element) {
  EXPECT_EQ(value_of(v + " + 10"), "[11,12,13]");
  EXPECT_EQ(value_of(v + " - 1"), "[0,1,2]");
  EXPECT_EQ(value_of(v + " * 2"), "[2,4,6]");
  EXPECT_EQ(value_of(v + " / 2"), "[0.5,1,1.5]");
  EXPECT_THAT(value_of("2 * " + v), EndsWith("operator * is not defined for double and doubleVec; "
                                             "write the vector first"));
}

TEST_F(AutoscaleOperators, a_vector_takes_a_vector_of_its_length) {
  EXPECT_EQ(value_of(v + " + " + v), "[2,4,6]");
  EXPECT_EQ(value_of(v + " - " + v), "[0,0,0]");
  EXPECT_EQ(value_of(v + " * " + v), "[1,4,9]");
  EXPECT_EQ(value_of(v + " / " + v), "[1,1,1]");
  EXPECT_THAT(value_of(v + " + $CPUPercent.GetSample(2)"),
              EndsWith("operator + needs vectors of one length, but they have 3 and 2"));
}

TEST_F(AutoscaleOperators, a_vector_of_one_element_stands_for_a_double) {
  EXPECT_EQ(value_of("10 - " + samples_of_one), "7");
  EXPECT_EQ(value_of(samples_of_one + " + 1"), "[4]");
  EXPECT_EQ(value_of(v + " * " + samples_of_one), "[3,6,9]");
  EXPECT_EQ(value_of(samples_of_one + " > 2"), "1");
  EXPECT_EQ(value_of("-" + samples_of_one), "-3");
  EXPECT_EQ(value_of("!" + samples_of_one), "0");
  EXPECT_EQ(value_of(samples_of_one + " ? 1 : 2"), "1");
  EXPECT_EQ(value_of(samples_of_one + " && 1"), "1");
  EXPECT_EQ(value_of(samples_of_one + " * TimeInterval_Minute"), "00:03:00");
  EXPECT_EQ(run("$TargetDedicatedNodes = " + samples_of_one).target_dedicated, 3);
  EXPECT_THAT(value_of(v + " > 2"), HasSubstr("not defined for doubleVec and double"));
  EXPECT_THAT(value_of(v + " ? 1 : 2"), EndsWith("a condition must be a double, not a doubleVec"));
}

TEST_F(AutoscaleOperators, timeintervals_add_and_subtract) {
  EXPECT_EQ(value_of("TimeInterval_Hour + TimeInterval_Minute"), "01:01:00");
  EXPECT_EQ(value_of("TimeInterval_Minute - TimeInterval_Hour"), "-00:59:00");
  EXPECT_EQ(value_of("-TimeInterval_Second"), "-00:00:01");
  EXPECT_THAT(value_of("TimeInterval_Hour / TimeInterval_Minute"), HasSubstr("not defined"));
}

TEST_F(AutoscaleOperators, timestamps_move_by_timeintervals_and_differ_by_one) {
  EXPECT_EQ(value_of("time() + TimeInterval_Day"), "2024-03-01T10:20:30.000Z");
  EXPECT_EQ(value_of("TimeInterval_Minute + time()"), "2024-02-29T10:21:30.000Z");
  EXPECT_EQ(value_of("time() + -TimeInterval_Hour"), "2024-02-29T09:20:30.000Z");
  EXPECT_EQ(value_of("time() - time(\"2024-02-28T10:20:30Z\")"), "1.00:00:00");
  EXPECT_THAT(value_of("time() - TimeInterval_Hour"),
              EndsWith("operator - is not defined for timestamp and timeinterval; add a negative "
                       "timeinterval instead"));
  EXPECT_THAT(value_of("time() + time()"), HasSubstr("not defined for timestamp and timestamp"));
}

TEST_F(AutoscaleOperators, values_of_one_type_compare) {
  EXPECT_EQ(value_of("1 < 2"), "1");
  EXPECT_EQ(value_of("2 <= 1"), "0");
  EXPECT_EQ(value_of("2 == 2"), "1");
  EXPECT_EQ(value_of("1 >= 2"), "0");
  EXPECT_EQ(value_of("2 > 1"), "1");
  EXPECT_EQ(value_of("2 != 2"), "0");
  EXPECT_EQ(value_of("\"a\" < \"b\""), "1");
  EXPECT_EQ(value_of("\"a\" == \"b\""), "0");
  EXPECT_EQ(value_of("time() > time(\"2020-01-01\")"), "1");
  EXPECT_EQ(value_of("TimeInterval_Week == 7 * TimeInterval_Day"), "1");
  EXPECT_EQ(value_of("TimeInterval_Minute != 60 * TimeInterval_Second"), "0");
  EXPECT_THAT(value_of("1 < \"2\""), HasSubstr("not defined for double and string"));
  EXPECT_THAT(value_of("TimeInterval_Hour > 10"), HasSubstr("for timeinterval and double"));
}

TEST_F(AutoscaleOperators, deallocation_options_are_only_equal_or_not) {
  EXPECT_EQ(value_of("$NodeDeallocationOption == requeue"), "1");
  EXPECT_EQ(value_of("$NodeDeallocationOption != terminate"), "1");
  EXPECT_THAT(value_of("requeue < terminate"), HasSubstr("not defined"));
}

TEST_F(AutoscaleOperators, and_and_or_give_one_or_zero_and_stop_when_decided) {
  EXPECT_EQ(value_of("2 && 3"), "1");
  EXPECT_EQ(value_of("2 && 0"), "0");
  EXPECT_EQ(value_of("0 || 3"), "1");
  EXPECT_EQ(value_of("0 || 0"), "0");
  EXPECT_EQ(value_of("0 && $PendingTasks.GetSample(1)"), "0");
  EXPECT_EQ(value_of("1 || $PendingTasks.GetSample(1)"), "1");
  EXPECT_THAT(value_of("\"a\" && 1"),
              HasSubstr("operator && is not defined for string and double"));
  EXPECT_THAT(value_of("1 && \"a\""),
              HasSubstr("operator && is not defined for double and string"));
}

TEST_F(AutoscaleOperators, signs_need_a_number_or_an_interval) {
  EXPECT_EQ(value_of("- -3"), "3");
  EXPECT_EQ(value_of("!3"), "0");
  EXPECT_EQ(value_of("!0"), "1");
  EXPECT_THAT(value_of("-\"a\""), EndsWith("Line 1, Col 5: operator - is not defined for string"));
  EXPECT_THAT(value_of("!TimeInterval_Day"), HasSubstr("operator ! is not defined"));
  EXPECT_THAT(value_of("-time()"), HasSubstr("not defined for timestamp"));
}

TEST_F(AutoscaleOperators, what_is_not_finite_is_an_error_at_its_place) {
  EXPECT_EQ(value_of("1 / 0"), "error: Line 1, Col 7: division by zero");
  EXPECT_THAT(value_of("0 / 0"), EndsWith("division by zero"));
  EXPECT_THAT(value_of(v + " / 0"), EndsWith("division by zero"));
  EXPECT_THAT(value_of("TimeInterval_Day / 0"), EndsWith("division by zero"));
  EXPECT_THAT(value_of("1e308 * 10"), EndsWith("the result is not a finite number"));
}

TEST_F(AutoscaleOperators, times_that_no_calendar_holds_are_errors) {
  EXPECT_THAT(value_of("TimeInterval_Year * 1e9"), EndsWith("the timeinterval is too long"));
  EXPECT_THAT(value_of("TimeInterval_Year * 29000 + TimeInterval_Year * 29000"),
              EndsWith("the timeinterval is too long"));
  EXPECT_THAT(value_of("time() + 9000 * TimeInterval_Year"),
              EndsWith("the timestamp is outside the years 1 to 9999"));
  EXPECT_THAT(value_of("time() + 29000 * TimeInterval_Year"), HasSubstr("outside the years"));
  EXPECT_THAT(value_of("time() + -29000 * TimeInterval_Year"), HasSubstr("outside the years"));
}

TEST_F(AutoscaleOperators, constants_are_the_spans_that_they_name) {
  EXPECT_EQ(value_of("TimeInterval_Zero"), "00:00:00");
  EXPECT_EQ(value_of("TimeInterval_100ns"), "00:00:00.0000001");
  EXPECT_EQ(value_of("TimeInterval_Microsecond"), "00:00:00.0000010");
  EXPECT_EQ(value_of("TimeInterval_Millisecond"), "00:00:00.0010000");
  EXPECT_EQ(value_of("TimeInterval_Second"), "00:00:01");
  EXPECT_EQ(value_of("TimeInterval_Minute"), "00:01:00");
  EXPECT_EQ(value_of("TimeInterval_Hour"), "01:00:00");
  EXPECT_EQ(value_of("TimeInterval_Day"), "1.00:00:00");
  EXPECT_EQ(value_of("TimeInterval_Week"), "7.00:00:00");
  EXPECT_EQ(value_of("TimeInterval_Year"), "365.00:00:00");
}

TEST_F(AutoscaleOperators, doubles_print_shortest_and_zero_without_a_sign) {
  EXPECT_EQ(value_of("10.0"), "10");
  EXPECT_EQ(value_of("100000"), "100000");
  EXPECT_EQ(value_of("0.1 + 0.2"), "0.30000000000000004");
  EXPECT_EQ(value_of("-0"), "0");
}

}  // namespace
}  // namespace dms::service::autoscale
