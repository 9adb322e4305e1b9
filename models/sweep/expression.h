// Expressions over the parameters of a point: `AMP * 2 < 5 and MODEL in ['base', 'fine']`.
//
//   or, and, not                     of truths; what is decided is not looked at further
//   == != < <= > >=                  also a chain: 0 < AMP < 5
//   in, not in                       [a list], or a text in a text
//   + - * / %                        of numbers; dates and days: START + 30, END - START
//   ( ), 12.5, 'text', "text", NAME or {NAME}, true, false
//   abs floor round min max          of numbers
//   year month day                   of dates
//
// A parameter is a date when its values are made as dates, else a number when all of its text is
// one, else a text. A date is compared with a quoted text in its own format or as 1990-01-31. A
// number and a text are never equal, unless a quoted text is just what the parameter says ('0.70').
//
// Values, once parsed; const functions are safe from any thread.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "models/sweep/dates.h"

namespace dms::models {

// A parameter as an expression sees it.
struct Parameter {
  std::string name;
  std::optional<DateFormat> date;  // how its values are written, when they are dates
};

class Expression {
 public:
  // Errors: invalid_argument for what is no expression, an unknown name (with the nearest known
  // one), more than 1000 parts and more than 100 levels of nesting. Places are characters from 1.
  static Result<Expression> parse(std::string_view text, std::span<const Parameter> parameters);

  // `values` are those of the parameters, in their order.
  // Errors: invalid_argument for operands of the wrong kind, a division by 0, and a result of
  // another kind.
  Result<bool> truth(std::span<const std::string> values) const;
  Result<double> number(std::span<const std::string> values) const;

  // Which parameters it speaks of, by their place.
  const std::vector<std::size_t>& uses() const { return uses_; }

  struct Node;

 private:
  std::shared_ptr<const std::vector<Node>> nodes_;  // the last one is the root
  std::vector<Parameter> parameters_;
  std::vector<std::size_t> uses_;
};

}  // namespace dms::models
