// Parameters computed from others: texts put together, dates moved, numbers calculated. Nothing is
// executed.
//
// Values; const functions are safe from any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/result.h"
#include "models/sweep/dates.h"
#include "models/sweep/expression.h"

namespace dms::models {

// "{NODE} {PARTICLES} 0day", or a part of it: the n-th between delimiters, from 1; from the end
// when below 0.
struct TextRule {
  enum class Letters { as_they_are, upper, lower };
  std::string text;
  Letters letters = Letters::as_they_are;
  std::string delimiter;  // empty: all of the text
  int part = 1;
};

// The date that `text` is, moved.
struct DateRule {
  std::string text;
  std::optional<DateFormat> read;  // ISO's otherwise
  DateStep add;
  DateFormat write;
};

// A number: %d %5d %05d %.3f %8.3f %.4e %g. Without a format the shortest form.
class NumberFormat {
 public:
  NumberFormat() = default;
  // Errors: invalid_argument for anything else.
  static Result<NumberFormat> make(std::string_view pattern);
  // Errors: invalid_argument for %d of a number with a fraction.
  Result<std::string> write(double number) const;

 private:
  std::string before_, after_;  // the text around it
  std::string spec_;            // in the words of fmt
  bool whole_ = false;
};

struct NumberRule {
  Expression expression;
  NumberFormat format;
};

struct Derived {
  std::string name;
  std::variant<TextRule, DateRule, NumberRule> rule;
};

// Whether a rule can fail for some values, so that all points have to be looked at.
bool can_fail(const Derived& derived);

// The value of `derived` at a point. `names` and `values` are those known so far.
// Errors: invalid_argument for a text that is no date or has no such part, and the expression's.
Result<std::string> compute(const Derived& derived, std::span<const std::string> names,
                            std::span<const std::string> values);

// A {NAME} in a text, as substitute() sees it.
struct NameInText {
  std::string name;
  std::size_t place;  // of the brace
};
std::vector<NameInText> names_in(std::string_view text);

// Checks that every {NAME} of a text is known.
// Errors: invalid_argument with the nearest known name.
Status check_names_in(std::string_view text, std::span<const std::string> known);

}  // namespace dms::models
