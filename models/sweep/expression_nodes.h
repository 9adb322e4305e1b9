// What an expression is made of: for the parser, which builds it, and the evaluation.
#pragma once

#include <string>
#include <vector>

#include "models/sweep/expression.h"

namespace dms::models {

enum class Operator {
  literal,
  parameter,
  logical_or,
  logical_and,
  logical_not,
  equal,
  unequal,
  less,
  less_equal,
  greater,
  greater_equal,
  is_in,
  is_not_in,
  list,
  add,
  subtract,
  multiply,
  divide,
  remainder,
  negate,
  absolute,
  floor,
  round,
  minimum,
  maximum,
  year,
  month,
  day,
};

// A value while it is worked with. `text` is what a parameter or a literal says.
struct Value {
  enum class Kind { number, text, date, truth };
  Kind kind = Kind::number;
  double number = 0;
  std::string text;
  DateTime date{};
  const DateFormat* format = nullptr;  // of a date that is a parameter's
  bool truth = false;

  static Value of(double number) { return {.kind = Kind::number, .number = number}; }
  static Value of_truth(bool truth) { return {.kind = Kind::truth, .truth = truth}; }
  static Value of_date(DateTime date) { return {.kind = Kind::date, .date = date}; }
  static Value of_text(std::string text) { return {.kind = Kind::text, .text = std::move(text)}; }
};

struct Expression::Node {
  Operator op = Operator::literal;
  std::vector<std::size_t> operands;  // places of nodes before this one
  Value value;                        // of a literal
  std::size_t parameter = 0;
};

// Works out the node and what it is made of.
Result<Value> evaluate(const std::vector<Expression::Node>& nodes, std::size_t node,
                       std::span<const Parameter> parameters, std::span<const std::string> values);

}  // namespace dms::models
