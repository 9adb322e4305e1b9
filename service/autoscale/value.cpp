#include "service/autoscale/value.h"

#include <fmt/format.h>

#include <cmath>

#include "service/autoscale/moments.h"

namespace dms::service::autoscale {
namespace {

using enum BinaryOperator;

std::string number_text(double number) { return fmt::format("{}", number == 0 ? 0.0 : number); }

std::string vector_text(const Vector& vector) {
  std::string text = "[";
  for (const double number : vector) {
    if (text.size() > 1) text += ',';
    text += number_text(number);
  }
  return text + "]";
}

Error no_such_operation(BinaryOperator op, const Value& left, const Value& right) {
  std::string message = fmt::format("operator {} is not defined for {} and {}", text_of(op),
                                    type_name(left), type_name(right));
  if (op == subtract && std::holds_alternative<Timestamp>(left))
    message += "; add a negative timeinterval instead";
  if (std::holds_alternative<Vector>(right) && std::holds_alternative<double>(left))
    message += "; write the vector first";
  return wrong_use(std::move(message));
}

Result<double> arithmetic(BinaryOperator op, double left, double right) {
  if (op == divide && right == 0) return wrong_use("division by zero");
  const double result = op == add        ? left + right
                        : op == subtract ? left - right
                        : op == multiply ? left * right
                                         : left / right;
  if (!std::isfinite(result)) return wrong_use("the result is not a finite number");
  return result;
}

// Each element with the number, or with the element of the other vector at its place.
Result<Value> vector_arithmetic(BinaryOperator op, Vector left, const Value& right) {
  const auto number = as_number(right);
  const auto* vector = std::get_if<Vector>(&right);
  if (!number && vector->size() != left.size())
    return wrong_use(fmt::format("operator {} needs vectors of one length, but they have {} and {}",
                                 text_of(op), left.size(), vector->size()));
  for (std::size_t i = 0; i < left.size(); ++i) {
    DMS_TRY(left[i], arithmetic(op, left[i], number ? *number : (*vector)[i]));
  }
  return Value(std::move(left));
}

Result<Value> scaled(Ticks interval, BinaryOperator op, double factor) {
  DMS_TRY(const double ticks, arithmetic(op, double(interval.count()), factor));
  // 2^63 is a double; the largest tick is the one below it.
  if (std::abs(ticks) >= 0x1p63) return wrong_use("the timeinterval is too long");
  return Value(Ticks{std::llround(ticks)});
}

Result<Ticks> sum(Ticks left, BinaryOperator op, Ticks right) {
  std::int64_t ticks = 0;
  const bool overflow = op == add ? __builtin_add_overflow(left.count(), right.count(), &ticks)
                                  : __builtin_sub_overflow(left.count(), right.count(), &ticks);
  if (overflow) return wrong_use("the timeinterval is too long");
  return Ticks{ticks};
}

Result<Value> moved(Timestamp moment, Ticks by) {
  const auto ticks = sum(moment.at.time_since_epoch(), add, by);
  const Timestamp result{std::chrono::sys_time<Ticks>{ticks ? *ticks : Ticks::max()}};
  if (!in_calendar(result)) return wrong_use("the timestamp is outside the years 1 to 9999");
  return Value(result);
}

bool is_comparison(BinaryOperator op) { return op >= less && op <= not_equal; }

template <class T>
double compare(BinaryOperator op, const T& left, const T& right) {
  switch (op) {
    case less: return left < right;
    case less_equal: return left <= right;
    case equal: return left == right;
    case greater_equal: return left >= right;
    case greater: return left > right;
    default: return left != right;
  }
}

template <class T>
const T* both_are(const Value& left, const Value& right) {
  return std::holds_alternative<T>(right) ? std::get_if<T>(&left) : nullptr;
}

Result<Value> compared(BinaryOperator op, const Value& left, const Value& right) {
  const auto a = as_number(left), b = as_number(right);
  if (a && b) return Value(compare(op, *a, *b));
  if (const auto* text = both_are<std::string>(left, right))
    return Value(compare(op, *text, std::get<std::string>(right)));
  if (const auto* moment = both_are<Timestamp>(left, right))
    return Value(compare(op, *moment, std::get<Timestamp>(right)));
  if (const auto* interval = both_are<Ticks>(left, right))
    return Value(compare(op, *interval, std::get<Ticks>(right)));
  const bool same_or_not = op == equal || op == not_equal;
  if (const auto* option = both_are<batch::NodeDeallocationOption>(left, right);
      option && same_or_not)
    return Value(compare(op, *option, std::get<batch::NodeDeallocationOption>(right)));
  return no_such_operation(op, left, right);
}

Result<Value> timed(BinaryOperator op, const Value& left, const Value& right) {
  const auto* left_interval = std::get_if<Ticks>(&left);
  const auto* right_interval = std::get_if<Ticks>(&right);
  const auto* left_moment = std::get_if<Timestamp>(&left);
  const auto* right_moment = std::get_if<Timestamp>(&right);
  const auto left_number = as_number(left), right_number = as_number(right);
  const bool additive = op == add || op == subtract;
  if (left_number && right_interval && op == multiply)
    return scaled(*right_interval, op, *left_number);
  if (left_interval && right_number && !additive) return scaled(*left_interval, op, *right_number);
  if (left_interval && right_interval && additive) {
    DMS_TRY(const Ticks result, sum(*left_interval, op, *right_interval));
    return Value(result);
  }
  if (left_interval && right_moment && op == add) return moved(*right_moment, *left_interval);
  if (left_moment && right_interval && op == add) return moved(*left_moment, *right_interval);
  if (left_moment && right_moment && op == subtract)
    return Value(left_moment->at - right_moment->at);
  return no_such_operation(op, left, right);
}

}  // namespace

std::string_view type_name(const Value& value) {
  constexpr std::string_view names[] = {"double",    "doubleVec",    "string",
                                        "timestamp", "timeinterval", "nodeDeallocationOption"};
  static_assert(std::size(names) == std::variant_size_v<Value>);
  return names[value.index()];
}

std::string text_of_value(const Value& value) {
  struct Printer {
    std::string operator()(double number) const { return number_text(number); }
    std::string operator()(const Vector& vector) const { return vector_text(vector); }
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(Timestamp moment) const { return moment_text(moment); }
    std::string operator()(Ticks interval) const { return interval_text(interval); }
    std::string operator()(batch::NodeDeallocationOption option) const {
      return std::string(text_of(option));
    }
  };
  return std::visit(Printer{}, value);
}

std::optional<double> as_number(const Value& value) {
  if (const auto* number = std::get_if<double>(&value)) return *number;
  const auto* vector = std::get_if<Vector>(&value);
  return vector && vector->size() == 1 ? std::optional(vector->front()) : std::nullopt;
}

Result<Value> finite(Value value) {
  bool good = true;
  if (const auto* number = std::get_if<double>(&value)) good = std::isfinite(*number);
  if (const auto* vector = std::get_if<Vector>(&value))
    for (const double number : *vector) good = good && std::isfinite(number);
  if (!good) return wrong_use("the result is not a finite number");
  return value;
}

Result<Value> apply(BinaryOperator op, const Value& left, const Value& right) {
  if (is_comparison(op)) return compared(op, left, right);
  const auto a = as_number(left), b = as_number(right);
  if (op == either || op == both) {
    if (!a || !b) return no_such_operation(op, left, right);
    return Value(double(op == both ? *a != 0 && *b != 0 : *a != 0 || *b != 0));
  }
  if (const auto* vector = std::get_if<Vector>(&left);
      vector && (b || std::holds_alternative<Vector>(right)))
    return vector_arithmetic(op, *vector, right);
  if (!a || !b) return timed(op, left, right);
  DMS_TRY(const double result, arithmetic(op, *a, *b));
  return Value(result);
}

Result<Value> apply(UnaryOperator op, const Value& operand) {
  if (const auto number = as_number(operand))
    return Value(op == UnaryOperator::negate ? -*number : double(*number == 0));
  const auto* interval = std::get_if<Ticks>(&operand);
  if (interval && op == UnaryOperator::negate) {
    DMS_TRY(const Ticks result, sum(Ticks{0}, subtract, *interval));
    return Value(result);
  }
  return wrong_use(
      fmt::format("operator {} is not defined for {}", text_of(op), type_name(operand)));
}

Result<bool> holds(const Value& condition) {
  if (const auto number = as_number(condition)) return *number != 0;
  return wrong_use(fmt::format("a condition must be a double, not a {}", type_name(condition)));
}

}  // namespace dms::service::autoscale
