#include "service/autoscale/samples.h"

#include <gmock/gmock.h>

#include "tests/service/autoscale_fixture.h"

namespace dms::service::autoscale {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;

class AutoscaleSamples : public AutoscaleTest {
 protected:
  static SampleRow pending(double value) { return SampleRow().set(Metric::pending_tasks, value); }
  std::vector<double> all() const {
    return samples.newest(Metric::pending_tasks, 1000, now).values;
  }
  // The samples 1, 2, … 20 of the last ten minutes, in a store with Azure's lag.
  void ten_minutes_with_lag() {
    samples = Samples({.lag = 1min});
    for (int i = 1; i <= 20; ++i) samples.record({now.at - 30s * (20 - i)}, pending(i));
  }
};

TEST_F(AutoscaleSamples, one_slot_holds_one_row_stamped_with_its_beginning) {
  samples.record({now.at + 7s}, pending(1));
  samples.record({now.at + 29s}, pending(2));
  now.at += 40s;
  EXPECT_THAT(all(), ElementsAre(2));
  EXPECT_EQ(samples.history_begin(Metric::pending_tasks, now)->iso8601(), "2024-02-29T10:20:30Z");
}

TEST_F(AutoscaleSamples, a_row_is_due_once_a_slot) {
  EXPECT_TRUE(samples.due(now));
  samples.record({now.at + 3s}, pending(1));
  EXPECT_FALSE(samples.due({now.at + 29s}));
  EXPECT_TRUE(samples.due({now.at + 30s}));
  EXPECT_EQ(samples.next_due({now.at + 3s}).iso8601(), "2024-02-29T10:21:00Z");
}

TEST_F(AutoscaleSamples, a_clock_that_was_set_back_adds_nothing) {
  samples.record(now, pending(1));
  samples.record({now.at - 1h}, pending(2));
  EXPECT_THAT(all(), ElementsAre(1));
  EXPECT_FALSE(samples.due({now.at - 1h}));
}

TEST_F(AutoscaleSamples, moments_before_1970_have_slots_too) {
  now = moment("1969-12-31T23:59:45Z");
  samples.record(now, pending(1));
  EXPECT_EQ(samples.history_begin(Metric::pending_tasks, now)->iso8601(), "1969-12-31T23:59:30Z");
  EXPECT_TRUE(samples.due({now.at + 30s}));
}

TEST_F(AutoscaleSamples, what_is_older_than_the_history_is_forgotten) {
  samples = Samples({.interval = 1s, .history = 5s});
  for (int i = 0; i < 10; ++i) samples.record({now.at + 1s * i}, pending(i));
  now.at += 9s;
  EXPECT_THAT(all(), ElementsAre(5, 6, 7, 8, 9));
  samples.record({now.at + 1h}, pending(99));
  now.at += 1h;
  EXPECT_THAT(all(), ElementsAre(99));
}

TEST_F(AutoscaleSamples, memory_is_bounded_however_short_the_interval) {
  samples = Samples({.interval = 1s});
  for (int i = 0; i < 5000; ++i) samples.record({now.at + 1s * i}, pending(i));
  now.at += 5000s;
  EXPECT_EQ(samples.count(Metric::pending_tasks, now), std::int64_t(Samples::max_rows));
}

TEST_F(AutoscaleSamples, a_metric_that_was_not_measured_has_no_sample) {
  samples.record(now, pending(1));
  samples.record({now.at + 30s}, SampleRow().set(Metric::pending_tasks, 0.0 / 0.0));
  now.at += 1min;
  EXPECT_EQ(samples.count(Metric::pending_tasks, now), 1);
  EXPECT_EQ(samples.count(Metric::cpu_percent, now), 0);
  EXPECT_FALSE(samples.history_begin(Metric::cpu_percent, now));
}

TEST_F(AutoscaleSamples, a_sample_is_seen_only_after_the_lag) {
  samples = Samples({.lag = 1min});
  samples.record(now, pending(5));
  EXPECT_THAT(all(), IsEmpty());
  now.at += 59s;
  EXPECT_THAT(all(), IsEmpty());
  now.at += 1s;
  EXPECT_THAT(all(), ElementsAre(5));
}

TEST_F(AutoscaleSamples, get_sample_of_a_count_gives_the_newest_ones_oldest_first) {
  sample(Metric::pending_tasks, {1, 2, 3, 4});
  EXPECT_EQ(value_of("$PendingTasks.GetSample(1)"), "[4]");
  EXPECT_EQ(value_of("$PendingTasks.GetSample(3)"), "[2,3,4]");
  EXPECT_EQ(value_of("$PendingTasks.GetSample(5)"), "[1,2,3,4]");
  EXPECT_EQ(value_of("$PendingTasks.GetSample(10)"),
            "error: Line 1, Col 5: Insufficient data from data set: $PendingTasks wanted 70%, "
            "received 40%");
  EXPECT_THAT(value_of("$PendingTasks.GetSample(0)"),
              EndsWith("GetSample needs a whole number of samples, at least 1, not 0"));
  EXPECT_THAT(value_of("$PendingTasks.GetSample(1.5)"), EndsWith("at least 1, not 1.5"));
  EXPECT_THAT(value_of("$PendingTasks.GetSample(1, 50)"),
              EndsWith("GetSample with a number of samples takes no other argument"));
}

TEST_F(AutoscaleSamples, get_sample_of_a_span_finds_all_its_samples_in_spite_of_the_lag) {
  ten_minutes_with_lag();
  EXPECT_EQ(value_of("$PendingTasks.GetSample(TimeInterval_Minute)"), "[17,18]");
  EXPECT_EQ(value_of("len($PendingTasks.GetSample(9 * TimeInterval_Minute))"), "18");
  EXPECT_EQ(value_of("$PendingTasks.GetSamplePercent(TimeInterval_Minute)"), "100");
}

TEST_F(AutoscaleSamples, a_window_with_an_end_counts_from_now_in_either_order) {
  ten_minutes_with_lag();
  EXPECT_EQ(value_of("len($PendingTasks.GetSample(TimeInterval_Minute, 6 * TimeInterval_Minute))"),
            "10");
  EXPECT_EQ(value_of("$PendingTasks.GetSample(2 * TimeInterval_Minute, TimeInterval_Minute)"),
            "[17,18]");
  EXPECT_EQ(value_of("$PendingTasks.GetSample(TimeInterval_Minute, 2 * TimeInterval_Minute)"),
            "[17,18]");
  EXPECT_EQ(value_of("$PendingTasks.GetSamplePercent(TimeInterval_Zero, 10 * TimeInterval_Minute)"),
            "90");
  EXPECT_EQ(value_of("$PendingTasks.GetSamplePercent(TimeInterval_Zero, TimeInterval_Minute)"),
            "0");
}

TEST_F(AutoscaleSamples, a_window_may_be_given_in_timestamps) {
  ten_minutes_with_lag();
  EXPECT_EQ(value_of("$PendingTasks.GetSample(time(\"2024-02-29T10:18:30Z\"))"), "[17,18]");
  EXPECT_EQ(value_of("$PendingTasks.GetSample(time(\"2024-02-29T10:15:00Z\"), "
                     "time(\"2024-02-29T10:16:00Z\"))"),
            "[10,11]");
  EXPECT_EQ(
      value_of("$PendingTasks.GetSample(time(\"2024-02-29T10:18:00Z\"), TimeInterval_Minute)"),
      "[16,17,18]");
}

TEST_F(AutoscaleSamples, seventy_percent_of_a_window_are_wanted_unless_said_otherwise) {
  sample(Metric::pending_tasks, {1, 2, 3, 4, 5, 6});  // three of five minutes
  EXPECT_EQ(value_of("$PendingTasks.GetSamplePercent(5 * TimeInterval_Minute)"), "60");
  EXPECT_EQ(value_of("$PendingTasks.GetSample(5 * TimeInterval_Minute)"),
            "error: Line 1, Col 5: Insufficient data from data set: $PendingTasks wanted 70%, "
            "received 60%");
  EXPECT_EQ(value_of("$PendingTasks.GetSample(5 * TimeInterval_Minute, 60)"), "[1,2,3,4,5,6]");
  EXPECT_EQ(value_of("$PendingTasks.GetSample(5 * TimeInterval_Minute, 61)"),
            "error: Line 1, Col 5: Insufficient data from data set: $PendingTasks wanted 61%, "
            "received 60%");
  EXPECT_EQ(value_of("$PendingTasks.GetSample(5 * TimeInterval_Minute, TimeInterval_Zero, 50)"),
            "[1,2,3,4,5,6]");
  EXPECT_EQ(value_of("$PendingTasks.GetSample(4 * TimeInterval_Minute)"), "[1,2,3,4,5,6]");
}

TEST_F(AutoscaleSamples, zero_counts_as_a_sample) {
  sample(Metric::pending_tasks, {0, 0});
  EXPECT_EQ(value_of("$PendingTasks.GetSamplePercent(TimeInterval_Minute)"), "100");
  EXPECT_EQ(value_of("avg($PendingTasks.GetSample(TimeInterval_Minute))"), "0");
}

TEST_F(AutoscaleSamples, a_window_shorter_than_the_interval_is_widened_to_it) {
  sample(Metric::pending_tasks, {7});
  now.at += 13s;
  EXPECT_EQ(value_of("$PendingTasks.GetSample(TimeInterval_Second)"), "[7]");
  EXPECT_EQ(value_of("$PendingTasks.GetSample(TimeInterval_Zero)"), "[7]");
  EXPECT_EQ(value_of("$PendingTasks.GetSamplePercent(-TimeInterval_Hour)"), "100");
}

TEST_F(AutoscaleSamples, a_window_holds_as_many_slots_wherever_it_begins) {
  sample(Metric::pending_tasks, {1, 2, 3, 4});
  for (int seconds = 0; seconds < 30; ++seconds) {
    EXPECT_EQ(value_of("$PendingTasks.GetSample(TimeInterval_Minute)"), "[3,4]") << seconds;
    now.at += 1s;
  }
}

TEST_F(AutoscaleSamples, wrong_arguments_are_named) {
  sample(Metric::pending_tasks, {1});
  EXPECT_THAT(value_of("$PendingTasks.GetSample(\"a\")"),
              EndsWith("GetSample needs a timestamp or a timeinterval, not a string"));
  EXPECT_THAT(value_of("$PendingTasks.GetSample(TimeInterval_Day, 101)"),
              EndsWith("GetSample needs a percentage from 0 to 100, not 101"));
  EXPECT_THAT(value_of("$PendingTasks.GetSample(TimeInterval_Day, TimeInterval_Zero, \"a\")"),
              EndsWith("GetSample needs a percentage from 0 to 100, not string"));
  EXPECT_THAT(value_of("$PendingTasks.GetSample(TimeInterval_Day, 50, 50)"),
              EndsWith("GetSample has a superfluous argument"));
  EXPECT_THAT(value_of("$PendingTasks.GetSamplePercent(5)"),
              EndsWith("GetSamplePercent needs a timestamp or a timeinterval, not a double"));
  EXPECT_THAT(value_of("$PendingTasks.GetSample(TimeInterval_Year * 20000)"),
              EndsWith("GetSample cannot look back 7300000.00:00:00"));
}

TEST_F(AutoscaleSamples, the_history_describes_itself) {
  ten_minutes_with_lag();
  EXPECT_EQ(value_of("$PendingTasks.GetSamplePeriod()"), "00:00:30");
  EXPECT_EQ(value_of("$PendingTasks.Count()"), "18");
  EXPECT_EQ(value_of("$PendingTasks.HistoryBeginTime()"), "2024-02-29T10:11:00.000Z");
  EXPECT_EQ(value_of("$PendingTasks.HistoryBeginTime().minute"), "11");
  EXPECT_EQ(value_of("$ActiveTasks.Count()"), "0");
  EXPECT_EQ(value_of("$ActiveTasks.HistoryBeginTime()"),
            "error: Line 1, Col 5: Insufficient data from data set: $ActiveTasks wanted 70%, "
            "received 0%");
}

TEST_F(AutoscaleSamples, every_metric_of_the_documentation_has_samples) {
  SampleRow row;
  for (std::size_t i = 0; i < metric_count; ++i) row.set(Metric(i), double(i));
  samples.record(now, row);
  for (const auto& entry : words(Metric{}))
    EXPECT_EQ(value_of(std::string(entry.text) + ".GetSample(1)"),
              "[" + std::to_string(std::size_t(entry.value)) + "]");
}

}  // namespace
}  // namespace dms::service::autoscale
