// The grammar of input files with gaps, which dmsnode fills in on the node and the client checks
// before anything is sent. Shared as this header alone; pure functions.
//
//   braces   {NAME}. {{NAME}} stands for {NAME} itself; ${NAME} and all other braces stay as they
//            are.
//   dollar   $NAME and ${NAME}. $$ stands for $; every other $ stays as it is.
//   tilde    as PEST's template files: the first line, "ptf ~", names the mark and is left out;
//            ~ NAME   ~ is a field as wide as it stands there, marks included, and in any case.
//
// A NAME is letters, digits and '_', no digit first.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dms::node {

enum class TemplateStyle { braces, dollar, tilde };

// A piece of a template, in order: text to be kept, or a gap.
struct TemplatePiece {
  std::size_t place = 0;  // where it begins in the template
  std::string_view text;  // what is kept; empty for a gap
  std::string_view name;  // of a gap
  std::size_t width = 0;  // of a gap: 0 is any
};

struct TemplateFault {
  std::size_t place = 0;
  std::string message;
};

inline std::optional<TemplateStyle> template_style(std::string_view word) {
  if (word == "braces") return TemplateStyle::braces;
  if (word == "dollar") return TemplateStyle::dollar;
  if (word == "tilde") return TemplateStyle::tilde;
  return std::nullopt;
}

inline std::string_view template_style_word(TemplateStyle style) {
  return style == TemplateStyle::braces   ? "braces"
         : style == TemplateStyle::dollar ? "dollar"
                                          : "tilde";
}

namespace template_detail {

inline bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}
// The name that begins at `at`; empty when none does.
inline std::string_view name_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() &&
         (is_letter(text[end]) || (end > at && text[end] >= '0' && text[end] <= '9')))
    ++end;
  return text.substr(at, end - at);
}

// Collects pieces; text between gaps is kept as it is.
class Pieces {
 public:
  explicit Pieces(std::string_view text) : text_(text) {}

  void keep_until(std::size_t end) {
    if (end > done_) pieces_.push_back({.place = done_, .text = text_.substr(done_, end - done_)});
    done_ = end;
  }
  void skip_to(std::size_t end) { done_ = end; }
  void gap(std::size_t begin, std::size_t end, std::string_view name, std::size_t width = 0) {
    keep_until(begin);
    pieces_.push_back({.place = begin, .name = name, .width = width});
    done_ = end;
  }
  std::vector<TemplatePiece> finish() {
    keep_until(text_.size());
    return std::move(pieces_);
  }

 private:
  std::string_view text_;
  std::size_t done_ = 0;
  std::vector<TemplatePiece> pieces_;
};

inline std::vector<TemplatePiece> split_braces(std::string_view text) {
  Pieces pieces(text);
  for (std::size_t at = text.find('{'); at != text.npos; at = text.find('{', at)) {
    const bool doubled = at + 1 < text.size() && text[at + 1] == '{';
    const std::string_view name = name_at(text, at + (doubled ? 2 : 1));
    const std::size_t end = at + (doubled ? 2 : 1) + name.size();
    const bool is_shell = at > 0 && text[at - 1] == '$';
    if (is_shell || name.empty() || text.substr(end, doubled ? 2 : 1) != (doubled ? "}}" : "}")) {
      ++at;
      continue;
    }
    if (doubled) {
      // One brace at each end is left out.
      pieces.keep_until(at);
      pieces.skip_to(at + 1);
      pieces.keep_until(end + 1);
      pieces.skip_to(end + 2);
      at = end + 2;
    } else {
      pieces.gap(at, end + 1, name);
      at = end + 1;
    }
  }
  return pieces.finish();
}

inline std::vector<TemplatePiece> split_dollar(std::string_view text) {
  Pieces pieces(text);
  for (std::size_t at = text.find('$'); at != text.npos; at = text.find('$', at)) {
    if (text.substr(at, 2) == "$$") {
      pieces.keep_until(at + 1);
      pieces.skip_to(at + 2);
      at += 2;
      continue;
    }
    const bool in_braces = text.substr(at, 2) == "${";
    const std::string_view name = name_at(text, at + (in_braces ? 2 : 1));
    const std::size_t end = at + (in_braces ? 2 : 1) + name.size();
    if (name.empty() || (in_braces && text.substr(end, 1) != "}")) {
      ++at;
      continue;
    }
    pieces.gap(at, end + (in_braces ? 1 : 0), name);
    at = end + (in_braces ? 1 : 0);
  }
  return pieces.finish();
}

inline void add_fault(std::vector<TemplateFault>& faults, std::size_t place,
                      std::string_view message) {
  TemplateFault& fault = faults.emplace_back();
  fault.place = place;
  fault.message.assign(message);
}

inline std::vector<TemplatePiece> split_tilde(std::string_view text,
                                              std::vector<TemplateFault>& faults) {
  const std::size_t first_end = text.find('\n');
  std::string_view head = text.substr(0, first_end);
  while (!head.empty() && (head.back() == '\r' || head.back() == ' ')) head.remove_suffix(1);
  const bool is_pest = head.size() == 5 && (head.starts_with("ptf ") || head.starts_with("PTF "));
  if (!is_pest) {
    add_fault(faults, 0, "the first line is not 'ptf ~', with the mark of the gaps");
    return {};
  }
  const char mark = head.back();
  Pieces pieces(text);
  std::size_t at = first_end == text.npos ? text.size() : first_end + 1;
  pieces.skip_to(at);
  while ((at = text.find(mark, at)) != text.npos) {
    std::size_t end = at + 1;
    while (end < text.size() && text[end] != mark && text[end] != '\n') ++end;
    if (end == text.size() || text[end] == '\n') {
      std::string message = "no second '";
      message.append(1, mark).append("' ends this gap in its line");
      add_fault(faults, at, message);
      at = end;
      continue;
    }
    std::size_t begin = at + 1;
    while (begin < end && text[begin] == ' ') ++begin;
    const std::string_view name = name_at(text.substr(0, end), begin);
    const std::size_t after = text.substr(0, end).find_first_not_of(' ', begin + name.size());
    if (name.empty() || after != text.npos) {
      std::string message = "'";
      message.append(text.substr(at, end + 1 - at)).append("' is no name between two marks");
      add_fault(faults, at, message);
    } else {
      pieces.gap(at, end + 1, name, end + 1 - at);
    }
    at = end + 1;
  }
  return pieces.finish();
}

}  // namespace template_detail

// The pieces of a template. What is wrong with it is appended to `faults`.
inline std::vector<TemplatePiece> split_template(std::string_view text, TemplateStyle style,
                                                 std::vector<TemplateFault>& faults) {
  switch (style) {
    case TemplateStyle::braces: return template_detail::split_braces(text);
    case TemplateStyle::dollar: return template_detail::split_dollar(text);
    case TemplateStyle::tilde: break;
  }
  return template_detail::split_tilde(text, faults);
}

// "line:column" of a place, both from 1.
inline std::string line_and_column(std::string_view text, std::size_t place) {
  std::size_t line = 1, begin = 0;
  for (std::size_t at = text.find('\n'); at < place; at = text.find('\n', at + 1)) {
    ++line;
    begin = at + 1;
  }
  return std::to_string(line) + ':' + std::to_string(place - begin + 1);
}

// The value for a gap of this width, set to the right. A number that is too long loses as many
// digits as it must, but none of its first three; nothing when that is not enough, or for a text
// that is too long.
inline std::optional<std::string> fitted(std::string_view value, std::size_t width) {
  if (width == 0) return std::string(value);
  if (value.size() <= width) return std::string(width - value.size(), ' ').append(value);
  double number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size()) return std::nullopt;
  for (int digits = 17; digits > 0; --digits) {
    char text[64];
    const int length = std::snprintf(text, sizeof text, "%.*g", digits, number);
    if (digits < 3 && std::strtod(text, nullptr) != number) break;
    if (length > 0 && static_cast<std::size_t>(length) <= width)
      return std::string(width - static_cast<std::size_t>(length), ' ') + text;
  }
  return std::nullopt;
}

}  // namespace dms::node
