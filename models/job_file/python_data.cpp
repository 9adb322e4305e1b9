#include "models/job_file/python_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "models/job_file/python_tokens.h"

namespace dms::models {
namespace {

using TokenKind = PythonToken::Kind;

YamlNode number(std::int64_t value) {
  return {.kind = YamlNode::Kind::scalar, .text = std::to_string(value)};
}
YamlNode text(std::string content) {
  return {.kind = YamlNode::Kind::scalar, .text = std::move(content), .quoted = true};
}
YamlNode list(std::vector<YamlNode> items) {
  return {.kind = YamlNode::Kind::list, .items = std::move(items)};
}

std::optional<std::int64_t> whole(const YamlNode& value) {
  std::int64_t number{};
  const char* end = value.text.data() + value.text.size();
  if (value.kind != YamlNode::Kind::scalar || value.quoted) return std::nullopt;
  const auto [stop, error] = std::from_chars(value.text.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

constexpr int deepest = 100;
// Elements of lists and pieces of texts that are made or copied at all, so that a few lines which
// double a list again and again come to an end.
constexpr std::size_t most_made = 4'000'000;
constexpr std::size_t piece_bytes = 100;

// How many elements a value has, itself included.
std::size_t weight(const YamlNode& value) {
  std::size_t total = 1 + value.text.size() / piece_bytes;
  for (const YamlNode& item : value.items) total += weight(item);
  return total;
}

int depth(const YamlNode& value) {
  int deepest_item = 0;
  for (const YamlNode& item : value.items) deepest_item = std::max(deepest_item, depth(item));
  return deepest_item + 1;
}

// Words that begin what only running the program could tell.
constexpr std::pair<std::string_view, std::string_view> program_words[] = {
    {"import", "a module is imported here"}, {"from", "a module is imported here"},
    {"def", "a function is defined here"},   {"for", "a loop begins here"},
    {"while", "a loop begins here"},         {"with", "a file is opened here"},
    {"if", "a condition stands here"},       {"lambda", "a function is defined here"},
    {"class", "a class is defined here"},    {"return", "a function ends here"}};

// A reader by recursive descent. It stops at the first thing that is not data: `stop_` is then set
// and all functions return at once.
class Reader {
 public:
  explicit Reader(std::string_view source) : tokens_(python_tokens(source)) {}

  PythonData run() {
    YamlNode last;
    bool has_value = false;
    while (!stop_ && now().kind != TokenKind::end) {
      if (now().kind == TokenKind::new_line || now().is(";")) {
        ++at_;
      } else if (now().kind == TokenKind::name && tokens_[at_ + 1].is("=") &&
                 !tokens_[at_ + 2].is("=")) {
        const std::string name = now().text;
        at_ += 2;
        YamlNode value = statement_value();
        if (!stop_) names_[name] = std::move(value);
        has_value = false;
      } else {
        last = statement_value();
        has_value = true;
      }
    }
    if (!stop_ && !has_value) refuse("the last line must be the list of tasks");
    if (!stop_ && last.kind != YamlNode::Kind::list) refuse("this is no list");
    if (stop_) return {.not_data = stop_};
    return {.items = std::move(last.items)};
  }

 private:
  const PythonToken& now() const { return tokens_[std::min(at_, tokens_.size() - 1)]; }

  YamlNode refuse(std::string what) {
    if (!stop_) stop_ = NotData{now().offset, std::move(what)};
    return {};
  }

  bool accept(std::string_view sign) {
    if (stop_ || !now().is(sign)) return false;
    ++at_;
    return true;
  }

  void expect(std::string_view sign) {
    if (!stop_ && !accept(sign)) refuse_here();
  }

  // Counts what is about to be made or copied.
  bool make_room(std::size_t elements) {
    made_ += elements;
    if (made_ > most_made) refuse("too many values are made here");
    return !stop_;
  }

  YamlNode refuse_here() {
    const PythonToken& token = now();
    if (token.kind == TokenKind::wrong) return refuse(token.text);
    for (const auto& [word, what] : program_words)
      if (token.is_name(word)) return refuse(std::string(what));
    if (token.kind == TokenKind::end || token.kind == TokenKind::new_line)
      return refuse("something is missing here");
    return refuse(fmt::format("'{}' is more than data", token.text));
  }

  // An expression, or several with commas between them, up to the end of the line.
  YamlNode statement_value() {
    YamlNode value = expression();
    if (!stop_ && now().is(",")) value = list(rest_of_tuple(std::move(value), TokenKind::new_line));
    if (!stop_ && now().kind != TokenKind::new_line && now().kind != TokenKind::end &&
        !now().is(";"))
      refuse_here();
    return value;
  }

  std::vector<YamlNode> rest_of_tuple(YamlNode first, TokenKind end) {
    std::vector<YamlNode> items{std::move(first)};
    while (accept(",")) {
      if (now().is(")") || now().is("]") || now().kind == end || now().kind == TokenKind::end)
        break;
      items.push_back(expression());
    }
    return items;
  }

  YamlNode expression() {
    YamlNode value = operand();
    while (!stop_ && (now().is("+") || now().is("-"))) {
      const bool minus = now().is("-");
      ++at_;
      const YamlNode right = operand();
      if (stop_) break;
      const auto a = whole(value), b = whole(right);
      std::int64_t sum{};
      if (a && b &&
          !(minus ? __builtin_sub_overflow(*a, *b, &sum) : __builtin_add_overflow(*a, *b, &sum)))
        value = number(sum);
      else if (!minus && value.quoted && right.quoted)
        value.text += right.text;
      else if (!minus && value.kind == YamlNode::Kind::list && right.kind == YamlNode::Kind::list)
        value.items.insert(value.items.end(), right.items.begin(), right.items.end());
      else
        return refuse("these cannot be added as data");
    }
    return value;
  }

  YamlNode operand() {
    if (stop_) return {};
    if (++depth_ > deepest) return refuse("nested too deeply");
    YamlNode value = primary();
    --depth_;
    if (!stop_ && (now().is(".") || now().is("(") || now().is("[") || now().is("%") ||
                   now().is("*") || now().is("/")))
      return refuse_here();
    return value;
  }

  YamlNode primary() {
    const PythonToken token = now();
    switch (token.kind) {
      case TokenKind::number: ++at_; return {.kind = YamlNode::Kind::scalar, .text = token.text};
      case TokenKind::text: return texts();
      case TokenKind::name: return name_or_call();
      case TokenKind::sign: break;
      default: return refuse_here();
    }
    if (accept("-")) {
      if (now().is("-")) return refuse_here();
      YamlNode value = primary();
      if (!stop_ && value.kind == YamlNode::Kind::scalar && !value.quoted)
        value.text = value.text.starts_with('-') ? value.text.substr(1) : "-" + value.text;
      return value;
    }
    if (accept("[")) return items_until("]");
    if (accept("(")) return parenthesis();
    return refuse_here();
  }

  // Neighbouring texts are one.
  YamlNode texts() {
    std::string content;
    while (now().kind == TokenKind::text) content += tokens_[at_++].text;
    return text(std::move(content));
  }

  YamlNode name_or_call() {
    const PythonToken token = now();
    const auto bound = names_.find(token.text);
    if (bound != names_.end()) {
      if (!make_room(weight(bound->second))) return {};
      if (depth(bound->second) > deepest) return refuse("nested too deeply");
      ++at_;
      return bound->second;
    }
    const bool call = tokens_[at_ + 1].is("(");
    if (call && token.text == "range") return range();
    if (call && (token.text == "list" || token.text == "tuple" || token.text == "str")) {
      at_ += 2;
      YamlNode value = expression();
      expect(")");
      if (token.text != "str" && !stop_ && value.kind != YamlNode::Kind::list)
        return refuse("a list or a range belongs here");
      if (token.text == "str" && value.kind != YamlNode::Kind::scalar)
        return refuse("str takes a number or a text here");
      if (token.text == "str") value.quoted = true;
      return value;
    }
    return refuse_here();
  }

  YamlNode range() {
    at_ += 2;
    std::vector<std::int64_t> ends;
    do {
      const auto end = whole(expression());
      if (stop_) return {};
      if (!end) return refuse("range takes whole numbers here");
      ends.push_back(*end);
    } while (accept(","));
    expect(")");
    if (stop_) return {};
    const std::int64_t first = ends.size() > 1 ? ends[0] : 0;
    const std::int64_t last = ends.size() > 1 ? ends[1] : ends[0];
    const std::int64_t step = ends.size() > 2 ? ends[2] : 1;
    if (ends.size() > 3 || step == 0) return refuse("no such range");
    const double count = std::ceil((static_cast<double>(last) - static_cast<double>(first)) /
                                   static_cast<double>(step));
    if (count > static_cast<double>(max_python_items)) return refuse("more than a million values");
    if (count > 0 && !make_room(static_cast<std::size_t>(count))) return {};
    std::vector<YamlNode> items;
    for (std::int64_t at = 0; at < static_cast<std::int64_t>(count); ++at)
      items.push_back(number(static_cast<std::int64_t>(static_cast<std::uint64_t>(first) +
                                                       static_cast<std::uint64_t>(at) *
                                                           static_cast<std::uint64_t>(step))));
    return list(std::move(items));
  }

  YamlNode parenthesis() {
    if (accept(")")) return list({});
    YamlNode value = expression();
    if (!stop_ && now().is(",")) value = list(rest_of_tuple(std::move(value), TokenKind::end));
    expect(")");
    return value;
  }

  // Behind '[': items, or an element and its loops.
  YamlNode items_until(std::string_view close) {
    if (accept(close)) return list({});
    const std::size_t element = at_;
    if (is_comprehension()) return comprehension(element);
    YamlNode value = list(rest_of_tuple(expression(), TokenKind::end));
    expect(close);
    return value;
  }

  // Whether a `for` comes before the bracket closes or a comma parts the items.
  bool is_comprehension() const {
    int depth = 0;
    for (std::size_t at = at_; at < tokens_.size(); ++at) {
      const PythonToken& token = tokens_[at];
      if (token.is("(") || token.is("[")) ++depth;
      if ((token.is(")") || token.is("]")) && depth-- == 0) return false;
      if (depth == 0 && token.is(",")) return false;
      if (depth == 0 && token.is_name("for")) return true;
    }
    return false;
  }

  // The element is read once for each combination, with its names bound.
  YamlNode comprehension(std::size_t element) {
    skip_to_for();
    const std::size_t loops = at_;
    std::vector<YamlNode> items;
    for (const auto& [name, value] : names_)
      if (!make_room(weight(value))) return {};
    const auto outer = names_;
    loop(loops, element, items);
    names_ = outer;
    expect("]");
    return list(std::move(items));
  }

  void skip_to_for() {
    int depth = 0;
    while (!(depth == 0 && now().is_name("for"))) {
      if (now().is("(") || now().is("[")) ++depth;
      if (now().is(")") || now().is("]")) --depth;
      ++at_;
    }
  }

  // Leaves at_ behind the last loop.
  void loop(std::size_t at, std::size_t element, std::vector<YamlNode>& items) {
    at_ = at;
    if (!now().is_name("for")) {
      if (!now().is("]")) {
        refuse_here();
        return;
      }
      at_ = element;
      items.push_back(expression());
      if (!stop_ && !now().is_name("for")) refuse_here();
      if (items.size() > max_python_items) refuse("more than a million values");
      at_ = stop_ ? at_ : at;
      return;
    }
    ++at_;
    const std::vector<std::string> targets = loop_targets();
    if (!stop_ && !now().is_name("in")) refuse_here();
    ++at_;
    const YamlNode values = expression();
    const std::size_t next = at_;
    if (!stop_ && values.kind != YamlNode::Kind::list) refuse("a list or a range belongs here");
    std::size_t end = next;
    if (!stop_ && values.items.empty()) end = skip_loops(next);
    for (const YamlNode& value : values.items) {
      if (stop_) return;
      bind(targets, value);
      loop(next, element, items);
      end = at_;
    }
    if (!stop_) at_ = end;
  }

  // The end of loops that nothing runs through.
  std::size_t skip_loops(std::size_t at) const {
    int depth = 0;
    for (; at < tokens_.size(); ++at) {
      if (tokens_[at].is("(") || tokens_[at].is("[")) ++depth;
      if ((tokens_[at].is(")") || tokens_[at].is("]")) && depth-- == 0) return at;
    }
    return at;
  }

  std::vector<std::string> loop_targets() {
    std::vector<std::string> targets;
    const bool bracket = accept("(");
    do {
      if (now().kind != TokenKind::name) {
        refuse_here();
        return {};
      }
      targets.push_back(now().text);
      ++at_;
    } while (accept(","));
    if (bracket) expect(")");
    return targets;
  }

  void bind(const std::vector<std::string>& targets, const YamlNode& value) {
    if (targets.size() == 1) {
      names_[targets[0]] = value;
      return;
    }
    if (value.kind != YamlNode::Kind::list || value.items.size() != targets.size()) {
      refuse(fmt::format("{} names, but not as many values", targets.size()));
      return;
    }
    for (std::size_t at = 0; at < targets.size(); ++at) names_[targets[at]] = value.items[at];
  }

  std::vector<PythonToken> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::size_t made_ = 0;
  std::map<std::string, YamlNode> names_;
  std::optional<NotData> stop_;
};

}  // namespace

PythonData read_python_data(std::string_view source) { return Reader(source).run(); }

}  // namespace dms::models
