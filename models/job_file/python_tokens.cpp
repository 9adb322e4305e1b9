#include "models/job_file/python_tokens.h"

#include <algorithm>

#include "models/letters.h"

namespace dms::models {
namespace {

using TokenKind = PythonToken::Kind;

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<PythonToken> run() {
    while (at_ < text_.size() && step()) {
    }
    start_ = at_;
    if (tokens_.empty() || tokens_.back().kind != TokenKind::wrong) add(TokenKind::end, "");
    return std::move(tokens_);
  }

 private:
  void add(TokenKind kind, std::string text) {
    const bool first = tokens_.empty() || tokens_.back().kind == TokenKind::new_line;
    tokens_.push_back({.kind = kind,
                       .text = std::move(text),
                       .offset = start_,
                       .indented = first && start_ > 0 && text_[start_ - 1] != '\n'});
  }

  // Reads one token; false when there is no way on.
  bool step() {
    start_ = at_;
    const char c = text_[at_];
    if (c == '\n') return take_line_end();
    if (c == ' ' || c == '\t' || c == '\r') return skip(1);
    if (c == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') return skip(2);
    if (c == '#') return skip(std::min(text_.find('\n', at_), text_.size()) - at_);
    if (c == '\'' || c == '"') return take_text();
    if (is_letter(c)) return take_name();
    if (is_digit(c) || (c == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])))
      return take_number();
    if (c == '(' || c == '[' || c == '{') ++depth_;
    if (c == ')' || c == ']' || c == '}') --depth_;
    add(TokenKind::sign, std::string(1, c));
    return skip(1);
  }

  bool skip(std::size_t count) {
    at_ += count;
    return true;
  }

  bool take_line_end() {
    if (depth_ <= 0 && !tokens_.empty() && tokens_.back().kind != TokenKind::new_line)
      add(TokenKind::new_line, "");
    return skip(1);
  }

  bool take_name() {
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
    add(TokenKind::name, std::string(text_.substr(start_, at_ - start_)));
    return true;
  }

  bool take_number() {
    const auto belongs = [&] {
      const char c = text_[at_];
      const bool sign = (c == '-' || c == '+') && (text_[at_ - 1] == 'e' || text_[at_ - 1] == 'E');
      return is_digit(c) || is_letter(c) || c == '.' || sign;
    };
    while (at_ < text_.size() && belongs()) ++at_;
    std::string digits(text_.substr(start_, at_ - start_));
    std::erase(digits, '_');
    add(TokenKind::number, std::move(digits));
    return true;
  }

  bool take_text() {
    const char quote = text_[at_];
    const bool triple = text_.substr(at_, 3) == std::string(3, quote);
    const std::string end(triple ? 3 : 1, quote);
    at_ += end.size();
    std::string content;
    while (at_ < text_.size() && text_.substr(at_, end.size()) != end) {
      if (text_[at_] == '\n' && !triple) break;
      if (text_[at_] == '\\' && at_ + 1 < text_.size())
        content += escaped(text_[++at_]);
      else
        content += text_[at_];
      ++at_;
    }
    if (text_.substr(at_, end.size()) != end) {
      add(TokenKind::wrong, "the text in quotes has no end");
      return false;
    }
    at_ += end.size();
    add(TokenKind::text, std::move(content));
    return true;
  }

  static std::string escaped(char c) {
    switch (c) {
      case 'n': return "\n";
      case 't': return "\t";
      case '\\':
      case '\'':
      case '"': return {c};
      case '\n': return {};
      default: return {'\\', c};
    }
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  std::size_t start_ = 0;
  int depth_ = 0;
  std::vector<PythonToken> tokens_;
};

}  // namespace

std::vector<PythonToken> python_tokens(std::string_view text) { return Lexer(text).run(); }

}  // namespace dms::models
