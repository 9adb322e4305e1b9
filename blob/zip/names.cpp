#include "blob/zip/names.h"

#include <fmt/format.h>

#include <algorithm>

namespace dms::blob {
namespace {

constexpr std::size_t longest_part = 255;  // NAME_MAX

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

std::string_view why_unsafe(std::string_view name) {
  if (name.empty()) return "has no name";
  if (name.find('\0') != name.npos) return "has a NUL in its name";
  if (name.front() == '/' || name.front() == '\\') return "is absolute";
  if (name.size() >= 2 && is_letter(name[0]) && name[1] == ':') return "begins with a drive";
  if (name.size() > longest_path) return "has a name that is too long";
  for (std::size_t begin = 0; begin <= name.size();) {
    const auto end = std::min(name.find_first_of("/\\", begin), name.size());
    if (name.substr(begin, end - begin) == "..") return "holds '..'";
    begin = end + 1;
  }
  for (std::size_t begin = 0; begin <= name.size();) {
    const auto end = std::min(name.find('/', begin), name.size());
    if (end - begin > longest_part) return "has a name that is too long";
    begin = end + 1;
  }
  return {};
}

std::string shown_name(std::string_view name) {
  constexpr std::size_t most = 200;
  std::string text;
  for (const char c : name.substr(0, most)) {
    const auto byte = static_cast<unsigned char>(c);
    text += byte < 0x20 || byte == 0x7F ? fmt::format("\\x{:02X}", byte) : std::string(1, c);
  }
  return name.size() > most ? text + "…" : text;
}

}  // namespace dms::blob
