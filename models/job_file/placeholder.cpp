#include "models/job_file/placeholder.h"

#include <algorithm>
#include <optional>

#include "models/letters.h"

namespace dms::models {
namespace {

std::size_t end_of_name(std::string_view text, std::size_t at) {
  if (at >= text.size() || !is_letter(text[at])) return at;
  while (at < text.size() && (is_letter(text[at]) || is_digit(text[at]))) ++at;
  return at;
}

// Whether it can be a format: [[fill]align][sign][0][width][.precision][type], which no shell text
// and no JSON is.
bool is_spec(std::string_view spec) {
  if (spec.empty()) return false;
  std::size_t at = 0;
  const auto is_align = [&](std::size_t index) {
    return index < spec.size() && std::string_view("<>^").find(spec[index]) != spec.npos;
  };
  if (is_align(1))
    at = 2;
  else if (is_align(0))
    at = 1;
  if (at < spec.size() && std::string_view("+-").find(spec[at]) != spec.npos) ++at;
  while (at < spec.size() && is_digit(spec[at])) ++at;
  if (at < spec.size() && spec[at] == '.') {
    const std::size_t digits = ++at;
    while (at < spec.size() && is_digit(spec[at])) ++at;
    if (at == digits) return false;
  }
  if (at < spec.size() && is_letter(spec[at])) ++at;
  return at == spec.size();
}

// The placeholder that begins at the brace `open`, if there is one; `end` is behind it.
std::optional<Piece> read_placeholder(std::string_view text, std::size_t open, std::size_t& end) {
  Piece piece{.offset = open};
  std::size_t at = end_of_name(text, open + 1);
  piece.name = text.substr(open + 1, at - open - 1);
  if (piece.name.empty()) return std::nullopt;
  while (at < text.size() && text[at] == '[') {
    const std::size_t close = text.find(']', at);
    if (close == text.npos) return std::nullopt;
    const std::string_view index = text.substr(at + 1, close - at - 1);
    const bool number = !index.empty() && std::all_of(index.begin(), index.end(), is_digit);
    if (!number && (index.empty() || end_of_name(index, 0) != index.size())) return std::nullopt;
    piece.indices.emplace_back(index);
    at = close + 1;
  }
  if (at + 1 < text.size() && text[at] == '!' && (text[at + 1] == 'r' || text[at + 1] == 's')) {
    piece.conversion = text[at + 1];
    at += 2;
  }
  if (at < text.size() && text[at] == ':') {
    const std::size_t close = std::min(text.find('}', at), text.size());
    piece.spec = text.substr(at + 1, close - at - 1);
    if (!is_spec(piece.spec)) return std::nullopt;
    at = close;
  }
  if (at >= text.size() || text[at] != '}') return std::nullopt;
  end = at + 1;
  piece.text = text.substr(open, end - open);
  return piece;
}

std::size_t count_run(std::string_view text, std::size_t at, char brace) {
  std::size_t end = at;
  while (end < text.size() && text[end] == brace) ++end;
  return end - at;
}

// Collects the pieces of one text.
class Splitter {
 public:
  Splitter(std::string_view text, const std::function<bool(std::string_view)>& is_known,
           TextKind kind)
      : text_(text), is_known_(is_known), kind_(kind) {}

  std::vector<Piece> split() {
    while (at_ < text_.size()) {
      if (text_[at_] == '{')
        take_open_braces();
      else if (text_[at_] == '}')
        take_close_braces();
      else
        keep(std::min(text_.find_first_of("{}", at_), text_.size()) - at_);
    }
    return std::move(pieces_);
  }

 private:
  bool after_dollar() const {
    return kind_ != TextKind::formula && at_ > 0 && text_[at_ - 1] == '$';
  }

  // Of a run of braces the last one may begin a placeholder, when it is not one of a pair.
  void take_open_braces() {
    const std::size_t run = count_run(text_, at_, '{');
    if (after_dollar()) {
      take_shell_braces(run);
      return;
    }
    keep_doubled(run - run % 2, '{');
    if (run % 2 == 0) return;
    std::size_t end = at_;
    std::optional<Piece> piece = read_placeholder(text_, at_, end);
    if (piece && is_known_(piece->name)) {
      pieces_.push_back(std::move(*piece));
      at_ = end;
    } else {
      keep(1);
    }
  }

  // "${", and "${{NAME}}" for it.
  void take_shell_braces(std::size_t run) {
    if (kind_ == TextKind::script) {
      keep_doubled(run - run % 2, '{');
      keep(run % 2);
      return;
    }
    std::size_t name = at_ + 2;
    if (name < text_.size() && (text_[name] == '!' || text_[name] == '#')) ++name;
    const std::size_t name_end = end_of_name(text_, name);
    const std::size_t close = run == 2 ? text_.find("}}", name_end) : text_.npos;
    const bool one_line =
        close != text_.npos &&
        text_.substr(name_end, close - name_end).find_first_of("{\n") == text_.npos;
    if (run == 2 && name_end > name && one_line) {
      add(std::string(text_.substr(at_ + 1, close - at_)));
      at_ = close + 2;
    } else {
      keep(run);
    }
  }

  void take_close_braces() {
    const std::size_t run = count_run(text_, at_, '}');
    keep_doubled(run - run % 2, '}');
    keep(run % 2);
  }

  void keep_doubled(std::size_t count, char brace) {
    add(std::string(kind_ == TextKind::value ? count : count / 2, brace));
    at_ += count;
  }

  void keep(std::size_t count) {
    add(std::string(text_.substr(at_, count)));
    at_ += count;
  }

  void add(std::string text) {
    if (text.empty()) return;
    if (pieces_.empty() || pieces_.back().is_placeholder())
      pieces_.push_back({.text = std::move(text)});
    else
      pieces_.back().text += text;
  }

  const std::string_view text_;
  const std::function<bool(std::string_view)>& is_known_;
  const TextKind kind_;
  std::size_t at_ = 0;
  std::vector<Piece> pieces_;
};

}  // namespace

std::vector<Piece> split_placeholders(std::string_view text,
                                      const std::function<bool(std::string_view)>& is_known,
                                      TextKind kind) {
  return Splitter(text, is_known, kind).split();
}

}  // namespace dms::models
