#include "models/sweep/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dms::models {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::vector<Parameter>& parameters() {
  static const std::vector<Parameter> all{
      {"AMP", {}}, {"MODEL", {}}, {"START", *DateFormat::make("%d%b%Y")}, {"ISO", {}}};
  return all;
}
const std::vector<std::string> point{"0.70", "base", "15MAR1990", "1990-06-01"};

// "true", "false", or the message.
std::string holds(std::string_view text) {
  const auto expression = Expression::parse(text, parameters());
  if (!expression) return expression.error().message;
  const auto truth = expression->truth(point);
  return truth ? (*truth ? "true" : "false") : truth.error().message;
}

double number(std::string_view text) {
  const auto expression = Expression::parse(text, parameters());
  EXPECT_TRUE(expression) << text;
  return *expression->number(point);
}

TEST(Expression, counts_as_one_learns_it) {
  EXPECT_EQ(number("1 + 2 * 3 - 4 / 8"), 6.5);
  EXPECT_EQ(number("(1 + 2) * -3"), -9);
  EXPECT_EQ(number("10 - 3 - 2"), 5);
  EXPECT_EQ(number("7 % 3 + -7 % 3 + 5.5 % 2"), 4.5);
  EXPECT_EQ(number("AMP * 10 + .5 + 1e2"), 107.5);
  EXPECT_EQ(number("max(1, AMP, min(9, 3)) + abs(-2) + floor(2.7) + round(2.5)"), 10);
}

TEST(Expression, compares_numbers_texts_and_dates) {
  for (const char* text :
       {"AMP == 0.7", "AMP == '0.70'", "AMP != '0.7'", "0 < AMP <= 0.7", "MODEL == \"base\"",
        "MODEL > 'alpha'", "MODEL != 5", "START == '15Mar1990'", "START >= '1990-03-15'",
        "START < ISO", "ISO - START == 78", "START + 78 == ISO", "month(START) == 3",
        "year(ISO) == 1990 and day(START) == 15", "{AMP} < 1", "true"})
    EXPECT_EQ(holds(text), "true") << text;
  for (const char* text : {"AMP > 0.7", "MODEL == 'Base'", "START > '1990-03-15'", "1 < 2 < 2"})
    EXPECT_EQ(holds(text), "false") << text;
}

TEST(Expression, joins_truths) {
  EXPECT_EQ(holds("not AMP > 1 and (MODEL == 'x' or MODEL == 'base')"), "true");
  EXPECT_EQ(holds("AMP > 1 or not not MODEL == 'base'"), "true");
  EXPECT_EQ(holds("true or false and false"), "true");
  EXPECT_EQ(holds("AMP > 1 and MODEL < 5"), "false") << "the second half is not looked at";
}

TEST(Expression, looks_into_lists_and_texts) {
  EXPECT_EQ(holds("month(START) in [1, 3, 6]"), "true");
  EXPECT_EQ(holds("MODEL in ['fine', 'base'] and MODEL not in []"), "true");
  EXPECT_EQ(holds("START in ['1990-01-01', '15MAR1990']"), "true");
  EXPECT_EQ(holds("'as' in MODEL and 'x' not in MODEL"), "true");
}

TEST(Expression, says_what_is_wrong_and_where) {
  EXPECT_EQ(holds("AMP > "), "a value is expected at its end");
  EXPECT_EQ(holds("AMP = 1"), "equality is '=='; found at '=' (character 5)");
  EXPECT_THAT(holds("AMPL > 1"),
              StartsWith("no parameter is called AMPL (did you mean 'AMP'?); texts stand in"));
  EXPECT_EQ(holds("(AMP > 1"), "')' is expected at its end");
  EXPECT_EQ(holds("AMP > 1 2"), "an operator is expected at '2' (character 9)");
  EXPECT_THAT(holds("AMP in [1, 2"), HasSubstr("']' is expected"));
  EXPECT_THAT(holds("MODEL == 'base"), HasSubstr("the quote at character 10 does not end"));
  EXPECT_THAT(holds("AMP > 1.2.3"), HasSubstr("a number is expected at '1.2"));
  EXPECT_THAT(holds("system('x')"), HasSubstr("no such function"));
  EXPECT_THAT(holds("min() > 1"), HasSubstr("the wrong number of operands"));
  EXPECT_THAT(holds("AMP > 1 \xC3\xA4"), HasSubstr("at '\xC3\xA4' (character 9)"));
  EXPECT_THAT(holds(std::string(200, '(') + "1"), HasSubstr("nested too deeply"));
  EXPECT_THAT(holds(std::string(200, '-') + "1 > 1"), HasSubstr("nested too deeply"));
  std::string long_one = "AMP > 1";
  for (int at = 0; at < 1000; ++at) long_one += " or AMP > 1";
  EXPECT_THAT(holds(long_one), HasSubstr("more than 1000 parts"));
}

TEST(Expression, refuses_operands_of_the_wrong_kind) {
  EXPECT_EQ(holds("MODEL < 5"), "'base' and 5 have no order: a number is compared with a text");
  EXPECT_EQ(holds("MODEL + 1 > 2"), "'base' is no number");
  EXPECT_EQ(holds("AMP / 0 > 1"), "0.7 is divided by 0");
  EXPECT_EQ(holds("AMP"), "the expression is neither true nor false: compare something");
  EXPECT_EQ(holds("AMP and true"), "0.70 is neither true nor false");
  EXPECT_EQ(holds("START > 'soon'"), "'soon' is compared with the date 15Mar1990, but is no date");
  EXPECT_EQ(holds("month(MODEL) == 1"), "'base' is no date");
  EXPECT_EQ(holds("START + 1e9 > START"), "1000000000 days is too far");
}

}  // namespace
}  // namespace dms::models
