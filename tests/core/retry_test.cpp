#include "core/retry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/file.h"
#include "tests/support/fake_clock.h"
#include "tests/support/scripted_transport.h"

namespace dms {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

const std::string url = "http://h/x";

class RetryTest : public testing::Test {
 protected:
  // `random` 0.5 is no jitter at all.
  Result<Response> send(Request request, RetryPolicy policy = {}, double random = 0.5) {
    Retrying transport(next, clock, policy, [random] { return random; });
    request.url = Url::parse(url).value();
    return transport.send(request, stop.get_token());
  }
  void expect(int status, Headers headers = {}) {
    next.expect("GET", url, {.status = status, .headers = std::move(headers)});
  }
  void expect(Code code) { next.expect("GET", url, fail(code, "broken")); }

  static Request get() { return {}; }
  static Request once() { return {.idempotency = Idempotency::not_idempotent}; }

  ScriptedTransport next;
  FakeClock clock;
  std::stop_source stop;
};

TEST_F(RetryTest, gives_a_first_good_answer_without_waiting) {
  expect(200);
  EXPECT_EQ(send(get())->status, 200);
  EXPECT_TRUE(clock.sleeps().empty());
}

TEST_F(RetryTest, doubles_the_delay_and_gives_the_last_answer) {
  for (int i = 0; i < 6; ++i) expect(500);
  EXPECT_EQ(send(get())->status, 500);
  EXPECT_THAT(clock.sleeps(), ElementsAre(500ms, 1s, 2s, 4s, 8s));
}

TEST_F(RetryTest, bounds_the_delay) {
  for (int i = 0; i < 5; ++i) expect(502);
  expect(200);
  EXPECT_EQ(send(get(), {.longest_delay = 3s})->status, 200);
  EXPECT_THAT(clock.sleeps(), ElementsAre(500ms, 1s, 2s, 3s, 3s));
}

TEST_F(RetryTest, spreads_the_delay_by_a_fifth_either_way) {
  expect(504);
  expect(200);
  EXPECT_TRUE(send(get(), {}, 0.0));
  expect(504);
  expect(200);
  EXPECT_TRUE(send(get(), {}, 0.75));
  EXPECT_THAT(clock.sleeps(), ElementsAre(400ms, 550ms));
}

TEST_F(RetryTest, repeats_an_idempotent_request_on_passing_failures) {
  for (const int status : {408, 429, 500, 502, 503, 504}) expect(status);
  expect(Code::unavailable);
  expect(Code::timeout);
  expect(200);
  EXPECT_EQ(send(get(), {.max_tries = 9})->status, 200);
}

TEST_F(RetryTest, gives_lasting_failures_at_once) {
  for (const int status : {400, 403, 404, 409, 412, 416, 501, 304}) {
    expect(status);
    EXPECT_EQ(send(get())->status, status);
  }
  for (const Code code : {Code::permission, Code::cancelled, Code::internal, Code::corrupt}) {
    expect(code);
    EXPECT_EQ(send(get()).error().code, code);
  }
  EXPECT_TRUE(clock.sleeps().empty());
}

TEST_F(RetryTest, repeats_another_request_only_when_nothing_was_done) {
  for (const int status : {429, 503}) expect(status);
  expect(Code::unavailable);
  expect(201);
  EXPECT_EQ(send(once())->status, 201);
  for (const int status : {408, 500, 502, 504}) {
    expect(status);
    EXPECT_EQ(send(once())->status, status);
  }
  expect(Code::timeout);
  EXPECT_EQ(send(once()).error().code, Code::timeout);
  EXPECT_EQ(clock.sleeps().size(), 3u);
}

TEST_F(RetryTest, obeys_retry_after_in_seconds_and_as_a_date) {
  expect(429, {{"Retry-After", "7"}});
  expect(503, {{"retry-after", "Fri, 20 Nov 2026 19:53:33 GMT"}});  // 17 s after the clock's start
  expect(503, {{"Retry-After", "Fri, 20 Nov 2026 19:53:00 GMT"}});
  expect(503, {{"Retry-After", "soon"}});
  expect(200);
  EXPECT_EQ(send(get())->status, 200);
  EXPECT_THAT(clock.sleeps(), ElementsAre(7s, 10s, 0s, 4s));
}

TEST_F(RetryTest, does_not_wait_for_an_hour) {
  expect(503, {{"Retry-After", "3600"}});
  EXPECT_EQ(send(get())->status, 503);
  EXPECT_TRUE(clock.sleeps().empty());
}

TEST_F(RetryTest, tells_how_often_it_tried) {
  for (int i = 0; i < 3; ++i) expect(Code::unavailable);
  EXPECT_EQ(send(get(), {.max_tries = 3}).error().message, "tried 3 times: broken");
}

TEST_F(RetryTest, sends_the_whole_source_again) {
  StringSource source("hello");
  Request request{.method = "PUT", .source = &source};
  next.expect("PUT", url, {.status = 500});
  next.expect("PUT", url, {.status = 201});
  EXPECT_EQ(send(request)->status, 201);
  EXPECT_EQ(next.requests()[0].body, "hello");
  EXPECT_EQ(next.requests()[1].body, "hello");
}

TEST_F(RetryTest, ends_the_wait_on_a_stop_request) {
  expect(503);
  clock.on_sleep = [&](auto) { stop.request_stop(); };
  EXPECT_EQ(send(get()).error().code, Code::cancelled);
}

TEST(RandomSource, stays_between_0_and_1) {
  const RandomSource random = random_source();
  for (int i = 0; i < 1000; ++i) {
    const double number = random();
    EXPECT_GE(number, 0);
    EXPECT_LT(number, 1);
  }
}

}  // namespace
}  // namespace dms
