// Work on several threads, and the budget that it shares.
#include "blob/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "blob/byte_budget.h"

namespace dms::blob {
namespace {

TEST(Parallel, does_every_piece_once) {
  std::atomic<int> next = 0;
  std::vector<std::atomic<int>> done(1000);
  const auto status = in_parallel(4, {}, [&](const std::stop_token&) -> Result<Work> {
    const int index = next++;
    if (index >= 1000) return Work::nothing_left;
    ++done[static_cast<std::size_t>(index)];
    return Work::more;
  });
  EXPECT_TRUE(status);
  for (const auto& count : done) EXPECT_EQ(count, 1);
}

TEST(Parallel, ends_with_the_first_error_and_tells_the_others) {
  std::atomic<int> next = 0;
  const auto status = in_parallel(4, {}, [&](const std::stop_token& stop) -> Result<Work> {
    if (next++ == 7) return fail(Code::corrupt, "the seventh");
    if (stop.stop_requested()) return fail(Code::cancelled, "told");
    return Work::more;
  });
  EXPECT_EQ(status.error().message, "the seventh");
}

TEST(Parallel, says_cancelled_only_when_something_was_left) {
  std::stop_source stop;
  EXPECT_EQ(in_parallel(2, stop.get_token(),
                        [&](const std::stop_token&) -> Result<Work> {
                          stop.request_stop();
                          return Work::more;
                        })
                .error()
                .code,
            Code::cancelled);
  std::stop_source late;
  EXPECT_TRUE(in_parallel(1, late.get_token(), [&](const std::stop_token&) -> Result<Work> {
    late.request_stop();
    return Work::nothing_left;
  }));
}

TEST(ByteBudgetTest, is_never_overdrawn) {
  ByteBudget budget(10);
  std::atomic<int> held = 0, most = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
      threads.emplace_back([&] {
        for (int round = 0; round < 100; ++round) {
          const auto share = budget.take(4, {});
          const int now = held += 4;
          for (int old = most; old < now && !most.compare_exchange_weak(old, now);) continue;
          held -= 4;
        }
      });
  }
  EXPECT_LE(most, 8);
}

TEST(ByteBudgetTest, gives_all_of_itself_to_what_is_larger) {
  ByteBudget budget(10);
  { EXPECT_TRUE(budget.take(1000, {})); }
  EXPECT_TRUE(budget.take(10, {}));
}

TEST(ByteBudgetTest, waits_no_longer_than_until_it_is_stopped) {
  ByteBudget budget(10);
  const auto all = budget.take(10, {});
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_EQ(budget.take(1, stop.get_token()).error().code, Code::cancelled);
}

}  // namespace
}  // namespace dms::blob
