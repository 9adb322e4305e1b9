// Letters and digits of names, as programming languages have them.
#pragma once

namespace dms::models {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}
constexpr bool is_name_character(char c) { return is_letter(c) || is_digit(c); }

}  // namespace dms::models
