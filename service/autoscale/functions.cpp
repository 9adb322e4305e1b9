#include "service/autoscale/functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include "service/autoscale/moments.h"

namespace dms::service::autoscale {
namespace {

Error wrong_type(Function function, std::string_view wanted, const Value& value) {
  return wrong_use(
      fmt::format("{} needs {}, not a {}", text_of(function), wanted, type_name(value)));
}

Result<Vector> flatten(Function function, const std::vector<Value>& arguments) {
  Vector list;
  for (const Value& argument : arguments) {
    if (const auto* number = std::get_if<double>(&argument)) {
      list.push_back(*number);
    } else if (const auto* vector = std::get_if<Vector>(&argument)) {
      list.insert(list.end(), vector->begin(), vector->end());
    } else {
      return wrong_type(function, "doubles or vectors", argument);
    }
  }
  return list;
}

double sum_of(const Vector& list) { return std::accumulate(list.begin(), list.end(), 0.0); }

double norm_of(const Vector& list) {
  double norm = 0;
  for (const double number : list) norm = std::hypot(norm, number);
  return norm;
}

double deviation_of(const Vector& list) {
  if (list.size() < 2) return 0;
  const double mean = sum_of(list) / double(list.size());
  double squares = 0;
  for (const double number : list) squares += (number - mean) * (number - mean);
  return std::sqrt(squares / double(list.size() - 1));
}

Result<double> of_list(Function function, const Vector& list) {
  switch (function) {
    case Function::len: return double(list.size());
    case Function::sum: return sum_of(list);
    case Function::norm: return norm_of(list);
    default: break;
  }
  if (list.empty()) return wrong_use(fmt::format("{} of an empty vector", text_of(function)));
  const auto [least, most] = std::minmax_element(list.begin(), list.end());
  switch (function) {
    case Function::avg: return sum_of(list) / double(list.size());
    case Function::max: return *most;
    case Function::min: return *least;
    case Function::range: return *most - *least;
    default: return deviation_of(list);
  }
}

double of_number(Function function, double number) {
  switch (function) {
    case Function::lg: return std::log2(number);
    case Function::ln: return std::log(number);
    case Function::log: return std::log10(number);
    case Function::floor: return std::floor(number);
    case Function::ceil: return std::ceil(number);
    default: return std::round(number);
  }
}

Result<Value> of_each(Function function, const Value& argument) {
  if (const auto* number = std::get_if<double>(&argument))
    return Value(of_number(function, *number));
  const auto* vector = std::get_if<Vector>(&argument);
  if (!vector) return wrong_type(function, "a double or a vector", argument);
  Vector results;
  results.reserve(vector->size());
  for (const double number : *vector) results.push_back(of_number(function, number));
  return Value(std::move(results));
}

Result<double> number_argument(Function function, const Value& value) {
  if (const auto number = as_number(value)) return *number;
  return wrong_type(function, "a double as its second argument", value);
}

Result<Value> percentile(const std::vector<Value>& arguments) {
  DMS_TRY(Vector list, flatten(Function::percentile, {arguments[0]}));
  DMS_TRY(const double percent, number_argument(Function::percentile, arguments[1]));
  if (list.empty()) return wrong_use("percentile of an empty vector");
  if (percent < 0 || percent > 100)
    return wrong_use(fmt::format("percentile needs a number from 0 to 100, not {}", percent));
  std::sort(list.begin(), list.end());
  const double place = percent / 100 * double(list.size() - 1);
  const auto below = std::size_t(place);
  const auto above = std::min(below + 1, list.size() - 1);
  return Value(std::lerp(list[below], list[above], place - double(below)));
}

Result<Value> element(const std::vector<Value>& arguments) {
  DMS_TRY(const Vector list, flatten(Function::val, {arguments[0]}));
  DMS_TRY(const double index, number_argument(Function::val, arguments[1]));
  if (!(index >= 0 && index < double(list.size())) || index != std::floor(index))
    return wrong_use(fmt::format("val has no element {} in a vector of {}", index, list.size()));
  return Value(list[std::size_t(index)]);
}

Result<Value> moment(const std::vector<Value>& arguments, Timestamp now) {
  if (arguments.empty()) return Value(now);
  const auto* text = std::get_if<std::string>(&arguments[0]);
  if (!text) return wrong_type(Function::time, "a string", arguments[0]);
  DMS_TRY(const Timestamp parsed, parse_moment(*text));
  return Value(parsed);
}

}  // namespace

Result<Value> call(Function function, const std::vector<Value>& arguments,
                   const Surroundings& surroundings) {
  assert(function != Function::stop);
  switch (function) {
    case Function::percentile: return percentile(arguments);
    case Function::val: return element(arguments);
    case Function::time: return moment(arguments, surroundings.now);
    case Function::rand: return finite(surroundings.random());
    default: break;
  }
  if (function > Function::sum) {
    DMS_TRY(Value result, of_each(function, arguments[0]));
    return finite(std::move(result));
  }
  DMS_TRY(const Vector list, flatten(function, arguments));
  DMS_TRY(const double result, of_list(function, list));
  return finite(result);
}

}  // namespace dms::service::autoscale
