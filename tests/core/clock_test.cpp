#include "core/clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/support/fake_clock.h"

namespace dms {
namespace {

using namespace std::chrono_literals;

TEST(SystemClock, wakes_a_sleeper_when_stop_is_requested) {
  std::jthread sleeper([](std::stop_token stop) {
    system_clock().sleep_for(std::chrono::nanoseconds::max(), stop);
  });
  sleeper.request_stop();
  sleeper.join();  // would hang for a year
}

TEST(SystemClock, sleeps_at_least_the_span) {
  const auto start = system_clock().steady_now();
  system_clock().sleep_for(2ms, {});
  EXPECT_GE(system_clock().steady_now() - start, 2ms);
}

TEST(SystemClock, stamps_with_the_present) {
  EXPECT_GT(system_clock().now(), Timestamp::parse("2024-01-01T00:00:00Z").value());
}

TEST(PollUntil, probes_at_once_and_then_at_the_interval) {
  FakeClock clock;
  int probes = 0;
  const auto status = poll_until(clock, 10min, 5s, [&]() -> Result<bool> { return ++probes == 3; });
  EXPECT_TRUE(status);
  EXPECT_THAT(clock.sleeps(), testing::ElementsAre(5s, 5s));
}

TEST(PollUntil, probes_a_last_time_at_the_limit_and_then_times_out) {
  FakeClock clock;
  int probes = 0;
  const auto status = poll_until(clock, 12s, 5s, [&]() -> Result<bool> { return ++probes > 4; });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::timeout);
  EXPECT_EQ(status.error().message, "not done after 12 s");
  EXPECT_EQ(probes, 4);
  EXPECT_THAT(clock.sleeps(), testing::ElementsAre(5s, 5s, 2s));
}

TEST(PollUntil, waits_without_end_when_the_limit_is_the_longest_span) {
  FakeClock clock;
  int probes = 0;
  EXPECT_TRUE(poll_until(clock, std::chrono::nanoseconds::max(), 1h,
                         [&]() -> Result<bool> { return ++probes == 1000; }));
}

TEST(PollUntil, gives_the_probe_s_error) {
  FakeClock clock;
  const auto status =
      poll_until(clock, 1min, 1s, []() -> Result<bool> { return fail(Code::not_found, "gone"); });
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::not_found);
}

TEST(PollUntil, ends_on_a_stop_request_during_the_sleep) {
  FakeClock clock;
  std::stop_source stop;
  clock.on_sleep = [&](auto) { stop.request_stop(); };
  int probes = 0;
  const auto status = poll_until(
      clock, 1min, 1s, [&]() -> Result<bool> { return ++probes > 5; }, stop.get_token());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::cancelled);
  EXPECT_EQ(probes, 1);
}

}  // namespace
}  // namespace dms
