// The words of a formula.
//
//   number := digits [ "." digits ] [ ("e"|"E") ["+"|"-"] digits ]  |  "." digits …
//   text   := '"' { any but '"' and line end } '"'
//   name   := [ "$" ] letter { letter | digit | "_" }
//   blanks, line ends and comments (from // to the line's end) separate
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "service/autoscale/tree.h"

namespace dms::service::autoscale {

struct Token {
  enum class Kind { number, text, name, symbol, end };
  Kind kind = Kind::end;
  std::string_view text;  // as written; of a text what stands between its quotes
  Position at;
  double number = 0;
};

// "Line 9, Col 43: <message>".
std::string placed(Position at, std::string_view message);

// All tokens, the last of which is the end. They point into `text`.
// Errors: invalid_argument with the place of what is no token.
Result<std::vector<Token>> tokens_of(std::string_view text);

}  // namespace dms::service::autoscale
