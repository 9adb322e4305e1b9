// The grammar of formulas.
//
//   formula   := { [ statement ] ";" } [ statement ]
//   statement := name "=" expr  |  expr            the latter only around stop()
//   expr      := or [ "?" expr ":" expr ]
//   or        := and { "||" and }
//   and       := cmp { "&&" cmp }
//   cmp       := sum { ("<"|"<="|"=="|">="|">"|"!=") sum }
//   sum       := prod { ("+"|"-") prod }
//   prod      := unary { ("*"|"/") unary }
//   unary     := ("-"|"!") unary | post
//   post      := primary [ "." part ]
//   primary   := number | text | "(" expr ")" | name | name arguments | metric "." method arguments
//   arguments := "(" [ expr { "," expr } ] ")"
//
// Names of the service's variables are read without regard to case, all others as written. A name
// must be known where it is read: a variable of the service, one that an earlier statement set, a
// TimeInterval_… constant or a word of $NodeDeallocationOption.
//
// Source: "Create a formula to automatically scale compute nodes in a Batch pool". It gives no
// precedence; this one is C's, but for == and != standing with the other comparisons.
#pragma once

#include <cstddef>
#include <string_view>

#include "core/result.h"
#include "service/autoscale/tree.h"

namespace dms::service::autoscale {

inline constexpr std::size_t max_statements = 100;
// How deep parentheses, arguments, signs and choices may nest; bounds the stack of parser and
// evaluator.
inline constexpr int max_depth = 100;

// Errors: invalid_argument, "Line 2, Col 7: what is wrong".
Result<Tree> parse_tree(std::string_view text);

}  // namespace dms::service::autoscale
