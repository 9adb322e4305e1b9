// The values of expressions.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/sweep/expression_nodes.h"
#include "models/sweep/numbers.h"
#include "models/sweep/wrong.h"

namespace dms::models {
namespace {

using ValueKind = Value::Kind;

std::string shown(const Value& value) {
  switch (value.kind) {
    case ValueKind::number: return value.text.empty() ? number_text(value.number) : value.text;
    case ValueKind::text: return fmt::format("'{}'", value.text);
    case ValueKind::date: return (value.format ? *value.format : DateFormat()).write(value.date);
    case ValueKind::truth: return value.truth ? "true" : "false";
  }
  return {};
}

Value parameter_value(const Parameter& parameter, const std::string& text) {
  if (parameter.date)
    if (const auto date = parameter.date->read(text))
      return {.kind = ValueKind::date, .text = text, .date = *date, .format = &*parameter.date};
  if (const auto number = to_number(text))
    return {.kind = ValueKind::number, .number = *number, .text = text};
  return Value::of_text(text);
}

// A value as a date, for a comparison with `other`, which is one.
Result<DateTime> as_date(const Value& value, const Value& other) {
  if (value.kind == ValueKind::date) return value.date;
  if (other.format)
    if (const auto date = other.format->read(value.text)) return *date;
  if (const auto date = parse_iso_date(value.text)) return *date;
  return wrong(
      fmt::format("{} is compared with the date {}, but is no date", shown(value), shown(other)));
}

template <class T>
int order(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

// Below 0, 0 or above 0; nothing for values that are not equal and have no order.
Result<std::optional<int>> compared(const Value& a, const Value& b) {
  if (a.kind == ValueKind::date || b.kind == ValueKind::date) {
    DMS_TRY(const DateTime left, as_date(a, b));
    DMS_TRY(const DateTime right, as_date(b, a));
    return std::optional(order(left, right));
  }
  if (a.kind == ValueKind::number && b.kind == ValueKind::number)
    return std::optional(order(a.number, b.number));
  if (a.kind == ValueKind::text && b.kind == ValueKind::text)
    return std::optional(order(a.text, b.text));
  if (a.kind == ValueKind::truth && b.kind == ValueKind::truth && a.truth == b.truth)
    return std::optional(0);
  // '0.70' is what the parameter says, and 0.7 is its number: both are equal to it.
  const bool number_and_text = (a.kind == ValueKind::number && b.kind == ValueKind::text) ||
                               (a.kind == ValueKind::text && b.kind == ValueKind::number);
  if (number_and_text && !a.text.empty() && a.text == b.text) return std::optional(0);
  return std::optional<int>();
}

Result<Value> comparison(Operator op, const Value& a, const Value& b) {
  DMS_TRY(const auto result, compared(a, b));
  if (op == Operator::equal) return Value::of_truth(result == 0);
  if (op == Operator::unequal) return Value::of_truth(result != 0);
  if (!result || a.kind == ValueKind::truth)
    return wrong(fmt::format("{} and {} have no order: a number is compared with a text", shown(a),
                             shown(b)));
  switch (op) {
    case Operator::less: return Value::of_truth(*result < 0);
    case Operator::less_equal: return Value::of_truth(*result <= 0);
    case Operator::greater: return Value::of_truth(*result > 0);
    default: return Value::of_truth(*result >= 0);
  }
}

Result<double> number_of(const Value& value) {
  if (value.kind == ValueKind::number) return value.number;
  return wrong(fmt::format("{} is no number", shown(value)));
}

Result<Value> calculated(Operator op, double a, double b) {
  double result = 0;
  switch (op) {
    case Operator::add: result = a + b; break;
    case Operator::subtract: result = a - b; break;
    case Operator::multiply: result = a * b; break;
    case Operator::minimum: result = std::min(a, b); break;
    case Operator::maximum: result = std::max(a, b); break;
    default:
      if (b == 0) return wrong(fmt::format("{} is divided by 0", number_text(a)));
      result = op == Operator::divide ? a / b : a - b * std::floor(a / b);
  }
  if (!std::isfinite(result)) return wrong("the result is too large for a number");
  return Value::of(result);
}

Result<Value> shifted_by(const Value& date, double days) {
  if (std::abs(days) > 4e6) return wrong(fmt::format("{} days is too far", number_text(days)));
  const auto seconds = std::chrono::seconds(static_cast<std::int64_t>(std::round(days * 86400)));
  Value result = date;
  result.date = date.date + seconds;
  if (!is_in_range(result.date)) return wrong("the date is outside of the years 1 to 9999");
  return result;
}

Result<Value> arithmetic(Operator op, const Value& a, const Value& b) {
  // Of two dates one may be a text.
  const bool dates = (b.kind == ValueKind::date && a.kind != ValueKind::number) ||
                     (a.kind == ValueKind::date && b.kind != ValueKind::number);
  if (op == Operator::subtract && dates) {
    DMS_TRY(const DateTime later, as_date(a, b));
    DMS_TRY(const DateTime earlier, as_date(b, a));
    return Value::of(static_cast<double>((later - earlier).count()) / 86400);
  }
  if (a.kind == ValueKind::date && (op == Operator::add || op == Operator::subtract)) {
    DMS_TRY(const double days, number_of(b));
    return shifted_by(a, op == Operator::add ? days : -days);
  }
  DMS_TRY(const double left, number_of(a));
  DMS_TRY(const double right, number_of(b));
  return calculated(op, left, right);
}

Result<Value> part_of_date(Operator op, const Value& value) {
  std::optional<DateTime> date;
  if (value.kind == ValueKind::date) date = value.date;
  if (value.kind == ValueKind::text) date = parse_iso_date(value.text);
  if (!date) return wrong(fmt::format("{} is no date", shown(value)));
  const std::chrono::year_month_day ymd(std::chrono::floor<std::chrono::days>(*date));
  if (op == Operator::year) return Value::of(static_cast<int>(ymd.year()));
  if (op == Operator::month) return Value::of(static_cast<unsigned>(ymd.month()));
  return Value::of(static_cast<unsigned>(ymd.day()));
}

class Evaluation {
 public:
  Evaluation(const std::vector<Expression::Node>& nodes, std::span<const Parameter> parameters,
             std::span<const std::string> values)
      : nodes_(nodes), parameters_(parameters), values_(values) {}

  Result<Value> of(std::size_t place) const {
    const Expression::Node& node = nodes_[place];
    switch (node.op) {
      case Operator::literal: return node.value;
      case Operator::parameter:
        return parameter_value(parameters_[node.parameter], values_[node.parameter]);
      case Operator::logical_or:
      case Operator::logical_and: return logical(node);
      case Operator::logical_not: {
        DMS_TRY(const bool truth, truth_of(node.operands[0]));
        return Value::of_truth(!truth);
      }
      case Operator::is_in:
      case Operator::is_not_in: {
        DMS_TRY(const bool found, is_member(node));
        return Value::of_truth(found == (node.op == Operator::is_in));
      }
      default: return of_operands(node);
    }
  }

 private:
  Result<bool> truth_of(std::size_t place) const {
    DMS_TRY(const Value value, of(place));
    if (value.kind == ValueKind::truth) return value.truth;
    return wrong(fmt::format("{} is neither true nor false", shown(value)));
  }

  Result<Value> logical(const Expression::Node& node) const {
    DMS_TRY(const bool left, truth_of(node.operands[0]));
    if (left == (node.op == Operator::logical_or)) return Value::of_truth(left);
    DMS_TRY(const bool right, truth_of(node.operands[1]));
    return Value::of_truth(right);
  }

  Result<bool> is_member(const Expression::Node& node) const {
    DMS_TRY(const Value value, of(node.operands[0]));
    const Expression::Node& among = nodes_[node.operands[1]];
    if (among.op != Operator::list) {
      DMS_TRY(const Value whole, of(node.operands[1]));
      if (value.text.empty() || whole.text.empty())
        return wrong(fmt::format("'in' wants a [list] or a text, not {}", shown(whole)));
      return whole.text.find(value.text) != std::string::npos;
    }
    for (const std::size_t item : among.operands) {
      DMS_TRY(const Value candidate, of(item));
      DMS_TRY(const auto result, compared(value, candidate));
      if (result == 0) return true;
    }
    return false;
  }

  Result<Value> of_operands(const Expression::Node& node) const {
    DMS_TRY(const Value first, of(node.operands[0]));
    if (node.op >= Operator::year) return part_of_date(node.op, first);
    if (node.op >= Operator::equal && node.op <= Operator::greater_equal) {
      DMS_TRY(const Value second, of(node.operands[1]));
      return comparison(node.op, first, second);
    }
    if (node.op >= Operator::add && node.op <= Operator::remainder) {
      DMS_TRY(const Value second, of(node.operands[1]));
      return arithmetic(node.op, first, second);
    }
    DMS_TRY(const double number, number_of(first));
    switch (node.op) {
      case Operator::negate: return Value::of(-number);
      case Operator::absolute: return Value::of(std::abs(number));
      case Operator::floor: return Value::of(std::floor(number));
      case Operator::round: return Value::of(std::round(number));
      default: break;
    }
    Value result = Value::of(number);
    for (std::size_t at = 1; at < node.operands.size(); ++at) {
      DMS_TRY(const Value next, of(node.operands[at]));
      DMS_TRY(const double other, number_of(next));
      DMS_TRY(result, calculated(node.op, result.number, other));
    }
    return result;
  }

  const std::vector<Expression::Node>& nodes_;
  std::span<const Parameter> parameters_;
  std::span<const std::string> values_;
};

}  // namespace

Result<Value> evaluate(const std::vector<Expression::Node>& nodes, std::size_t node,
                       std::span<const Parameter> parameters, std::span<const std::string> values) {
  return Evaluation(nodes, parameters, values).of(node);
}

}  // namespace dms::models
