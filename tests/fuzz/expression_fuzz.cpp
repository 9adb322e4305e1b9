// Expressions over parameters, and the formats of what is derived. The input's lines are: an
// expression, a number format, a pattern of dates, a date, a distance between dates.
#include "models/sweep/expression.h"

#include "models/sweep/derived.h"
#include "tests/fuzz/fuzz.h"

using namespace dms;
using namespace dms::models;

namespace {

const std::vector<Parameter> parameters{
    {"AMP", {}}, {"MODEL", {}}, {"START", *DateFormat::make("%d%b%Y")}, {"ISO", {}}};
const std::vector<std::vector<std::string>> points{
    {"0.70", "base", "15MAR1990", "1990-06-01"},
    {"-1e308", "", "31DEC9999", "1-1-1"},
    {"9007199254740993", "\xff'\"", "no date", "0001-01-01"}};

void require_sentence(const Error& error) {
  fuzz::require(error.code == Code::invalid_argument && !error.message.empty(),
                "a bad expression is a bad argument", error.message);
}

// What an expression says of every point, its messages included.
std::string verdicts(const Expression& expression) {
  std::string all;
  for (const auto& point : points) {
    const auto truth = expression.truth(point);
    if (!truth) require_sentence(truth.error());
    all += truth ? (*truth ? "true\n" : "false\n") : truth.error().message + "\n";
    const auto number = expression.number(point);
    if (!number) require_sentence(number.error());
    all += number ? std::to_string(*number) + "\n" : number.error().message + "\n";
  }
  return all;
}

void check_expression(const std::string& text) {
  const auto expression = Expression::parse(text, parameters);
  if (!expression) return require_sentence(expression.error());
  for (const std::size_t used : expression->uses())
    fuzz::require(used < parameters.size(), "a parameter that is used is one");
  const std::string all = verdicts(*expression);
  // The limit on nesting may refuse it.
  if (const auto other = Expression::parse("(" + text + ")", parameters))
    fuzz::require(verdicts(*other) == all, "an expression in parentheses is itself", text);
}

void check_number_format(std::string_view pattern) {
  const auto format = NumberFormat::make(pattern);
  if (!format) return require_sentence(format.error());
  for (const double number : {0.0, -1.5, 1e300, 12345678901.0}) {
    const auto written = format->write(number);
    if (!written) require_sentence(written.error());
  }
}

void check_dates(std::string_view pattern, std::string_view text, std::string_view distance) {
  const auto format = DateFormat::make(pattern);
  if (!format) return require_sentence(format.error());
  const auto step = parse_date_step(distance);
  for (const auto date : {format->read(text), parse_iso_date(text)}) {
    if (!date) continue;
    const std::string written = format->write(*date);
    // Without the day of the week, which is read over, and the two digits that stand for a year of
    // our time only.
    const bool tells_all = pattern.find("%a") == pattern.npos &&
                           pattern.find("%A") == pattern.npos && pattern.find("%y") == pattern.npos;
    if (const auto again = format->read(written); again && is_in_range(*date) && tells_all)
      fuzz::require(format->write(*again) == written, "a date is read as it is written", written);
    if (!step) continue;
    shifted(*date, *step);
    if (const auto dates = make_dates(*date, 5, *step, *format))
      fuzz::require(is_in_range(shifted(dates->first, dates->step, 4)), "dates are dates");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = fuzz::text_of(data, size);
  check_expression(std::string(fuzz::take_until(rest, "\n")));
  check_number_format(fuzz::take_until(rest, "\n"));
  const std::string_view pattern = fuzz::take_until(rest, "\n");
  const std::string_view date = fuzz::take_until(rest, "\n");
  check_dates(pattern, date, rest);
  return 0;
}
