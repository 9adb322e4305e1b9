// The functions of autoscale formulas.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <limits>
#include <vector>

#include "core/fields.h"
#include "core/result.h"
#include "core/time.h"
#include "service/autoscale/value.h"

namespace dms::service::autoscale {

enum class Function {
  avg,
  len,
  max,
  min,
  norm,
  range,
  deviation,
  sum,  // of a list of doubles and vectors, flattened
  lg,
  ln,
  log,
  floor,
  ceil,
  round,  // of a double, or of each element
  percentile,
  val,
  rand,
  time,
  stop,
};
constexpr auto words(Function) {
  using enum Function;
  return std::array{word(avg, "avg"),       word(len, "len"),     word(max, "max"),
                    word(min, "min"),       word(norm, "norm"),   word(range, "range"),
                    word(deviation, "std"), word(sum, "sum"),     word(lg, "lg"),
                    word(ln, "ln"),         word(log, "log"),     word(floor, "floor"),
                    word(ceil, "ceil"),     word(round, "round"), word(percentile, "percentile"),
                    word(val, "val"),       word(rand, "rand"),   word(time, "time"),
                    word(stop, "stop")};
}

// How many arguments something takes.
struct Arity {
  std::size_t least;
  std::size_t most;
};
inline constexpr std::size_t any_number = std::numeric_limits<std::size_t>::max();

constexpr Arity arity(Function function) {
  if (function <= Function::sum) return {1, any_number};
  switch (function) {
    case Function::percentile:
    case Function::val: return {2, 2};
    case Function::rand:
    case Function::stop: return {0, 0};
    case Function::time: return {0, 1};
    default: return {1, 1};
  }
}

// What functions know of the world.
struct Surroundings {
  Timestamp now;
  std::function<double()> random;  // 0 to 1
};

// The value of a call. A percentile is interpolated between its neighbours; the standard deviation
// is that of a sample, and 0 for a single one; halves are rounded away from zero.
// Errors: invalid_argument for arguments of a wrong type, a list without elements (avg, max, min,
// range, std, percentile), an index or percentile out of range, a text that is no time, and results
// that are not finite (a logarithm of 0).
// Requires: the number of arguments fits `arity`; the function is not stop, which the evaluator
// obeys itself.
Result<Value> call(Function function, const std::vector<Value>& arguments,
                   const Surroundings& surroundings);

}  // namespace dms::service::autoscale
