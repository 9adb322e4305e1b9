#include "core/auth/cached_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

#include "tests/support/fake_clock.h"
#include "tests/support/scripted_tokens.h"

namespace dms {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string batch = "https://batch/";

class CachedTokensTest : public testing::Test {
 protected:
  std::string text() {
    const auto token = tokens.token(batch, {});
    return token ? token->text : "error: " + token.error().message;
  }

  FakeClock clock;
  ScriptedTokens source{clock};
  CachedTokens tokens{source, clock};
};

TEST_F(CachedTokensTest, asks_once_while_the_token_is_fresh) {
  source.expect("one", 1h);
  EXPECT_EQ(text(), "one");
  clock.advance(55min - 1s);
  EXPECT_EQ(text(), "one");
}

TEST_F(CachedTokensTest, replaces_a_token_five_minutes_before_its_end) {
  source.expect("one", 1h);
  source.expect("two", 1h);
  EXPECT_EQ(text(), "one");
  clock.advance(55min);
  EXPECT_EQ(text(), "two");
  EXPECT_EQ(text(), "two");
}

TEST_F(CachedTokensTest, keeps_a_valid_token_when_its_refresh_fails_and_tries_again_after_a_pause) {
  source.expect("one", 1h);
  EXPECT_EQ(text(), "one");
  clock.advance(56min);
  source.expect(fail(Code::unavailable, "busy"));
  EXPECT_EQ(text(), "one");
  EXPECT_EQ(text(), "one");  // the script has nothing: the source is not asked again yet
  clock.advance(30s);
  source.expect("two", 1h);
  EXPECT_EQ(text(), "two");
}

TEST_F(CachedTokensTest, gives_the_error_once_the_old_token_has_ended) {
  source.expect("one", 1h);
  EXPECT_EQ(text(), "one");
  clock.advance(1h);
  source.expect(fail(Code::unavailable, "busy"));
  EXPECT_EQ(text(), "error: busy");
  source.expect("two", 1h);
  EXPECT_EQ(text(), "two");
}

TEST_F(CachedTokensTest, uses_a_token_that_ends_soon_without_asking_each_time) {
  source.expect("short", 2min);
  EXPECT_EQ(text(), "short");
  EXPECT_EQ(text(), "short");
  clock.advance(30s);
  source.expect("next", 2min);
  EXPECT_EQ(text(), "next");
}

TEST_F(CachedTokensTest, keeps_a_token_for_each_resource) {
  source.expect("for-batch", 1h);
  source.expect("for-storage", 1h);
  EXPECT_EQ(text(), "for-batch");
  EXPECT_EQ(tokens.token("https://storage/", {}).value().text, "for-storage");
  EXPECT_EQ(text(), "for-batch");
  EXPECT_THAT(source.resources(), ElementsAre(batch, "https://storage/"));
}

TEST_F(CachedTokensTest, replaces_a_refused_token_once_for_all_who_had_it) {
  source.expect("one", 1h);
  source.expect("two", 1h);
  EXPECT_EQ(text(), "one");
  EXPECT_EQ(tokens.replace(batch, "one", {}).value().text, "two");
  EXPECT_EQ(tokens.replace(batch, "one", {}).value().text, "two");
  EXPECT_EQ(text(), "two");
}

TEST_F(CachedTokensTest, does_not_go_back_to_a_refused_token) {
  source.expect("one", 1h);
  source.expect(fail(Code::permission, "no"));
  EXPECT_EQ(text(), "one");
  EXPECT_EQ(tokens.replace(batch, "one", {}).error().message, "no");
}

// Tells how often the time was asked for, which each caller does just before it waits.
class CountingClock final : public Clock {
 public:
  Timestamp now() const override {
    ++asked_;
    asked_.notify_all();
    return FakeClock::default_start();
  }
  std::chrono::steady_clock::time_point steady_now() const override { return {}; }
  void sleep_for(std::chrono::nanoseconds, std::stop_token) override {}

  void wait_until_asked(int times) const {
    for (int seen; (seen = asked_) < times;) asked_.wait(seen);
  }

 private:
  mutable std::atomic<int> asked_ = 0;
};

class ManyCallers : public testing::Test {
 protected:
  // Starts callers that are all waiting for the one fetch when this returns.
  void start(int callers) {
    for (int i = 0; i < callers; ++i) {
      threads.emplace_back([this](std::stop_token stop) {
        const auto token = tokens.token(batch, std::move(stop));
        const std::lock_guard lock(mutex);
        outcomes.push_back(token ? token->text : token.error().message);
      });
    }
    clock.wait_until_asked(callers);
  }

  void join() {
    for (auto& thread : threads) thread.join();
  }

  CountingClock clock;
  FakeClock lives;  // the source's own, so that only the cache is counted
  ScriptedTokens source{lives};
  CachedTokens tokens{source, clock};
  std::latch release{1};
  std::mutex mutex;
  std::vector<std::string> outcomes;
  std::vector<std::jthread> threads;
};

TEST_F(ManyCallers, share_one_fetch) {
  source.expect("one", 1h, [&](auto) { release.wait(); });
  start(8);
  release.count_down();
  join();
  EXPECT_EQ(outcomes, std::vector<std::string>(8, "one"));
}

TEST_F(ManyCallers, share_the_error_of_one_fetch) {
  source.expect(fail(Code::permission, "no"), [&](auto) { release.wait(); });
  start(8);
  release.count_down();
  join();
  EXPECT_EQ(outcomes, std::vector<std::string>(8, "no"));
}

TEST_F(ManyCallers, use_the_old_token_while_one_of_them_refreshes_it) {
  std::latch asked{1};
  source.expect("old", 2min);
  source.expect("new", 1h, [&](auto) {
    asked.count_down();
    release.wait();
  });
  CachedTokens eager{source, clock, {.pause = 0s}};
  ASSERT_EQ(eager.token(batch, {}).value().text, "old");
  std::jthread refresher([&] { EXPECT_EQ(eager.token(batch, {}).value().text, "new"); });
  asked.wait();
  EXPECT_EQ(eager.token(batch, {}).value().text, "old");
  release.count_down();
}

TEST_F(ManyCallers, one_that_is_stopped_does_not_wait_for_the_fetch) {
  std::latch asked{1};
  source.expect("one", 1h, [&](auto) {
    asked.count_down();
    release.wait();
  });
  std::jthread first([&] { EXPECT_EQ(tokens.token(batch, {}).value().text, "one"); });
  asked.wait();
  std::stop_source stop;
  std::jthread second([&] {
    EXPECT_EQ(tokens.token(batch, stop.get_token()).error().code, Code::cancelled);
    release.count_down();
  });
  clock.wait_until_asked(2);
  stop.request_stop();
}

TEST_F(ManyCallers, go_on_when_the_one_that_fetches_is_stopped) {
  std::latch asked{1};
  source.expect(fail(Code::cancelled, "stopped"), [&](auto) {
    asked.count_down();
    release.wait();
  });
  source.expect("one", 1h);
  std::jthread first([&] { EXPECT_EQ(tokens.token(batch, {}).error().code, Code::cancelled); });
  asked.wait();
  std::jthread second([&] { EXPECT_EQ(tokens.token(batch, {}).value().text, "one"); });
  clock.wait_until_asked(2);
  release.count_down();
}

}  // namespace
}  // namespace dms
