#include "models/place/signature_lifetime.h"

#include <gtest/gtest.h>

namespace dms::models {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

constexpr seconds unlimited = seconds::max();

TEST(SignatureLifetime, covers_the_wait_and_every_try) {
  EXPECT_EQ(all_tries(Duration{hours(36)}, 2), hours(3 * 36));
  EXPECT_EQ(all_tries({}, 2), seconds(0));
  EXPECT_EQ(all_tries(Duration::unlimited(), 2), seconds(0));
  EXPECT_EQ(*task_lifetime(days(60), unlimited), days(14 + 60));
  EXPECT_EQ(preparation_lifetime(days(60), unlimited), days(180 + 60));
  EXPECT_EQ(least_preparation(days(60), unlimited), days(14 + 60));
}

TEST(SignatureLifetime, shortens_the_wait_where_signatures_are_short_but_not_the_tries) {
  EXPECT_EQ(*task_lifetime(days(3), days(7)), days(7));
  EXPECT_EQ(preparation_lifetime(days(3), days(7)), days(7));
  EXPECT_EQ(least_preparation(days(3), days(7)), days(1 + 3));
  const auto none = task_lifetime(days(8), days(7));
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message.find("lower max_wall_clock"), std::string::npos);
}

TEST(SignatureLifetime, is_read_from_a_url) {
  const auto end = signed_until(
      "https://a.example/c/b?sv=2022-11-02&se=2026-01-02T03%3A04%3A05Z&"
      "sr=b&sp=r&sig=x");
  ASSERT_TRUE(end);
  EXPECT_EQ(end->iso8601(), "2026-01-02T03:04:05Z");
  EXPECT_FALSE(signed_until("https://a.example/c/b"));
  EXPECT_FALSE(signed_until(""));
}

}  // namespace
}  // namespace dms::models
