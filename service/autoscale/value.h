// The values of autoscale formulas, and what operators do to them.
//
//   double         always finite: what is not is an error where it arises
//   doubleVec      one with a single element stands wherever a double is wanted
//   string, timestamp, timeinterval (100 ns ticks), and the word of $NodeDeallocationOption
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "batch/wire_pool_operations.h"
#include "core/fields.h"
#include "core/result.h"
#include "core/time.h"

namespace dms::service::autoscale {

using Vector = std::vector<double>;
using Value =
    std::variant<double, Vector, std::string, Timestamp, Ticks, batch::NodeDeallocationOption>;

// "double", "doubleVec", … as messages name them.
std::string_view type_name(const Value& value);

// What a formula does with values that they are not for.
inline Error wrong_use(std::string message) {
  return fail(Code::invalid_argument, std::move(message));
}

// As the results of an evaluation print it: 10, [1,1], 2016-10-13T19:18:47.805Z, 00:10:00,
// taskcompletion.
std::string text_of_value(const Value& value);

// The number that a double or a vector of one element is; empty for anything else.
std::optional<double> as_number(const Value& value);

// A value whose doubles are known to be finite.
// Errors: invalid_argument when one is not.
Result<Value> finite(Value value);

enum class BinaryOperator {
  either,
  both,
  less,
  less_equal,
  equal,
  greater_equal,
  greater,
  not_equal,
  add,
  subtract,
  multiply,
  divide,
};
constexpr auto words(BinaryOperator) {
  using enum BinaryOperator;
  return std::array{word(either, "||"),     word(both, "&&"),      word(less, "<"),
                    word(less_equal, "<="), word(equal, "=="),     word(greater_equal, ">="),
                    word(greater, ">"),     word(not_equal, "!="), word(add, "+"),
                    word(subtract, "-"),    word(multiply, "*"),   word(divide, "/")};
}

enum class UnaryOperator { negate, invert };
constexpr auto words(UnaryOperator) {
  return std::array{word(UnaryOperator::negate, "-"), word(UnaryOperator::invert, "!")};
}

// What the operator makes of its operands, by the documentation's table of operations.
// Errors: invalid_argument for types that the table does not have, vectors of different lengths, a
// division by zero, and results that are not finite or lie outside the calendar.
Result<Value> apply(BinaryOperator op, const Value& left, const Value& right);
Result<Value> apply(UnaryOperator op, const Value& operand);

// Whether a condition holds: its number is not zero.
// Errors: invalid_argument when it is not a number.
Result<bool> holds(const Value& condition);

}  // namespace dms::service::autoscale
