// A parsed formula: its statements, and the expressions in them as nodes of one array that name
// each other by index. Names are resolved, so that evaluation looks nothing up.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "service/autoscale/functions.h"
#include "service/autoscale/moments.h"
#include "service/autoscale/sample_methods.h"
#include "service/autoscale/value.h"
#include "service/autoscale/variables.h"

namespace dms::service::autoscale {

// Both from 1; a column is a character, not a byte.
struct Position {
  int line = 1;
  int column = 1;
  bool operator==(const Position&) const = default;
};

using NodeIndex = std::uint32_t;

// A variable of the formula's own, by its place in Tree::own_names.
struct OwnVariable {
  std::size_t index;
};

struct Unary {
  UnaryOperator op;
  NodeIndex operand;
};

// a - b + c: operators of one rank, applied from the left. One node however long, so that the depth
// of a tree is that of its parentheses.
struct Chain {
  struct Link {
    BinaryOperator op;
    Position at;
    NodeIndex operand;
  };
  NodeIndex first;
  std::vector<Link> links;
};

// condition ? yes : no
struct Choice {
  NodeIndex condition;
  NodeIndex yes;
  NodeIndex no;
};

struct FunctionCall {
  Function function;
  std::vector<NodeIndex> arguments;
};

struct SampleCall {
  Metric metric;
  SampleMethod method;
  std::vector<NodeIndex> arguments;
};

struct Part {
  NodeIndex moment;
  MomentPart part;
};

struct Node {
  Position at;
  std::variant<Value, Setting, Metric, OwnVariable, Unary, Chain, Choice, FunctionCall, SampleCall,
               Part>
      what;
};

// What a statement does with its value; nothing in one that is there for its stop().
using Target = std::variant<std::monostate, Setting, OwnVariable>;

struct Statement {
  Position at;
  Target target;
  NodeIndex value;
};

struct Tree {
  std::vector<Node> nodes;
  std::vector<Statement> statements;
  std::vector<std::string> own_names;  // as first written
};

}  // namespace dms::service::autoscale
