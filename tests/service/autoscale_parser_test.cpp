#include <gmock/gmock.h>

#include "service/autoscale/parser.h"
#include "tests/service/autoscale_fixture.h"

namespace dms::service::autoscale {
namespace {

using testing::HasSubstr;

class AutoscaleParser : public AutoscaleTest {
 protected:
  static std::string error_of(std::string_view text) {
    const auto tree = parse_tree(text);
    return tree ? "" : tree.error().message;
  }
};

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST_F(AutoscaleParser, reads_numbers_with_fractions_and_exponents) {
  EXPECT_EQ(value_of("12"), "12");
  EXPECT_EQ(value_of("0.999"), "0.999");
  EXPECT_EQ(value_of(".5"), "0.5");
  EXPECT_EQ(value_of("1.5e3"), "1500");
  EXPECT_EQ(value_of("25E-1"), "2.5");
  EXPECT_EQ(value_of("1e+2"), "100");
  EXPECT_EQ(error_of("x = 12abc"), "Line 1, Col 5: the number has a superfluous end");
  EXPECT_EQ(error_of("x = 1e"), "Line 1, Col 5: the number has a superfluous end");
  EXPECT_EQ(error_of("x = 1e999"), "Line 1, Col 5: the number is out of range");
}

TEST_F(AutoscaleParser, passes_over_comments_blanks_and_line_ends) {
  EXPECT_EQ(
      run("// first\r\n\tx\n = // what?; y = 2\n 1 ;// last").results,
      "$TargetDedicatedNodes=2;$TargetLowPriorityNodes=1;$NodeDeallocationOption=requeue;x=1");
}

TEST_F(AutoscaleParser, needs_no_semicolon_after_the_last_statement_and_allows_empty_ones) {
  EXPECT_EQ(error_of("$TargetDedicatedNodes=2"), "");
  EXPECT_EQ(error_of(";;x = 1;;y = 2;;"), "");
}

TEST_F(AutoscaleParser, binds_products_before_sums_before_comparisons_before_and_before_or) {
  EXPECT_EQ(value_of("2 + 3 * 4"), "14");
  EXPECT_EQ(value_of("(2 + 3) * 4"), "20");
  EXPECT_EQ(value_of("1 + 1 == 2"), "1");
  EXPECT_EQ(value_of("0 && 0 || 1"), "1");
  EXPECT_EQ(value_of("1 || 0 && 0"), "1");
  EXPECT_EQ(value_of("1 < 2 && 2 < 1"), "0");
  EXPECT_EQ(value_of("-2 * -3"), "6");
  EXPECT_EQ(value_of("!0 + 1"), "2");
}

TEST_F(AutoscaleParser, applies_operators_of_one_rank_from_the_left) {
  EXPECT_EQ(value_of("10 - 3 - 2"), "5");
  EXPECT_EQ(value_of("100 / 10 / 5"), "2");
  EXPECT_EQ(value_of("3 > 2 > 1"), "0");
}

TEST_F(AutoscaleParser, nests_choices_to_the_right) {
  EXPECT_EQ(value_of("0 ? 1 : 0 ? 2 : 3"), "3");
  EXPECT_EQ(value_of("1 ? 0 ? 1 : 2 : 3"), "2");
  EXPECT_EQ(value_of("1 < 2 ? 4 + 1 : 6"), "5");
}

TEST_F(AutoscaleParser, tells_line_and_column_of_what_it_did_not_expect) {
  EXPECT_EQ(error_of("x = 1;\n  y = * 2"), "Line 2, Col 7: expected a value instead of '*'");
  EXPECT_EQ(error_of("x = 1 2"), "Line 1, Col 7: expected an operator or ; instead of '2'");
  EXPECT_EQ(error_of("x = (1"), "Line 1, Col 7: expected an operator or ) instead of the end");
  EXPECT_EQ(error_of("x = 1 ? 2"), "Line 1, Col 10: expected : instead of the end");
  EXPECT_EQ(error_of("x = max(1;"),
            "Line 1, Col 10: expected an operator, a comma or ) instead of ';'");
  EXPECT_EQ(error_of("x = 1 = 2"),
            "Line 1, Col 7: expected an operator or ; instead of '='; write == to compare");
  EXPECT_EQ(error_of("x = 1 + \"a\" \"b\""),
            "Line 1, Col 13: expected an operator or ; instead of a string");
}

TEST_F(AutoscaleParser, counts_characters_rather_than_bytes_in_a_column) {
  EXPECT_EQ(error_of("x = \"äöü\" 1"), "Line 1, Col 11: expected an operator or ; instead of '1'");
}

TEST_F(AutoscaleParser, names_characters_that_are_no_part_of_the_language) {
  EXPECT_EQ(error_of("x = 1 & 2"), "Line 1, Col 7: expected && instead of &");
  EXPECT_EQ(error_of("x = 1 | 2"), "Line 1, Col 7: expected || instead of |");
  EXPECT_EQ(error_of("x = 5 % 2"), "Line 1, Col 7: unexpected character '%'");
  EXPECT_EQ(error_of("x = $"), "Line 1, Col 5: unexpected character '$'");
  EXPECT_EQ(error_of("x = \x01"), "Line 1, Col 5: unexpected byte 0x01");
  EXPECT_EQ(error_of("x = ü"), "Line 1, Col 5: unexpected byte 0xC3");
  EXPECT_EQ(error_of("x = \"open\ny = 1"),
            "Line 1, Col 5: the string has no closing quote in its line");
}

TEST_F(AutoscaleParser, wants_a_statement) {
  EXPECT_EQ(
      error_of(""),
      "Line 1, Col 1: expected a statement such as $TargetDedicatedNodes = 1 instead of the end");
  EXPECT_THAT(error_of("// nothing\n;"), HasSubstr("Line 2, Col 2: expected a statement"));
  EXPECT_EQ(error_of("3;"), "Line 1, Col 1: expected a statement such as name = 3");
}

TEST_F(AutoscaleParser, refuses_a_name_that_no_earlier_statement_sets_and_suggests_one) {
  EXPECT_EQ(error_of("$something_useless"),
            "Line 1, Col 1: '$something_useless' is not set in an earlier statement");
  EXPECT_THAT(error_of("total = 1; x = totl"), HasSubstr("did you mean 'total'"));
  EXPECT_THAT(error_of("x = $PendingTask.GetSample(1)"), HasSubstr("did you mean '$PendingTasks'"));
  EXPECT_THAT(error_of("x = TimeInterval_Minutes"),
              HasSubstr("did you mean 'TimeInterval_Minute'"));
  EXPECT_THAT(error_of("x = x + 1"), HasSubstr("'x' is not set"));
  EXPECT_THAT(error_of("Total = 1; x = total"), HasSubstr("'total' is not set"));
}

TEST_F(AutoscaleParser, reads_names_of_the_service_without_regard_to_case) {
  EXPECT_EQ(run("$targetDedicatedNodes = $currentdedicatednodes").target_dedicated, 4);
}

TEST_F(AutoscaleParser, refuses_unknown_functions_methods_and_parts) {
  EXPECT_EQ(error_of("x = aavg(1)"),
            "Line 1, Col 5: unknown function 'aavg' (did you mean 'avg'?)");
  EXPECT_EQ(error_of("x = foobarbaz(1)"), "Line 1, Col 5: unknown function 'foobarbaz'");
  EXPECT_EQ(error_of("x = $PendingTasks.GetSamples(1)"),
            "Line 1, Col 19: unknown method 'GetSamples' (did you mean 'GetSample'?)");
  EXPECT_EQ(error_of("x = time().hours"),
            "Line 1, Col 12: unknown part of a timestamp 'hours' (did you mean 'hour'?)");
  EXPECT_EQ(error_of("x = time().5"), "Line 1, Col 11: expected an operator or ; instead of '.5'");
  EXPECT_EQ(error_of("x = $PendingTasks.5"),
            "Line 1, Col 5: $PendingTasks is a set of samples; write $PendingTasks.GetSample(1) "
            "for the newest");
}

TEST_F(AutoscaleParser, refuses_a_wrong_number_of_arguments) {
  EXPECT_EQ(error_of("x = avg()"), "Line 1, Col 5: avg takes 1 or more arguments but has 0");
  EXPECT_EQ(error_of("x = ln(1, 2)"), "Line 1, Col 5: ln takes 1 argument but has 2");
  EXPECT_EQ(error_of("x = val(1)"), "Line 1, Col 5: val takes 2 arguments but has 1");
  EXPECT_EQ(error_of("x = rand(1)"), "Line 1, Col 5: rand takes 0 arguments but has 1");
  EXPECT_EQ(error_of("x = time(1, 2)"), "Line 1, Col 5: time takes 0 to 1 arguments but has 2");
  EXPECT_EQ(error_of("x = $PendingTasks.GetSample()"),
            "Line 1, Col 19: GetSample takes 1 to 3 arguments but has 0");
  EXPECT_EQ(error_of("x = $PendingTasks.Count"), "Line 1, Col 24: expected ( instead of the end");
}

TEST_F(AutoscaleParser, refuses_to_set_what_can_only_be_read) {
  EXPECT_EQ(error_of("$pendingTasks = 1"), "Line 1, Col 1: $PendingTasks can only be read");
  EXPECT_EQ(error_of("TimeInterval_Day = 1"), "Line 1, Col 1: TimeInterval_Day is a constant");
  EXPECT_EQ(error_of("requeue = 1"), "Line 1, Col 1: requeue is a constant");
}

TEST_F(AutoscaleParser, tells_a_set_of_samples_from_a_number) {
  EXPECT_EQ(
      error_of("x = max(0, $PendingTasks)"),
      "Line 1, Col 12: $PendingTasks is a set of samples; write $PendingTasks.GetSample(1) for "
      "the newest");
  EXPECT_EQ(error_of("y = 1; x = y.GetSample(1)"),
            "Line 1, Col 14: GetSample belongs to a variable such as $PendingTasks");
}

TEST_F(AutoscaleParser, lets_a_variable_be_called_like_a_function) {
  EXPECT_EQ(value_of("1; round = 2; x = round(round + 0.4)"), "2");
}

TEST_F(AutoscaleParser, takes_a_hundred_statements_and_no_more) {
  EXPECT_EQ(error_of(repeated("x = 1;", 100)), "");
  EXPECT_EQ(error_of(repeated("x = 1;", 101)),
            "Line 1, Col 601: a formula has at most 100 statements");
}

TEST_F(AutoscaleParser, bounds_how_deep_everything_may_nest) {
  const std::string deeper = "nested deeper than 100 levels";
  EXPECT_EQ(error_of("x = " + repeated("(", 99) + "1" + repeated(")", 99)), "");
  EXPECT_THAT(error_of("x = " + repeated("(", 4000)), HasSubstr(deeper));
  EXPECT_THAT(error_of("x = " + repeated("-", 8000) + "1"), HasSubstr(deeper));
  EXPECT_THAT(error_of("x = " + repeated("!", 8000) + "1"), HasSubstr(deeper));
  EXPECT_THAT(error_of("x = " + repeated("max(", 2000) + "1"), HasSubstr(deeper));
  EXPECT_THAT(error_of("x = " + repeated("1?1:", 2000) + "1"), HasSubstr(deeper));
  EXPECT_THAT(error_of("x = " + repeated("1?", 4000)), HasSubstr(deeper));
  EXPECT_THAT(error_of("x = time()" + repeated(".hour", 1600)),
              HasSubstr("expected an operator or ; instead of '.'"));
}

TEST_F(AutoscaleParser, evaluates_a_long_chain_of_operators) {
  EXPECT_EQ(value_of("0" + repeated("+1", 4000)), "4000");
}

TEST(AutoscaleFormula, has_at_most_8192_characters) {
  const std::string formula = "x = 1;//";
  const std::string full = formula + std::string(8192 - formula.size(), '-');
  EXPECT_TRUE(Formula::parse(full));
  const auto longer = Formula::parse(full + "-");
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().service_code, "AutoScaleFormulaTooLong");
  EXPECT_EQ(longer.error().http_status, 400);
  EXPECT_THAT(longer.error().message, HasSubstr("8193"));
  EXPECT_TRUE(Formula::parse(formula + repeated("é", 8000)));
  EXPECT_FALSE(Formula::parse(formula + std::string(5 * 8192, '\x80')));
}

TEST(AutoscaleFormula, gives_a_syntax_error_with_its_place) {
  const auto formula = Formula::parse("x = 1;\ny = ;");
  ASSERT_FALSE(formula);
  EXPECT_EQ(formula.error().service_code, "AutoScalingFormulaSyntaxError");
  EXPECT_EQ(formula.error().http_status, 400);
  EXPECT_THAT(formula.error().message, HasSubstr("Line 2, Col 5: expected a value instead of ';'"));
}

}  // namespace
}  // namespace dms::service::autoscale
