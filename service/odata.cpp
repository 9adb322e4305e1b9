#include "service/odata.h"

#include <algorithm>
#include <charconv>

#include "batch/errors.h"
#include "core/fields.h"
#include "service/core/ids.h"

namespace dms::service {

namespace {

enum class Operator { eq, ne, gt, ge, lt, le, starts_with };
constexpr auto words(Operator) {
  using enum Operator;
  return std::array{word(eq, "eq"), word(ne, "ne"), word(gt, "gt"),
                    word(ge, "ge"), word(lt, "lt"), word(le, "le")};
}

// How deep parentheses may nest before a filter is refused.
constexpr int max_depth = 50;

}  // namespace

struct Filter::Node {
  enum class Kind { comparison, all, any } kind = Kind::comparison;
  // In a row, since a chain of any length must not become a tree of its depth.
  std::vector<std::shared_ptr<const Node>> parts;
  std::size_t property = 0;
  Operator op = Operator::eq;
  Scalar literal;
  std::string text;  // that of the literal, if it is one
};

namespace {

using NodePtr = std::shared_ptr<const Filter::Node>;

class FilterParser {
 public:
  FilterParser(std::string_view text, const std::vector<std::string_view>& properties)
      : text_(text), properties_(properties) {}

  Result<NodePtr> parse() {
    DMS_TRY(NodePtr root, either(0));
    skip_blanks();
    if (at_ != text_.size()) return expected("and, or or the end");
    return root;
  }

 private:
  Error expected(std::string_view what) const {
    return batch::batch_error(
        "InvalidQueryParameterValue",
        "$filter at position " + std::to_string(at_ + 1) + ": expected " + std::string(what));
  }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  bool take(char c) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  static bool in_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '/' || c == '.' || c == '-';
  }

  std::string_view peek_word() {
    skip_blanks();
    std::size_t end = at_;
    while (end < text_.size() && in_word(text_[end])) ++end;
    return text_.substr(at_, end - at_);
  }

  bool take_word(std::string_view word) {
    if (!equal_ignoring_case(peek_word(), word)) return false;
    at_ += word.size();
    return true;
  }

  Result<NodePtr> either(int depth) { return chain(depth, "or", Filter::Node::Kind::any); }

  Result<NodePtr> chain(int depth, std::string_view joint, Filter::Node::Kind kind) {
    auto node = std::make_shared<Filter::Node>();
    node->kind = kind;
    do {
      DMS_TRY(NodePtr part, kind == Filter::Node::Kind::any
                                ? chain(depth, "and", Filter::Node::Kind::all)
                                : term(depth));
      node->parts.push_back(std::move(part));
    } while (take_word(joint));
    if (node->parts.size() == 1) return std::move(node->parts.front());
    return NodePtr(std::move(node));
  }

  Result<NodePtr> term(int depth) {
    if (depth > max_depth) return expected("fewer parentheses");
    if (take('(')) {
      DMS_TRY(NodePtr inner, either(depth + 1));
      if (!take(')')) return expected(")");
      return inner;
    }
    if (take_word("startswith")) return starts_with();
    return comparison();
  }

  Result<NodePtr> starts_with() {
    auto node = std::make_shared<Filter::Node>();
    node->op = Operator::starts_with;
    if (!take('(')) return expected("( after startswith");
    DMS_CHECK(property(node->property));
    if (!take(',')) return expected(", after the property");
    DMS_CHECK(literal(*node));
    if (!std::holds_alternative<std::string_view>(node->literal))
      return expected("a text in quotes");
    if (!take(')')) return expected(")");
    return NodePtr(std::move(node));
  }

  Result<NodePtr> comparison() {
    auto node = std::make_shared<Filter::Node>();
    DMS_CHECK(property(node->property));
    const auto word = peek_word();
    const auto op = parse_word<Operator>(word);
    if (!op) return expected("one of eq, ne, gt, ge, lt, le");
    at_ += word.size();
    node->op = *op;
    DMS_CHECK(literal(*node));
    return NodePtr(std::move(node));
  }

  Status property(std::size_t& index) {
    const auto name = peek_word();
    const auto found = std::find(properties_.begin(), properties_.end(), name);
    if (found == properties_.end()) {
      std::string names;
      for (const auto known : properties_) names.append(names.empty() ? "" : ", ").append(known);
      return expected("a property of this list (" + names + ")");
    }
    index = static_cast<std::size_t>(found - properties_.begin());
    at_ += name.size();
    return ok();
  }

  Status literal(Filter::Node& node) {
    skip_blanks();
    Scalar& out = node.literal;
    if (at_ < text_.size() && text_[at_] == '\'') {
      DMS_CHECK(quoted(node.text));
      out = std::string_view(node.text);
      return ok();
    }
    if (take_word("DateTime")) return date_time(out);
    const auto word = peek_word();
    if (equal_ignoring_case(word, "true") || equal_ignoring_case(word, "false")) {
      out = equal_ignoring_case(word, "true");
      at_ += word.size();
      return ok();
    }
    std::int64_t number = 0;
    const char* end = word.data() + word.size();
    const auto [stop, error] = std::from_chars(word.data(), end, number);
    if (word.empty() || error != std::errc{} || stop != end)
      return expected("a text in single quotes, an integer, true, false or DateTime'…'");
    out = number;
    at_ += word.size();
    return ok();
  }

  Status quoted(std::string& value) {
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] != '\'') {
        value += text_[at_];
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '\'') {
        value += text_[at_++];
      } else {
        ++at_;
        return ok();
      }
    }
    return expected("the closing quote");
  }

  Status date_time(Scalar& out) {
    if (at_ >= text_.size() || text_[at_] != '\'') return expected("a text in single quotes");
    std::string text;
    DMS_CHECK(quoted(text));
    const auto moment = Timestamp::parse(text);
    if (!moment) return expected("a date and time before this place");
    out = *moment;
    return ok();
  }

  std::string_view text_;
  const std::vector<std::string_view>& properties_;
  std::size_t at_ = 0;
};

bool holds(Operator op, std::weak_ordering order) {
  switch (op) {
    case Operator::eq: return order == 0;
    case Operator::ne: return order != 0;
    case Operator::gt: return order > 0;
    case Operator::ge: return order >= 0;
    case Operator::lt: return order < 0;
    case Operator::le: return order <= 0;
    case Operator::starts_with: return false;
  }
  return false;
}

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

bool compare(Operator op, const Scalar& value, const Scalar& literal) {
  if (value.index() != literal.index() || value.index() == 0) return false;
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    const auto& other = std::get<std::string_view>(literal);
    if (op == Operator::starts_with) return starts_with_ignoring_case(*text, other);
    return holds(op, compare_ignoring_case(*text, other));
  }
  if (const auto* number = std::get_if<std::int64_t>(&value))
    return holds(op, *number <=> std::get<std::int64_t>(literal));
  if (const auto* flag = std::get_if<bool>(&value))
    return holds(op, *flag <=> std::get<bool>(literal));
  return holds(op, std::get<Timestamp>(value) <=> std::get<Timestamp>(literal));
}

bool passes_node(const Filter::Node& node, const Filter::Reader& read) {
  const auto passes = [&](const NodePtr& part) { return passes_node(*part, read); };
  switch (node.kind) {
    case Filter::Node::Kind::all: return std::all_of(node.parts.begin(), node.parts.end(), passes);
    case Filter::Node::Kind::any: return std::any_of(node.parts.begin(), node.parts.end(), passes);
    case Filter::Node::Kind::comparison: return compare(node.op, read(node.property), node.literal);
  }
  return false;
}

}  // namespace

Result<Filter> Filter::parse(std::string_view text,
                             const std::vector<std::string_view>& properties) {
  Filter filter;
  if (text.find_first_not_of(" \t") == std::string_view::npos) return filter;
  DMS_TRY(filter.root_, FilterParser(text, properties).parse());
  return filter;
}

bool Filter::passes(const Reader& read) const { return !root_ || passes_node(*root_, read); }

}  // namespace dms::service
