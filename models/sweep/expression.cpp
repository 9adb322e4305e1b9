#include "models/sweep/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "core/suggest.h"
#include "models/letters.h"
#include "models/sweep/expression_nodes.h"

namespace dms::models {
namespace {

constexpr std::size_t most_nodes = 1000;
constexpr int deepest_expression = 100;

struct Token {
  enum class Kind { end, number, text, name, sign };
  Kind kind = Kind::end;
  std::string_view words;  // as it stands there
  std::string text;        // of a text, without quotes; of a name, without braces
  double number = 0;
  std::size_t place = 0;
};

Error at_token(const Token& token, std::string_view message) {
  const std::string found =
      token.kind == Token::Kind::end
          ? "at its end"
          : fmt::format("at '{}' (character {})", token.words, token.place + 1);
  return fail(Code::invalid_argument, fmt::format("{} {}", message, found));
}

class ExpressionLexer {
 public:
  explicit ExpressionLexer(std::string_view text) : text_(text) {}

  Result<Token> next() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t'))
      ++at_;
    Token token{.place = at_};
    if (at_ == text_.size()) return token;
    const char c = text_[at_];
    if (is_digit(c) || (c == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])))
      return number(token);
    if (c == '\'' || c == '"') return quoted(token);
    if (is_letter(c)) {
      token.text = std::string(word());
      return finish(token, Token::Kind::name);
    }
    if (c == '{') {
      ++at_;
      token.text = std::string(word());
      if (token.text.empty() || at_ == text_.size() || text_[at_] != '}')
        return at_token(finish(token, Token::Kind::sign), "a name in braces is expected");
      ++at_;
      return finish(token, Token::Kind::name);
    }
    static constexpr std::array<std::string_view, 4> long_signs{"==", "!=", "<=", ">="};
    const std::string_view two = text_.substr(at_, 2);
    const bool is_long = std::find(long_signs.begin(), long_signs.end(), two) != long_signs.end();
    at_ += is_long ? 2 : 1;
    // A character of another alphabet is several bytes.
    while (!is_long && at_ < text_.size() && (text_[at_] & 0xC0) == 0x80) ++at_;
    return finish(token, Token::Kind::sign);
  }

 private:
  std::string_view word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  Token finish(Token& token, Token::Kind kind) const {
    token.kind = kind;
    token.words = text_.substr(token.place, at_ - token.place);
    return token;
  }

  Result<Token> number(Token& token) {
    const char* const begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), token.number);
    at_ += static_cast<std::size_t>(end - begin);
    const bool runs_on = at_ < text_.size() && (is_letter(text_[at_]) || text_[at_] == '.');
    if (error == std::errc{} && !runs_on) return finish(token, Token::Kind::number);
    word();
    return at_token(finish(token, Token::Kind::sign), "a number is expected");
  }

  Result<Token> quoted(Token& token) {
    const char quote = text_[at_++];
    while (at_ < text_.size()) {
      if (text_[at_] == quote) {
        if (at_ + 1 == text_.size() || text_[at_ + 1] != quote) {
          ++at_;
          return finish(token, Token::Kind::text);
        }
        ++at_;  // doubled: stands for itself
      }
      token.text += text_[at_++];
    }
    return fail(Code::invalid_argument,
                fmt::format("the quote at character {} does not end", token.place + 1));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

struct Function {
  std::string_view name;
  Operator op;
  std::size_t fewest, most;
};
constexpr std::array functions{
    Function{"abs", Operator::absolute, 1, 1}, Function{"floor", Operator::floor, 1, 1},
    Function{"round", Operator::round, 1, 1},  Function{"min", Operator::minimum, 1, 20},
    Function{"max", Operator::maximum, 1, 20}, Function{"year", Operator::year, 1, 1},
    Function{"month", Operator::month, 1, 1},  Function{"day", Operator::day, 1, 1}};

struct Binary {
  std::string_view sign;
  Operator op;
};
constexpr std::array comparisons{
    Binary{"==", Operator::equal},      Binary{"!=", Operator::unequal},
    Binary{"<=", Operator::less_equal}, Binary{">=", Operator::greater_equal},
    Binary{"<", Operator::less},        Binary{">", Operator::greater}};
constexpr std::array sums{Binary{"+", Operator::add}, Binary{"-", Operator::subtract}};
constexpr std::array products{Binary{"*", Operator::multiply}, Binary{"/", Operator::divide},
                              Binary{"%", Operator::remainder}};

// Recursive descent, one function a level of precedence. Each gives the place of its node.
class Parser {
 public:
  using Place = Result<std::size_t>;

  Parser(std::string_view text, std::span<const Parameter> parameters)
      : lexer_(text), parameters_(parameters) {}

  Status parse() {
    DMS_CHECK(advance());
    DMS_CHECK(any_of());
    if (token_.kind != Token::Kind::end) return at_token(token_, "an operator is expected");
    return ok();
  }
  std::vector<Expression::Node> take_nodes() { return std::move(nodes_); }

 private:
  Status advance() {
    DMS_TRY(token_, lexer_.next());
    return ok();
  }
  bool is(Token::Kind kind, std::string_view words) const {
    return token_.kind == kind && token_.words == words;
  }
  bool is_word(std::string_view word) const { return is(Token::Kind::name, word); }
  bool is_sign(std::string_view sign) const { return is(Token::Kind::sign, sign); }
  Status expect(std::string_view sign) {
    if (!is_sign(sign)) return at_token(token_, fmt::format("'{}' is expected", sign));
    return advance();
  }

  Place add(Operator op, std::vector<std::size_t> operands) {
    return add({.op = op, .operands = std::move(operands)});
  }
  Place add(Expression::Node node) {
    if (nodes_.size() >= most_nodes)
      return fail(Code::invalid_argument,
                  fmt::format("the expression has more than {} parts", most_nodes));
    nodes_.push_back(std::move(node));
    return nodes_.size() - 1;
  }

  Place any_of() {
    if (++depth_ > deepest_expression) return at_token(token_, "nested too deeply");
    DMS_TRY(std::size_t left, all_of());
    while (is_word("or")) {
      DMS_CHECK(advance());
      DMS_TRY(const std::size_t right, all_of());
      DMS_TRY(left, add(Operator::logical_or, {left, right}));
    }
    --depth_;
    return left;
  }

  Place all_of() {
    DMS_TRY(std::size_t left, negation());
    while (is_word("and")) {
      DMS_CHECK(advance());
      DMS_TRY(const std::size_t right, negation());
      DMS_TRY(left, add(Operator::logical_and, {left, right}));
    }
    return left;
  }

  Place negation() {
    if (!is_word("not")) return comparison();
    if (++depth_ > deepest_expression) return at_token(token_, "nested too deeply");
    DMS_CHECK(advance());
    DMS_TRY(const std::size_t operand, negation());
    --depth_;
    return add(Operator::logical_not, {operand});
  }

  Place comparison() {
    DMS_TRY(std::size_t left, sum());
    std::optional<std::size_t> whole;
    while (true) {
      std::optional<Operator> op;
      for (const Binary& known : comparisons)
        if (is_sign(known.sign)) op = known.op;
      if (is_word("in")) op = Operator::is_in;
      if (is_word("not")) op = Operator::is_not_in;
      if (is_sign("=")) return at_token(token_, "equality is '=='; found");
      if (!op) break;
      DMS_CHECK(advance());
      if (op == Operator::is_not_in) {
        if (!is_word("in")) return at_token(token_, "'in' is expected after 'not'");
        DMS_CHECK(advance());
      }
      const bool of_list = (op == Operator::is_in || op == Operator::is_not_in) && is_sign("[");
      DMS_TRY(const std::size_t right, of_list ? list() : sum());
      DMS_TRY(const std::size_t one, add(*op, {left, right}));
      if (whole) {
        DMS_TRY(whole, add(Operator::logical_and, {*whole, one}));
      } else {
        whole = one;
      }
      left = right;
    }
    return whole.value_or(left);
  }

  Place list() {
    DMS_CHECK(advance());
    std::vector<std::size_t> items;
    while (!is_sign("]")) {
      DMS_TRY(const std::size_t item, sum());
      items.push_back(item);
      if (!is_sign(",")) break;
      DMS_CHECK(advance());
    }
    DMS_CHECK(expect("]"));
    return add(Operator::list, std::move(items));
  }

  template <std::size_t count>
  Place left_to_right(const std::array<Binary, count>& signs, Place (Parser::*operand)()) {
    DMS_TRY(std::size_t left, (this->*operand)());
    while (true) {
      const auto sign = std::find_if(signs.begin(), signs.end(),
                                     [&](const Binary& known) { return is_sign(known.sign); });
      if (sign == signs.end()) return left;
      DMS_CHECK(advance());
      DMS_TRY(const std::size_t right, (this->*operand)());
      DMS_TRY(left, add(sign->op, {left, right}));
    }
  }
  Place sum() { return left_to_right(sums, &Parser::product); }
  Place product() { return left_to_right(products, &Parser::signed_value); }

  Place signed_value() {
    if (!is_sign("-")) return value();
    if (++depth_ > deepest_expression) return at_token(token_, "nested too deeply");
    DMS_CHECK(advance());
    DMS_TRY(const std::size_t operand, signed_value());
    --depth_;
    return add(Operator::negate, {operand});
  }

  Place value() {
    const Token token = token_;
    switch (token.kind) {
      case Token::Kind::number: {
        DMS_CHECK(advance());
        Value number = Value::of(token.number);
        number.text = std::string(token.words);
        return add({.value = std::move(number)});
      }
      case Token::Kind::text: {
        DMS_CHECK(advance());
        return add({.value = Value::of_text(token.text)});
      }
      case Token::Kind::name: return named(token);
      case Token::Kind::end: break;
      case Token::Kind::sign: {
        if (!is_sign("(")) break;
        DMS_CHECK(advance());
        DMS_TRY(const std::size_t inner, any_of());
        DMS_CHECK(expect(")"));
        return inner;
      }
    }
    return at_token(token, "a value is expected");
  }

  // A parameter, a function, or a word of the language.
  Place named(const Token& token) {
    DMS_CHECK(advance());
    if (is_sign("(") && token.words == token.text) return call(token);
    for (std::size_t at = 0; at < parameters_.size(); ++at)
      if (parameters_[at].name == token.text)
        return add({.op = Operator::parameter, .parameter = at});
    if (token.text == "true" || token.text == "false")
      return add({.value = Value::of_truth(token.text == "true")});
    if (token.text == "and" || token.text == "or" || token.text == "in")
      return at_token(token, "a value is expected");
    std::vector<std::string> names;
    for (const Parameter& parameter : parameters_) names.push_back(parameter.name);
    return at_token(token, fmt::format("no parameter is called {}{}; texts stand in quotes; found",
                                       token.text, did_you_mean(token.text, std::span(names))));
  }

  Place call(const Token& name) {
    const auto function =
        std::find_if(functions.begin(), functions.end(),
                     [&](const Function& known) { return known.name == name.text; });
    if (function == functions.end())
      return at_token(name, "no such function (abs, floor, round, min, max, year, month, day):");
    DMS_CHECK(advance());
    std::vector<std::size_t> operands;
    while (!is_sign(")")) {
      DMS_TRY(const std::size_t operand, any_of());
      operands.push_back(operand);
      if (!is_sign(",")) break;
      DMS_CHECK(advance());
    }
    DMS_CHECK(expect(")"));
    if (operands.size() < function->fewest || operands.size() > function->most)
      return at_token(name, "the wrong number of operands");
    return add(function->op, std::move(operands));
  }

  ExpressionLexer lexer_;
  std::span<const Parameter> parameters_;
  Token token_;
  std::vector<Expression::Node> nodes_;
  int depth_ = 0;
};

}  // namespace

Result<Expression> Expression::parse(std::string_view text, std::span<const Parameter> parameters) {
  Parser parser(text, parameters);
  DMS_CHECK(parser.parse());
  Expression expression;
  auto nodes = std::make_shared<std::vector<Node>>(parser.take_nodes());
  for (const Node& node : *nodes)
    if (node.op == Operator::parameter) expression.uses_.push_back(node.parameter);
  std::sort(expression.uses_.begin(), expression.uses_.end());
  expression.uses_.erase(std::unique(expression.uses_.begin(), expression.uses_.end()),
                         expression.uses_.end());
  expression.nodes_ = std::move(nodes);
  expression.parameters_.assign(parameters.begin(), parameters.end());
  return expression;
}

Result<bool> Expression::truth(std::span<const std::string> values) const {
  DMS_TRY(const Value value, evaluate(*nodes_, nodes_->size() - 1, parameters_, values));
  if (value.kind == Value::Kind::truth) return value.truth;
  return fail(Code::invalid_argument,
              "the expression is neither true nor false: compare something");
}

Result<double> Expression::number(std::span<const std::string> values) const {
  DMS_TRY(const Value value, evaluate(*nodes_, nodes_->size() - 1, parameters_, values));
  if (value.kind == Value::Kind::number) return value.number;
  return fail(Code::invalid_argument, "the expression is no number");
}

}  // namespace dms::models
