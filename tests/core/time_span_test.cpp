#include "core/time_span.h"

#include <gtest/gtest.h>

#include <string>

namespace dms {
namespace {

TEST(Span, is_read_as_people_write_it) {
  using namespace std::chrono_literals;
  const std::pair<std::string_view, std::chrono::seconds> cases[] = {
      {"90s", 90s},   {"30m", 30min},   {"2h", 2h},
      {"1d", 24h},    {"1h30m", 90min}, {"10675199d", std::chrono::days(10675199)},
      {"0d5m", 5min}, {"1m1h1s", 3661s}};
  for (const auto& [text, span] : cases) EXPECT_EQ(parse_span(text), span) << text;
}

TEST(Span, is_nothing_else_and_none_that_no_duration_holds) {
  for (const std::string_view text : {"", "0s", "5", "m", "1h30", "-5m", "+5m", "1.5h", "5 m", "1w",
                                      "10675200d", "2147483647d", "99999999999s"})
    EXPECT_FALSE(parse_span(text)) << text;
  std::string many;
  for (int at = 0; at < 100'000; ++at) many += "2147483647d";
  EXPECT_FALSE(parse_span(many));
}

}  // namespace
}  // namespace dms
