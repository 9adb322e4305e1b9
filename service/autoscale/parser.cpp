#include "service/autoscale/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <span>

#include "core/suggest.h"
#include "service/autoscale/lexer.h"

namespace dms::service::autoscale {
namespace {

using namespace std::chrono_literals;

struct Constant {
  std::string_view name;
  Ticks value;
};
constexpr std::array<Constant, 10> constants = {{{"TimeInterval_Zero", Ticks{0}},
                                                 {"TimeInterval_100ns", Ticks{1}},
                                                 {"TimeInterval_Microsecond", 1us},
                                                 {"TimeInterval_Millisecond", 1ms},
                                                 {"TimeInterval_Second", 1s},
                                                 {"TimeInterval_Minute", 1min},
                                                 {"TimeInterval_Hour", 1h},
                                                 {"TimeInterval_Day", 24h},
                                                 {"TimeInterval_Week", 168h},
                                                 {"TimeInterval_Year", 8760h}}};

// The constant or deallocation option of that name.
std::optional<Value> constant_of(std::string_view name) {
  for (const Constant& constant : constants)
    if (constant.name == name) return Value(constant.value);
  for (const auto& entry : words(batch::NodeDeallocationOption{}))
    if (entry.text == name) return Value(entry.value);
  return std::nullopt;
}

// The value of exactly that word, unlike parse_word, which ignores case.
template <class Enum>
std::optional<Enum> exact_word(std::string_view text) {
  for (const auto& entry : words(Enum{}))
    if (entry.text == text) return entry.value;
  return std::nullopt;
}

template <class Enum>
void add_words(std::vector<std::string>& names) {
  for (const auto& entry : words(Enum{})) names.emplace_back(entry.text);
}

std::string quoted(const Token& token) {
  if (token.kind == Token::Kind::end) return "the end";
  if (token.kind == Token::Kind::text) return "a string";
  return fmt::format("'{}'", token.text);
}

// The binary operators by rank, the loosest first.
using Rank = std::span<const BinaryOperator>;
using enum BinaryOperator;
constexpr BinaryOperator or_rank[] = {either};
constexpr BinaryOperator and_rank[] = {both};
constexpr BinaryOperator comparison_rank[] = {less,          less_equal, equal,
                                              greater_equal, greater,    not_equal};
constexpr BinaryOperator sum_rank[] = {add, subtract};
constexpr BinaryOperator product_rank[] = {multiply, divide};
constexpr std::array<Rank, 5> ranks = {or_rank, and_rank, comparison_rank, sum_rank, product_rank};

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Result<Tree> run() {
    while (peek().kind != Token::Kind::end) {
      if (take(";")) continue;
      DMS_CHECK(statement());
      if (peek().kind != Token::Kind::end && !take(";")) return expected("an operator or ;");
    }
    if (tree_.statements.empty()) return expected("a statement such as $TargetDedicatedNodes = 1");
    return std::move(tree_);
  }

 private:
  // Counts one level of nesting while it lives.
  class Deeper {
   public:
    explicit Deeper(int& depth) : depth_(depth) { ++depth_; }
    ~Deeper() { --depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;

   private:
    int& depth_;
  };

  const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }

  bool next_is(std::string_view symbol, std::size_t ahead = 0) const {
    return peek(ahead).kind == Token::Kind::symbol && peek(ahead).text == symbol;
  }

  bool take(std::string_view symbol) {
    if (!next_is(symbol)) return false;
    ++at_;
    return true;
  }

  static Error bad(Position at, std::string_view message) {
    return fail(Code::invalid_argument, placed(at, message));
  }

  Error expected(std::string_view what) const {
    const std::string_view hint = next_is("=") ? "; write == to compare" : "";
    return bad(peek().at, fmt::format("expected {} instead of {}{}", what, quoted(peek()), hint));
  }

  NodeIndex node(Position at, decltype(Node::what) what) {
    tree_.nodes.push_back({at, std::move(what)});
    return NodeIndex(tree_.nodes.size() - 1);
  }

  Status statement() {
    const Token& first = peek();
    if (tree_.statements.size() == max_statements)
      return bad(first.at, fmt::format("a formula has at most {} statements", max_statements));
    const bool assigns = first.kind == Token::Kind::name && next_is("=", 1);
    if (assigns) at_ += 2;
    has_stop_ = false;
    DMS_TRY(const NodeIndex value, expression());
    if (!assigns && !has_stop_)
      return bad(first.at, fmt::format("expected a statement such as name = {}", first.text));
    Target target;
    if (assigns) {
      DMS_TRY(target, target_of(first));
    }
    tree_.statements.push_back({first.at, target, value});
    return ok();
  }

  // Known from here on: a statement cannot read what it sets for the first time.
  Result<Target> target_of(const Token& name) {
    if (const auto setting = parse_word<Setting>(name.text)) return Target(*setting);
    if (const auto metric = parse_word<Metric>(name.text))
      return bad(name.at, fmt::format("{} can only be read", text_of(*metric)));
    if (constant_of(name.text)) return bad(name.at, fmt::format("{} is a constant", name.text));
    if (const auto known = own(name.text)) return Target(*known);
    tree_.own_names.emplace_back(name.text);
    return Target(OwnVariable{tree_.own_names.size() - 1});
  }

  std::optional<OwnVariable> own(std::string_view name) const {
    const auto& names = tree_.own_names;
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return OwnVariable{std::size_t(found - names.begin())};
  }

  Status check_depth() const {
    if (depth_ <= max_depth) return ok();
    return bad(peek().at, fmt::format("nested deeper than {} levels", max_depth));
  }

  Result<NodeIndex> expression() {
    const Deeper deeper(depth_);
    DMS_CHECK(check_depth());
    DMS_TRY(const NodeIndex condition, chain(0));
    const Position at = peek().at;
    if (!take("?")) return condition;
    DMS_TRY(const NodeIndex yes, expression());
    if (!take(":")) return expected(":");
    DMS_TRY(const NodeIndex no, expression());
    return node(at, Choice{condition, yes, no});
  }

  std::optional<BinaryOperator> operator_of(Rank rank) const {
    for (const BinaryOperator op : rank)
      if (next_is(text_of(op))) return op;
    return std::nullopt;
  }

  Result<NodeIndex> operand(std::size_t rank) {
    return rank + 1 < ranks.size() ? chain(rank + 1) : unary();
  }

  Result<NodeIndex> chain(std::size_t rank) {
    DMS_TRY(const NodeIndex first, operand(rank));
    Chain chain{first, {}};
    while (const auto op = operator_of(ranks[rank])) {
      const Position at = tokens_[at_++].at;
      DMS_TRY(const NodeIndex next, operand(rank));
      chain.links.push_back({*op, at, next});
    }
    if (chain.links.empty()) return first;
    return node(tree_.nodes[first].at, std::move(chain));
  }

  Result<NodeIndex> unary() {
    const Position at = peek().at;
    for (const auto& entry : words(UnaryOperator{})) {
      if (!take(entry.text)) continue;
      const Deeper deeper(depth_);
      DMS_CHECK(check_depth());
      DMS_TRY(const NodeIndex operand, unary());
      return node(at, Unary{entry.value, operand});
    }
    return post();
  }

  Result<NodeIndex> post() {
    DMS_TRY(NodeIndex value, primary());
    // One part at most: it is a number, which has none. So the depth of the tree stays bounded.
    if (take(".")) {
      DMS_TRY(value, part(value));
    }
    if (next_is(".")) return expected("an operator or ;");
    return value;
  }

  Result<NodeIndex> part(NodeIndex moment) {
    const Token& name = peek();
    if (name.kind != Token::Kind::name) return expected("a part of a timestamp such as hour");
    if (exact_word<SampleMethod>(name.text))
      return bad(name.at, fmt::format("{} belongs to a variable such as $PendingTasks", name.text));
    const auto part = exact_word<MomentPart>(name.text);
    if (!part) return unknown<MomentPart>("part of a timestamp", name);
    ++at_;
    return node(name.at, Part{moment, *part});
  }

  Result<NodeIndex> primary() {
    const Token& token = peek();
    if (token.kind == Token::Kind::name) return next_is("(", 1) ? function_call() : variable();
    if (token.kind == Token::Kind::number || token.kind == Token::Kind::text) {
      ++at_;
      const bool is_number = token.kind == Token::Kind::number;
      return node(token.at, is_number ? Value(token.number) : Value(std::string(token.text)));
    }
    if (!take("(")) return expected("a value");
    DMS_TRY(const NodeIndex inner, expression());
    if (!take(")")) return expected("an operator or )");
    return inner;
  }

  Result<NodeIndex> variable() {
    const Token& name = tokens_[at_++];
    if (const auto metric = parse_word<Metric>(name.text)) return metric_value(name, *metric);
    if (const auto setting = parse_word<Setting>(name.text)) return node(name.at, *setting);
    if (const auto variable = own(name.text)) return node(name.at, *variable);
    if (auto constant = constant_of(name.text)) return node(name.at, std::move(*constant));
    std::vector<std::string> names = tree_.own_names;
    add_words<Setting>(names);
    add_words<Metric>(names);
    add_words<batch::NodeDeallocationOption>(names);
    for (const Constant& constant : constants) names.emplace_back(constant.name);
    return bad(name.at, fmt::format("'{}' is not set in an earlier statement{}", name.text,
                                    did_you_mean(name.text, names)));
  }

  Result<NodeIndex> metric_value(const Token& name, Metric metric) {
    if (take(".")) return sample_call(name, metric);
    if (is_number(metric)) return node(name.at, metric);
    return bad(name.at,
               fmt::format("{0} is a set of samples; write {0}.GetSample(1) for the newest",
                           text_of(metric)));
  }

  Result<NodeIndex> sample_call(const Token& variable, Metric metric) {
    const Token& name = peek();
    if (name.kind != Token::Kind::name) return expected("a method such as GetSample");
    const auto method = exact_word<SampleMethod>(name.text);
    if (!method) return unknown<SampleMethod>("method", name);
    ++at_;
    DMS_TRY(auto list, arguments(name, arity(*method)));
    return node(variable.at, SampleCall{metric, *method, std::move(list)});
  }

  Result<NodeIndex> function_call() {
    const Token& name = tokens_[at_];
    const auto function = exact_word<Function>(name.text);
    if (!function) return unknown<Function>("function", name);
    ++at_;
    DMS_TRY(auto list, arguments(name, arity(*function)));
    has_stop_ = has_stop_ || *function == Function::stop;
    return node(name.at, FunctionCall{*function, std::move(list)});
  }

  Result<std::vector<NodeIndex>> arguments(const Token& name, Arity arity) {
    std::vector<NodeIndex> list;
    if (!take("(")) return expected("(");
    if (!take(")")) {
      do {
        DMS_TRY(const NodeIndex argument, expression());
        list.push_back(argument);
      } while (take(","));
      if (!take(")")) return expected("an operator, a comma or )");
    }
    if (list.size() >= arity.least && list.size() <= arity.most) return list;
    return bad(name.at,
               fmt::format("{} takes {} but has {}", name.text, count_text(arity), list.size()));
  }

  static std::string count_text(Arity arity) {
    if (arity.most == any_number) return fmt::format("{} or more arguments", arity.least);
    if (arity.least != arity.most)
      return fmt::format("{} to {} arguments", arity.least, arity.most);
    return arity.least == 1 ? "1 argument" : fmt::format("{} arguments", arity.least);
  }

  template <class Enum>
  static Error unknown(std::string_view kind, const Token& name) {
    std::vector<std::string> names;
    add_words<Enum>(names);
    return bad(name.at,
               fmt::format("unknown {} '{}'{}", kind, name.text, did_you_mean(name.text, names)));
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool has_stop_ = false;  // whether the statement being read calls stop()
  Tree tree_;
};

}  // namespace

Result<Tree> parse_tree(std::string_view text) {
  DMS_TRY(auto tokens, tokens_of(text));
  return Parser(std::move(tokens)).run();
}

}  // namespace dms::service::autoscale
