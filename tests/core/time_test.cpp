#include "core/time.h"

#include <gtest/gtest.h>

namespace dms {
namespace {

Timestamp at(std::string_view text) { return Timestamp::parse(text).value(); }

TEST(Timestamp, keeps_its_text_through_parsing_and_writing) {
  for (const std::string_view text :
       {"2023-03-14T20:33:31.5488Z", "2023-03-14T20:33:31Z", "0001-01-01T00:00:00Z",
        "1969-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z", "2024-02-29T00:00:00.1Z"})
    EXPECT_EQ(at(text).iso8601(), text);
}

TEST(Timestamp, cuts_what_is_finer_than_a_tick) {
  EXPECT_EQ(at("2023-03-14T20:33:31.123456789Z").iso8601(), "2023-03-14T20:33:31.1234567Z");
}

TEST(Timestamp, reads_offsets_as_utc) {
  EXPECT_EQ(at("2023-03-14T20:33:31+01:30").iso8601(), "2023-03-14T19:03:31Z");
  EXPECT_EQ(at("2023-03-14T20:33:31-0800").iso8601(), "2023-03-15T04:33:31Z");
}

TEST(Timestamp, reads_and_writes_http_dates) {
  EXPECT_EQ(at("2023-03-14T20:33:31.5Z").rfc1123(), "Tue, 14 Mar 2023 20:33:31 GMT");
  EXPECT_EQ(at("Fri, 20 Nov 2026 19:53:16 GMT").iso8601(), "2026-11-20T19:53:16Z");
}

TEST(Timestamp, gives_the_etag_that_the_batch_service_recorded) {
  // The ETag and the Last-Modified of one recorded answer; the ETag has the fraction too.
  EXPECT_EQ(at("2023-03-14T20:33:31.5488Z").etag(), "0x8DB24CB604A1D00");
}

TEST(Timestamp, refuses_what_four_digits_of_a_year_cannot_write) {
  for (const std::string_view text :
       {"0000-12-31T23:59:59Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
        "9999-12-31T23:59:60Z", "Fri, 31 Dec 9999 23:59:60 GMT"})
    EXPECT_FALSE(Timestamp::parse(text)) << text;
  EXPECT_EQ(at("0001-01-01T00:01:00+00:01").iso8601(), "0001-01-01T00:00:00Z");
}

TEST(Timestamp, refuses_what_is_no_moment_and_shows_it) {
  for (const std::string_view text :
       {"", "yesterday", "2023-13-01T00:00:00Z", "2023-02-29T00:00:00Z", "2023-03-14T24:00:00Z",
        "2023-03-14T20:33:31", "2023-03-14T20:33:31.Z", "2023-03-14T20:33:31Zx",
        "Tue, 14 Mar 2023 20:33:31", "2023-03-14"}) {
    const auto parsed = Timestamp::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Code::invalid_argument);
    EXPECT_NE(parsed.error().message.find(text), std::string::npos);
  }
}

TEST(Duration, is_written_as_the_service_normalises_it) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"PT06M00S", "PT6M"},     {"PT01H00M00S", "PT1H"},
      {"P1DT00H00M00S", "P1D"}, {"P3Y6M4DT12H30M5S", "P1279DT12H30M5S"},
      {"PT0S", "PT0S"},         {"P0D", "PT0S"},
      {"PT90M", "PT1H30M"},     {"P2W", "P14D"},
      {"PT0.5S", "PT0.5S"},     {"PT36H", "P1DT12H"},
      {"-PT5M", "-PT5M"},
  };
  for (const auto& [read, written] : cases) {
    const auto duration = Duration::parse(read);
    ASSERT_TRUE(duration) << read;
    EXPECT_EQ(duration->iso8601(), written);
  }
}

TEST(Duration, knows_the_longest_one_as_unlimited) {
  EXPECT_EQ(Duration::unlimited().iso8601(), "P10675199DT2H48M5.4775807S");
  EXPECT_TRUE(Duration::parse("P10675199DT2H48M5.4775807S").value().is_unlimited());
  EXPECT_FALSE(Duration::parse("P1D").value().is_unlimited());
}

TEST(Duration, writes_the_most_negative_span) {
  EXPECT_EQ(Duration{Ticks::min()}.iso8601(), "-P10675199DT2H48M5.4775808S");
}

TEST(Duration, refuses_what_is_no_duration_or_too_long) {
  for (const std::string_view text :
       {"", "P", "PT", "P1", "1D", "PT5", "P1H", "PT1D", "PT1S1M", "P1.5D", "PT1.S", "P-1D",
        "P10675199DT2H48M5.4775808S", "P99999999999999999999D", "PT6Mx", "00:06:00", "P1DT"})
    EXPECT_FALSE(Duration::parse(text)) << text;
}

}  // namespace
}  // namespace dms
