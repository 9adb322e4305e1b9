#include "service/autoscale/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace dms::service::autoscale {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool in_name(char c) { return is_letter(c) || is_digit(c) || c == '_'; }

// Two characters before one, so that the longer reading wins.
constexpr std::array<std::string_view, 20> symbols = {"||", "&&", "<=", "==", ">=", "!=", "<",
                                                      ">",  "=",  "+",  "-",  "*",  "/",  "!",
                                                      "?",  ":",  "(",  ")",  ",",  ";"};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> run() {
    std::vector<Token> tokens;
    do {
      skip_blanks();
      DMS_TRY(Token token, next());
      tokens.push_back(token);
    } while (tokens.back().kind != Token::Kind::end);
    return tokens;
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void advance(std::size_t bytes) {
    for (; bytes > 0; --bytes, ++at_) {
      const bool continues_character = (static_cast<unsigned char>(text_[at_]) & 0xC0) == 0x80;
      if (text_[at_] == '\n') {
        place_ = {place_.line + 1, 1};
      } else if (!continues_character) {
        ++place_.column;
      }
    }
  }

  void skip_blanks() {
    while (at_ < text_.size()) {
      if (text_.substr(at_).starts_with("//")) {
        advance(std::min(text_.find('\n', at_), text_.size()) - at_);
      } else if (std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) {
        advance(1);
      } else {
        return;
      }
    }
  }

  Error bad(std::string_view message) const {
    return fail(Code::invalid_argument, placed(place_, message));
  }

  Token take(Token::Kind kind, std::size_t bytes) {
    Token token{kind, text_.substr(at_, bytes), place_};
    advance(bytes);
    return token;
  }

  Result<Token> next() {
    const char c = peek();
    if (at_ == text_.size()) return take(Token::Kind::end, 0);
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (is_letter(c) || (c == '$' && is_letter(peek(1)))) return name();
    if (c == '"') return quoted();
    if (c == '.') return take(Token::Kind::symbol, 1);
    for (const auto symbol : symbols)
      if (text_.substr(at_).starts_with(symbol)) return take(Token::Kind::symbol, symbol.size());
    return unexpected(c);
  }

  Error unexpected(char c) const {
    if (c == '&' || c == '|') return bad(fmt::format("expected {0}{0} instead of {0}", c));
    if (c > ' ' && c < '\x7f') return bad(fmt::format("unexpected character '{}'", c));
    return bad(fmt::format("unexpected byte 0x{:02X}", static_cast<unsigned char>(c)));
  }

  Token name() {
    std::size_t bytes = 1;
    while (in_name(peek(bytes))) ++bytes;
    return take(Token::Kind::name, bytes);
  }

  Result<Token> number() {
    double value = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error == std::errc::result_out_of_range) return bad("the number is out of range");
    auto bytes = std::size_t(end - begin);
    // "5.GetSample" is not read as "5." and a name.
    if (bytes > 0 && begin[bytes - 1] == '.') --bytes;
    if (error != std::errc{} || in_name(peek(bytes)))
      return bad("the number has a superfluous end");
    Token token = take(Token::Kind::number, bytes);
    token.number = value;
    return token;
  }

  Result<Token> quoted() {
    const std::size_t close = text_.find_first_of("\"\n", at_ + 1);
    if (close == std::string_view::npos || text_[close] == '\n')
      return bad("the string has no closing quote in its line");
    Token token = take(Token::Kind::text, close + 1 - at_);
    token.text = token.text.substr(1, token.text.size() - 2);
    return token;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Position place_;
};

}  // namespace

std::string placed(Position at, std::string_view message) {
  return fmt::format("Line {}, Col {}: {}", at.line, at.column, message);
}

Result<std::vector<Token>> tokens_of(std::string_view text) { return Lexer(text).run(); }

}  // namespace dms::service::autoscale
