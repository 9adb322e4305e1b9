#include "models/sweep/dates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dms::models {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

DateTime at(const char* text) {
  const auto date = parse_iso_date(text);
  EXPECT_TRUE(date) << text;
  return date.value_or(DateTime{});
}

std::string written(const char* pattern, const char* date) {
  return DateFormat::make(pattern)->write(at(date));
}

TEST(DateFormat, writes_as_strftime_does_in_english) {
  EXPECT_EQ(written("%d%b%Y", "1990-01-05"), "05Jan1990");
  EXPECT_EQ(written("%A %a %B %j %y %e|%H:%M:%S %%", "2024-12-31 06:07:08"),
            "Tuesday Tue December 366 24 31|06:07:08 %");
  EXPECT_EQ(written("%F %T", "0990-01-05"), "0990-01-05 00:00:00");
  EXPECT_EQ(DateFormat::make("%d%b%Y %H%M", DateFormat::Letters::upper)->write(at("1990-01-05")),
            "05JAN1990 0000");
}

TEST(DateFormat, reads_what_it_writes_in_any_case) {
  const auto format = *DateFormat::make("%d%b%Y %H%M", DateFormat::Letters::upper);
  EXPECT_EQ(format.read("05JAN1990 0130"), at("1990-01-05 01:30"));
  EXPECT_EQ(format.read("5jan1990 2400"), at("1990-01-06"));
  EXPECT_EQ(DateFormat::make("%A, %e %B %Y")->read("Friday,  5 january 1990"), at("1990-01-05"));
  EXPECT_EQ(DateFormat::make("%A, %e %B %Y")->read("Friday,  15 june 1990"), at("1990-06-15"));
  EXPECT_EQ(DateFormat::make("%e%F")->read(" 31990-02-03"), at("1990-02-03"));
  EXPECT_EQ(DateFormat::make("%m%e%Y")->read("02 31990"), at("1990-02-03"));
  EXPECT_EQ(DateFormat::make("%m%e%Y")->read("02131990"), at("1990-02-13"));
  EXPECT_EQ(DateFormat::make("%Y%j")->read("1990032"), at("1990-02-01"));
  EXPECT_EQ(DateFormat::make("%Y")->read("1990"), at("1990-01-01"));
}

TEST(DateFormat, refuses_what_is_no_day) {
  for (const char* text : {"29Feb1990", "00Jan1990", "31Foo1990", "1Jan90x", "1Jan1990 ", ""})
    EXPECT_EQ(DateFormat::make("%d%b%Y")->read(text), std::nullopt) << text;
  EXPECT_EQ(DateFormat::make("%Y%j")->read("1990366"), std::nullopt);
}

TEST(DateFormat, says_which_directive_is_unknown) {
  EXPECT_THAT(DateFormat::make("%Y-%Q").error().message, HasSubstr("'%Q' is none of"));
  EXPECT_THAT(DateFormat::make("%Y%").error().message, HasSubstr("'%' is none of"));
  EXPECT_THAT(DateFormat::make("date").error().message, HasSubstr("writes every date alike"));
}

TEST(DateStep, is_read_with_its_units) {
  using std::chrono::days;
  using std::chrono::months;
  EXPECT_EQ(parse_date_step("92d"), (DateStep{.seconds = days(92)}));
  EXPECT_EQ(parse_date_step("-1y6mo"), (DateStep{.months = months(-18)}));
  EXPECT_EQ(parse_date_step("2w12h15min30s"),
            (DateStep{.seconds = days(14) + std::chrono::seconds(12 * 3600 + 930)}));
  for (const char* text : {"", "1", "d", "1m", "1.5d", "-", "1d ", "999999999y", "99999999w"})
    EXPECT_EQ(parse_date_step(text), std::nullopt) << text;
}

std::vector<std::string> all(const Dates& dates) {
  std::vector<std::string> texts;
  for (std::uint64_t index = 0; index < dates.count; ++index)
    texts.push_back(
        dates.format.write(shifted(dates.first, dates.step, static_cast<std::int64_t>(index))));
  return texts;
}

TEST(Dates, step_by_the_calendar_and_stay_at_the_end_of_the_month) {
  EXPECT_THAT(all(*make_dates(at("1991-12-31"), at("1992-04-30"), *parse_date_step("1mo"), {})),
              ElementsAre("1991-12-31", "1992-01-31", "1992-02-29", "1992-03-31", "1992-04-30"));
  EXPECT_THAT(all(*make_dates(at("1992-02-29"), at("1994-12-31"), *parse_date_step("1y"), {})),
              ElementsAre("1992-02-29", "1993-02-28", "1994-02-28"));
}

TEST(Dates, stop_before_what_is_beyond_the_last) {
  EXPECT_THAT(all(*make_dates(at("1990-01-01"), at("1990-01-10"), *parse_date_step("4d"), {})),
              ElementsAre("1990-01-01", "1990-01-05", "1990-01-09"));
  EXPECT_THAT(all(*make_dates(at("1990-03-01"), at("1990-01-01"), *parse_date_step("-1mo"), {})),
              ElementsAre("1990-03-01", "1990-02-01", "1990-01-01"));
  EXPECT_THAT(all(*make_dates(at("1990-01-01"), std::uint64_t{2}, *parse_date_step("12h"),
                              *DateFormat::make("%d %H%M"))),
              ElementsAre("01 0000", "01 1200"));
}

TEST(Dates, refuse_a_step_that_leads_nowhere) {
  const auto error = [](const char* first, const char* last, const char* step) {
    const auto dates = make_dates(at(first), at(last), *parse_date_step(step), {});
    return dates ? "" : dates.error().message;
  };
  EXPECT_THAT(error("1990-01-01", "1990-02-01", "0d"), HasSubstr("cannot be 0"));
  EXPECT_THAT(error("1990-02-01", "1990-01-01", "1d"), HasSubstr("need a step back, such as -1d"));
  EXPECT_THAT(error("0001-01-01", "9999-12-31", "1s"), HasSubstr("more than 10000000"));
}

}  // namespace
}  // namespace dms::models
